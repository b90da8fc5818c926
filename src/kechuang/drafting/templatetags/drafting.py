"""Words that only pages of drafts need."""

from __future__ import annotations

from django import template

from kechuang.policy.cases.outcome import Outcome
from kechuang.reader.templatetags.kechuang import outcome_word

register = template.Library()


@register.filter
def outcome_or_text(value: str | None) -> str:
    """An outcome as a word; what an author wrote in its place as it stands."""
    return outcome_word(value) if value in set(Outcome) else value or ""
