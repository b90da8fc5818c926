"""An English page says of everything Chinese on it that it is Chinese, so that it is read aloud as such."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from kechuang.policy import load_pack
from kechuang.policy.encoding.citations import segments_of
from kechuang.reader.tongues import with_tongues

pytestmark = pytest.mark.django_db
CHINESE = re.compile("[\u4e00-\u9fff]")
VOID = {"br", "img", "input", "link", "meta", "hr"}


class Languages(HTMLParser):
    """Collects the Chinese words of a page that stand where the language is English."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag, attrs):
        language = dict(attrs).get("lang") or (self.open[-1][1] if self.open else "")
        if tag not in VOID:
            self.open.append((tag, language))
        for name, value in attrs:
            if name in {"aria-label", "placeholder", "title", "data-label"} and CHINESE.search(value or ""):
                self.note(f"{name}={value}", language)

    def handle_endtag(self, tag):
        assert self.open[-1][0] == tag, f"{tag} closes {self.open[-1][0]}"
        self.open.pop()

    def handle_data(self, data):
        inside = [tag for tag, _ in self.open]
        if CHINESE.search(data) and not {"title", "option", "script"} & set(inside):
            self.note(data.strip(), self.open[-1][1])

    def note(self, words, language):
        if language != "zh-CN":
            self.wrong.append(words[:60])


def pages():
    pack = load_pack("weihai-2023-5")
    yield from ("/policy/", "/measures/", "/packs/", "/policy/compare/?all=1", "/policy/search/")
    yield from ("/policy/search/?q=R%26D", "/policy/search/?q=研发")
    yield from ("/packs/example-city/policy/", "/measures/9/rd_growth/examples/3/")
    for key, segments in segments_of(pack).items():
        marked = [one for one in segments if one.citations]
        yield f"/policy/phrases/{key}-{marked[len(marked) // 2].start}/" if marked else "/policy/"
    for measure in pack.measures.values():
        yield f"/measures/{measure.key}/"
        yield from (f"/measures/{measure.key}/{benefit.key}/" for benefit in measure.benefits[:1])


def test_whatever_is_chinese_on_an_english_page_says_so(client):
    client.cookies["django_language"] = "en"
    wrong = {}

    for address in pages():
        reader = Languages()
        reader.feed(client.get(address).content.decode())
        if reader.wrong:
            wrong[address] = reader.wrong

    assert wrong == {}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<p>by 市科技局, 1 &amp; 2&#39;</p>",
            '<p>by <span lang="zh-CN">市科技局</span>, 1 &amp; 2&#39;</p>',
        ),
        ('<p lang="zh-CN">甲<b>乙</b></p>丙', '<p lang="zh-CN">甲<b>乙</b></p><span lang="zh-CN">丙</span>'),
        (
            '<p lang="zh-CN"><i lang="en">甲</i>',
            '<p lang="zh-CN"><i lang="en"><span lang="zh-CN">甲</span></i>',
        ),
        ("威科字〔2023〕37号 asks", '<span lang="zh-CN">威科字〔2023〕37号</span> asks'),
        ("<option>甲</option><br>乙<hr/>", '<option>甲</option><br><span lang="zh-CN">乙</span><hr/>'),
        ('<a title="x > 1" href="?a=1&amp;b=2">plain</a>', '<a title="x > 1" href="?a=1&amp;b=2">plain</a>'),
    ],
)
def test_chinese_words_get_a_language_and_all_else_stays_as_it_was(html, expected):
    assert with_tongues(html, "en") == expected
    assert with_tongues(html, "zh") == html
