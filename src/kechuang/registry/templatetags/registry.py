"""States and changes as words, and where a page leads back to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import template
from django.http import HttpRequest
from django.utils.html import escape, format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kechuang.accounts.models import Organisation
from kechuang.exchange.intake import Fault
from kechuang.policy.language.vocabulary import SUBJECT, load_vocabulary
from kechuang.reader.rows import addresses, labelled
from kechuang.reader.templatetags.kechuang import district_name, language, words
from kechuang.registry.models import Correction, ListImport

register = template.Library()

_LIST_STATES: Final = {
    ListImport.State.WAITING: (gettext_lazy("等待处理"), "undetermined"),
    ListImport.State.READING: (gettext_lazy("正在读取"), "undetermined"),
    ListImport.State.COMPARING: (gettext_lazy("正在比对"), "undetermined"),
    ListImport.State.CHECKED: (gettext_lazy("待确认"), "apply"),
    ListImport.State.APPLYING: (gettext_lazy("正在写入"), "undetermined"),
    ListImport.State.APPLIED: (gettext_lazy("已写入"), "entitled"),
    ListImport.State.UNDOING: (gettext_lazy("正在撤销"), "undetermined"),
    ListImport.State.UNDONE: (gettext_lazy("已撤销"), "out-of-force"),
    ListImport.State.FAILED: (gettext_lazy("未读入"), "out-of-force"),
}
_CORRECTION_STATES: Final = {
    Correction.State.OPEN: (gettext_lazy("待答复"), "undetermined"),
    Correction.State.UPHELD: (gettext_lazy("已采纳"), "entitled"),
    Correction.State.REJECTED: (gettext_lazy("未采纳"), "ineligible"),
    Correction.State.WITHDRAWN: (gettext_lazy("已撤回"), "out-of-force"),
    Correction.State.SETTLED: (gettext_lazy("来源已改正"), "entitled"),
    Correction.State.LAPSED: (gettext_lazy("事实已撤回"), "out-of-force"),
}
_CHANGES: Final = {
    "added": gettext_lazy("新增"),
    "changed": gettext_lazy("更改"),
    "same": gettext_lazy("相同"),
    "ended": gettext_lazy("终止"),
    "refused": gettext_lazy("未受理"),
}


@register.simple_tag
def organisation_rows(rows: Iterable[tuple[Organisation, list[tuple[str, bool]]]]) -> SafeString:
    """The rows of the list of organisations, each with what `queries.held_by` says of it: in one go, for it is long."""
    kind, district, held = labelled(_("主体类型")), labelled(_("区市")), labelled(_("资质"))
    kinds, address = load_vocabulary().codes["subject_kind"], addresses("organisation-profile")
    return SafeString(
        "\n".join(
            f'<tr><th scope="row"><a href="{address(one.pk)}">{escape(one.name)}</a>'
            f'<small class="under code">{escape(one.uscc)}</small></th>'
            f"<td {kind}>{escape(words(kinds.get(one.kind)) or one.kind)}</td>"
            f"<td {district}>{escape(district_name(one.district) if one.district else '–')}</td>"
            f"<td {held}>{_held(statuses)}</td></tr>"
            for one, statuses in rows
        )
    )


def _held(statuses: list[tuple[str, bool]]) -> str:
    """The statuses of an organisation; quiet those that hold no more."""
    titles, over = load_vocabulary().codes["status_kind"], _("（已过期）")
    said = (
        escape(words(titles.get(code)))
        if holds
        else f'<span class="quiet">{escape(words(titles.get(code)) + over)}</span>'
        for code, holds in statuses
    )
    return _("、").join(said) or "–"


@register.simple_tag
def correction_rows(rows: Iterable[Mapping[str, Any]], applicant: Any) -> SafeString:
    """Disputes as the view has made them, of one's own organisation without its name."""
    whose, found, asked = labelled(_("单位")), labelled(_("现为")), labelled(_("申请改为"))
    stands, until, address = labelled(_("状态")), labelled(_("答复期限")), addresses("correction")
    said = []
    for row in rows:
        one, about = row["correction"], row["fact"]
        record = f" · {escape(words(row['record'].title))}" if about.kind.name != SUBJECT else ""
        organisation = "" if applicant else f"<td {whose}>{escape(one.organisation.name)}</td>"
        said.append(
            f'<tr><th scope="row"><a href="{address(one.pk)}">{escape(words(about.title))}</a>'
            f'<small class="under">{escape(words(about.kind.title))}{record}</small></th>{organisation}'
            f"<td {found}>{escape(words(about.said))}</td><td {asked}>{escape(words(row['proposed']))}</td>"
            f"<td {stands}>{correction_state(one.state)}</td>"
            f'<td class="nowrap" {until}>{one.due_on.isoformat()}{_left(row["left"])}</td></tr>'
        )
    return SafeString("\n".join(said))


def _left(days: int | None) -> str:
    """How many working days an answer has left; nothing where it is given, or no calendar tells."""
    if days is None:
        return ""
    return (
        f'<small class="under{" field-error" if days < 0 else ""}">{escape(working_days_left(days))}</small>'
    )


@register.simple_tag
def list_state(state: str) -> SafeString:
    """Where a list stands, as word, sign and colour."""
    word, look = _LIST_STATES[ListImport.State(state)]
    return format_html('<span class="outcome outcome-{}">{}</span>', look, word)


@register.simple_tag
def correction_state(state: str) -> SafeString:
    """Where a dispute stands, as word, sign and colour."""
    word, look = _CORRECTION_STATES[Correction.State(state)]
    return format_html('<span class="outcome outcome-{}">{}</span>', look, word)


@register.simple_tag
def change_word(change: str) -> str:
    """What rows of a list do to what is known."""
    return str(_CHANGES[change])


@register.simple_tag
def working_days_left(left: int) -> str:
    """'还有 3 个工作日', or by how many a deadline is overdue."""
    if left < 0:
        return ngettext("已超期 %(n)s 个工作日", "已超期 %(n)s 个工作日", -left) % {"n": -left}
    if left == 0:
        return _("今天到期")
    return ngettext("还有 %(n)s 个工作日", "还有 %(n)s 个工作日", left) % {"n": left}


@register.simple_tag
def fault_sentence(fault: Fault) -> str:
    """A fault of a file in a sentence, in the language of the page."""
    return fault.sentence(language())


@register.filter
def same_site(address: str | None, request: HttpRequest) -> str:
    """An address of this site as it is, any other as the first page."""
    if address and url_has_allowed_host_and_scheme(address, {request.get_host()}):
        return address
    return "/"
