"""What only the interview's templates write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from kechuang.policy.language.values import FEN_PER
from kechuang.reader.templatetags.kechuang import language

register = template.Library()


@register.filter
def item_or_none(mapping: Any, key: Any) -> Any:
    """A value of a mapping by a key that is itself a value; None when it is not there, or this is no mapping."""
    return mapping.get(key) if isinstance(mapping, Mapping) else None


@register.filter
def money_short(fen: int) -> str:
    """A sum for a rough idea, cut to whole 万元: '120 万元', '1,200,000 yuan'."""
    whole = int(fen) // FEN_PER["万元"]
    if language() == "en":
        return _("%(sum)s 元") % {"sum": f"{whole * 10_000:,}"}
    return f"{whole:,} 万元"
