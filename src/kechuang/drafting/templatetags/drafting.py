"""Words that only pages of drafts need."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from kechuang.policy.cases.outcome import Outcome
from kechuang.reader.templatetags.kechuang import money, outcome_word, short_sum

register = template.Library()


@register.filter
def outcome_or_text(value: str | None) -> str:
    """An outcome as a word; what an author wrote in its place as it stands."""
    return outcome_word(value) if value in set(Outcome) else value or ""


@register.filter
def encoding(against: str) -> str:
    """What a version is held against: a shipped pack by its id, an earlier version by its number."""
    return _("本草稿第 %(number)s 版") % {"number": against} if against.isdigit() else against


@register.filter
def signed(fen: int) -> str:
    """A sum with its sign, a dash for none."""
    if not fen:
        return "–"
    return f"{'+' if fen > 0 else '−'}{money(abs(fen))}"


@register.filter
def signed_short(fen: int) -> str:
    """A sum for a table, with its sign."""
    return f"{'+' if fen > 0 else '−'}{short_sum(abs(fen))}" if fen else "–"


@register.filter
def minus(fen: int) -> int:
    """The sum with the other sign."""
    return -fen


@register.filter
def abs_of(fen: int) -> int:
    """The sum without its sign."""
    return abs(fen)
