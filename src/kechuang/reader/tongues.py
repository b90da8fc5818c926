"""Chinese words on an English page say that they are Chinese, so that they are read aloud and drawn as such."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

CHINESE: Final = re.compile(
    r"[\u3400-\u9fff](?:[\u3400-\u9fff\u3000-\u303f\uff00-\uffef0-9+“”·]*[\u3400-\u9fff\u3000-\u303f\uff00-\uffef])?"
)
VOID: Final = {"br", "hr", "img", "input", "link", "meta", "wbr"}
PLAIN: Final = {"option", "script", "style", "textarea", "title"}  # these hold no elements


def with_tongues(html: str, language: str) -> str:
    """HTML of a page's language ('zh' or 'en') with `lang` round each Chinese word that stands outside of Chinese."""
    if language != "en":
        return html
    reader = _Tongues()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


class _Tongues(HTMLParser):
    """Writes down again what it reads, Chinese words in a span of their own where the language is another."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(self.get_starttag_text() or "")
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("lang") or self.language))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as given
        self.parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")
        if self.open and self.open[-1][0] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.language.startswith("zh") or (self.open and self.open[-1][0] in PLAIN):
            self.parts.append(data)
        else:
            self.parts.append(CHINESE.sub(r'<span lang="zh-CN">\g<0></span>', data))

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    @property
    def language(self) -> str:
        """The language at this point of the page."""
        return self.open[-1][1] if self.open else "en"
