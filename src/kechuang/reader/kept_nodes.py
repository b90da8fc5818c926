"""Tags of Django that a table uses hundreds of times, with what they found kept: words and addresses.

They take the place of Django's where the library `kechuang` is loaded after i18n, and say the same.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from django.template import Context, Node
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.templatetags.i18n import TranslateNode, do_translate
from django.urls import get_script_prefix, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

_MOST_ADDRESSES: Final = 10_000


class _Word(Node):
    """A word of the catalogues, looked up once a process and language."""

    def __init__(self, looked_up: TranslateNode) -> None:
        self._looked_up = looked_up
        self._kept: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        """The word in the language of the page."""
        spoken = get_language()
        if spoken not in self._kept:
            self._kept[spoken] = self._looked_up.render(context)
        return self._kept[spoken]


def translate(parser: Parser, token: Token) -> Node:
    """`{% translate %}`: of words alone kept; of variables, filters, `as` and contexts Django's own."""
    node = do_translate(parser, token)
    said = node.filter_expression
    alone = isinstance(said.var.literal, str) and not said.filters
    return _Word(node) if alone and not node.asvar and not node.message_context else node


class _Address(Node):
    """The address of a page by its name and arguments."""

    def __init__(self, found: URLNode) -> None:
        self._found = found

    def render(self, context: Context) -> str:
        """The address, escaped."""
        arguments = tuple(one.resolve(context) for one in self._found.args)
        named = tuple((name, one.resolve(context)) for name, one in self._found.kwargs.items())
        return _address(self._found.view_name.resolve(context), arguments, named, get_script_prefix())


@lru_cache(maxsize=_MOST_ADDRESSES)
def _address(
    name: str, arguments: tuple[object, ...], named: tuple[tuple[str, object], ...], _prefix: str
) -> SafeString:
    return SafeString(escape(reverse(name, args=arguments, kwargs=dict(named))))


def url(parser: Parser, token: Token) -> Node:
    """`{% url %}`: kept; with `as` Django's own, which then minds no name that there is not."""
    node = django_url(parser, token)
    return node if node.asvar else _Address(node)
