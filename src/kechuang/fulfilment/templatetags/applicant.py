"""What the templates of applicants use: addresses of other rooms, days as papers write them."""

from __future__ import annotations

from datetime import date

from django import template
from django.urls import NoReverseMatch, reverse

from kechuang.reader.templatetags.kechuang import language

register = template.Library()


@register.filter
def day_of_paper(day: str) -> str:
    """A day in ISO 8601 as letters have it: 2026年3月2日, 2 March 2026."""
    found = date.fromisoformat(day)
    return (
        f"{found.day} {found:%B %Y}" if language() == "en" else f"{found.year}年{found.month}月{found.day}日"
    )


@register.simple_tag
def page_of(name: str, *args: object) -> str:
    """The address of a page of another room; '' while that room has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
