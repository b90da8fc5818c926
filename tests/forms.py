"""What a browser would send of a page that nobody touched."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class _Sent(HTMLParser):
    """The values of all fields; as browsers do, a day not written as 2026-03-01 is shown and sent as empty."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, found: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in found}
        if tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select:
            if "selected" in given or self._select not in self.values:
                self.values[self._select] = given.get("value", "")
        elif tag == "input" and given.get("name"):
            self._input(given)

    def _input(self, given: dict[str, str]) -> None:
        kind, value = given.get("type", "text"), given.get("value", "")
        if kind in {"radio", "checkbox"} and "checked" not in given:
            return
        if kind == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            value = ""
        if kind not in {"submit", "button", "file"}:
            self.values[given["name"]] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


def sent_untouched(html: str) -> dict[str, str]:
    """The values of the fields of a page, by name; without those of its buttons."""
    parser = _Sent()
    parser.feed(html)
    return parser.values
