"""Bars, states, acts and subjects as templates write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kechuang.policy.language.values import yuan
from kechuang.reader.packs import pack_in_force
from kechuang.reader.templatetags.kechuang import language
from kechuang.treasury.names import (
    ACTS,
    BATCH_STATES,
    LOOKS,
    PART_STATES,
    PAYMENT_STATES,
    RECEIVABLE_STATES,
    SUBJECTS,
)

register = template.Library()
WHOLE: Final = 1000


@dataclass(frozen=True)
class Segment:
    """A part of a bar: which, its sum, where it begins and how wide it is in thousandths."""

    kind: str
    fen: int
    x: int
    width: int


@register.filter
def bar(money: Any) -> list[Segment]:
    """Paid | committed, not yet paid | reserved | free of an appropriation or of their totals."""

    def of(name: str) -> int:
        fen: int = money[name] if isinstance(money, dict) else getattr(money, name)
        return fen

    parts = {
        "paid": of("paid_fen"),
        "committed": of("committed_fen") - of("paid_fen"),
        "reserved": of("reserved_fen"),
        "free": of("free_fen"),
    }
    whole, segments, before = max(1, of("amount_fen")), [], 0
    for kind, fen in parts.items():
        x, end = before * WHOLE // whole, (before + fen) * WHOLE // whole
        segments.append(Segment(kind, fen, x, end - x))
        before += fen
    return segments


@register.simple_tag
def money_bar(money: Any, look: str = "") -> SafeString:
    """A bar as a picture, of which the figures stand beside it; look: a class more."""
    parts = "".join(
        f'<rect class="money-{part.kind}" x="{part.x}" y="0" width="{part.width}" height="10"></rect>'
        for part in bar(money)
    )
    named = f"money-bar {look}".rstrip()
    return SafeString(
        f'<svg class="{named}" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{parts}</svg>"
    )


@register.filter
def act(value: str) -> str:
    """What an act of the ledger is called."""
    return str(ACTS[value])


@register.simple_tag
def state(value: str, of: str) -> SafeString:
    """A state as word, sign and colour; of: batch, payment, part or receivable."""
    names = {
        "batch": BATCH_STATES, "payment": PAYMENT_STATES, "part": PART_STATES, "receivable": RECEIVABLE_STATES,
    }[of]  # fmt: skip
    return format_html('<span class="outcome outcome-{}">{}</span>', LOOKS[value], names[value])


@register.filter
def subject(shown: Any) -> SafeString:
    """A subject with its kind and, where it has a page, as a link."""
    kind = str(SUBJECTS.get(shown.kind, shown.kind))
    if shown.url:
        return format_html('{} <a href="{}">{}</a>', kind, shown.url, shown.text)
    return format_html("{} {}", kind, shown.text)


@register.filter
def measure_title(key: str) -> str:
    """A measure as '9. 鼓励企业加大研发投入'; only its number when the policy in force has no such measure."""
    found = pack_in_force().measures.get(key)
    return f"{key}. {found.title.pick(language())}" if found else key


@register.filter
def benefit_title(benefit_id: str) -> str:
    """A benefit by its title; its id when the policy in force does not know it."""
    found = next((one for one in pack_in_force().benefits if one.id == benefit_id), None)
    return found.title.pick(language()) if found else benefit_id


@register.filter
def has_measure(key: str) -> bool:
    """Whether the policy in force has a measure of this number."""
    return key in pack_in_force().measures


@register.filter
def sum_yuan(fen: Any) -> str:
    """A sum for a column whose heading says 元: '500,000.00', a dash for nothing."""
    return yuan(int(fen)) if fen else "–"


@register.filter
def ending(account: str) -> str:
    """An account by its last four digits."""
    return _("尾号 %(digits)s") % {"digits": account[-4:]}
