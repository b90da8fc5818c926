"""English is complete: every Chinese text of templates and code has its translation."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.template.base import Lexer, TokenType
from django.utils.translation.template import templatize

import kechuang

HOUSE = Path(kechuang.__file__).parent
ROOMS = sorted(path.parents[3] for path in HOUSE.glob("*/locale/en/LC_MESSAGES/django.po"))
CHINESE = re.compile("[\u4e00-\u9fff，：；。]")
IN_ITS_OWN = re.compile(
    '<[^>]*lang="zh-CN">[^<]*<'
)  # says of itself that it is Chinese, such as the language button
NAMED = re.compile(r"{% (?:include|extends) \"([^\"]+)")
CALLS = dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")) | {"ngettext": (1, 2)}


def texts_of(room: Path) -> dict[str, Path]:
    """Every text of the room that is marked for translation, and the file where it stands."""
    found: dict[str, Path] = {}
    for path in [*room.rglob("*.py"), *room.rglob("templates/**/*.html")]:
        source = path.read_text(encoding="utf-8")
        code = calls_in(source) if path.suffix == ".html" else source
        for _, message, *_ in extract("python", io.BytesIO(code.encode()), CALLS):
            texts = message if isinstance(message, tuple) else (message,)
            found |= {text: path for text in texts if text}
    return found


def calls_in(template: str) -> str:
    """The template as lines of Python, of which only the calls for a translation mean something."""
    return "\n".join(line.strip() for line in templatize(template).splitlines())


def catalogue_of(room: Path) -> dict[str, str]:
    with (room / "locale/en/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file)
    translated = {}
    for message in catalogue:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        done = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in ids:
            translated[text] = done[0] if all(done) else ""
    return translated


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_text_has_its_english(room):
    catalogue = catalogue_of(room)

    missing = {text: path.name for text, path in texts_of(room).items() if not catalogue.get(text)}

    assert missing == {}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_no_translation_is_left_over(room):
    left_over = set(catalogue_of(room)) - set(texts_of(room)) - {""}

    assert left_over == set()


def test_no_chinese_stands_unmarked_in_a_template():
    unmarked = {}
    for path in HOUSE.glob("*/templates/**/*.html"):
        marked = False
        for token in Lexer(path.read_text(encoding="utf-8")).tokenize():
            name = token.contents.partition(" ")[0]
            if name in {"blocktranslate", "endblocktranslate"}:
                marked = name == "blocktranslate"
            elif token.token_type == TokenType.TEXT and not marked and unmarked_in(token.contents):
                unmarked[path.name] = token.contents.strip()

    assert unmarked == {}


def unmarked_in(text: str) -> bool:
    return bool(CHINESE.search(IN_ITS_OWN.sub("", text)))


def test_a_text_says_the_same_in_every_room_since_their_catalogues_are_one():
    said: dict[str, dict[str, list[str]]] = {}
    for room in ROOMS:
        for text, english in catalogue_of(room).items():
            said.setdefault(text, {}).setdefault(english if text else "head", []).append(room.name)

    assert {text: rooms for text, rooms in said.items() if len(rooms) > 1} == {}


def test_every_template_that_a_template_names_is_there():
    templates = {path: path.read_text(encoding="utf-8") for path in HOUSE.glob("*/templates/**/*.html")}
    there = {str(path).partition("/templates/")[2] for path in templates}
    named = {name for text in templates.values() for name in NAMED.findall(text)}

    assert len(named) > 50
    assert named - there == set()
