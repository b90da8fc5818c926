"""Form fields in the look of the house, and what the header asks."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms, template
from django.conf import settings
from django.forms import BoundField
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import escape, format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kechuang.accounts.roles import actor_said
from kechuang.journal.delivering import NO_ADDRESS, NO_MAIL, NO_NUMBER, NO_SMS
from kechuang.journal.kinds import title_of
from kechuang.journal.models import Event
from kechuang.reader.templatetags.kechuang import language

register = template.Library()

_UNDELIVERED = {
    NO_MAIL: gettext_lazy("没有设置邮件服务器"),
    NO_ADDRESS: gettext_lazy("本人没有留邮箱"),
    NO_SMS: gettext_lazy("没有设置短信命令"),
    NO_NUMBER: gettext_lazy("本人没有留手机号"),
}
_CLASSES = {forms.Select: "form-select", forms.CheckboxInput: "form-check-input"}


@register.filter
def control(field: BoundField) -> SafeString:
    """The input of a field; its help and its error stand beside it and are named by it."""
    widget = field.field.widget
    look = next((name for kind, name in _CLASSES.items() if isinstance(widget, kind)), "form-control")
    return field.as_widget(attrs={"class": look, "placeholder": ""})


@register.filter
def is_choice(field: BoundField) -> bool:
    """Whether a field is answered by choosing one of a few that are all shown."""
    return isinstance(field.field.widget, forms.RadioSelect)


@register.filter
def actor(label: str) -> str:
    """Whom an event names, in the language of the page."""
    return actor_said(label)


@register.filter
def undelivered(error: str) -> SafeString:
    """Why something did not arrive: our own reasons in the language of the page, a server's answer in its own."""
    said = _UNDELIVERED.get(error)
    return format_html("{}", said) if said else format_html('<span lang="en">{}</span>', error)


@register.filter
def kind(value: str) -> str:
    """What a kind of event is called, in the language of the page."""
    return title_of(value).pick(language())


@register.simple_tag
def event_rows(events: Iterable[Event]) -> SafeString:
    """The rows of the journal: in one go, for each event has a list of its own of all that it says."""
    number, who, sort = escape(_("编号")), escape(_("谁")), escape(_("种类"))
    spoken, address = language(), reverse("journal")
    rows = []
    for one in events:
        subject = f"{address}?{urlencode({'subject': one.subject})}"
        rows.append(
            f'<tr><td class="number" data-label="{number}">{escape(localize(one.number))}</td>'
            f'<td class="nowrap">{timezone.localtime(one.at):%Y-%m-%d %H:%M:%S}</td>'
            f'<td data-label="{who}">{escape(actor_said(one.actor))}</td>'
            f'<td data-label="{sort}">{escape(title_of(one.kind).pick(spoken))}'
            f'<span class="under"><code class="code">{escape(one.kind)}</code></span></td>'
            f'<td><a href="{escape(subject)}"><code class="code">{escape(one.subject)}</code></a></td>'
            f"<td><details><summary>{escape(_extent(one))}</summary>{_said(one)}</details></td></tr>"
        )
    return SafeString("\n".join(rows))


def _extent(event: Event) -> str:
    """How much an event says beside its hash."""
    n = len(event.data)
    return ngettext("%(n)s 项内容", "%(n)s 项内容", n) % {"n": n} if n else _("校验值")


def _said(event: Event) -> str:
    """What an event says, and its hash."""
    pairs = "".join(
        f"<div><dt>{escape(key)}</dt><dd>{escape(str(localize(value)))}</dd></div>"
        for key, value in event.data.items()
    )
    sealed = f'<div><dt>hash</dt><dd><code class="code">{escape(event.hash)}</code></dd></div>'
    return f'<dl class="event-data">{pairs}{sealed}</dl>'


@register.simple_tag
def oidc_name() -> str:
    """What the provider of OpenID Connect is called; '' where there is none."""
    return str(settings.OIDC_APP["name"]) if settings.OIDC_ISSUER else ""


@register.simple_tag
def mail_goes_out() -> bool:
    """Whether a mail server is set up."""
    return bool(settings.EMAIL_HOST)
