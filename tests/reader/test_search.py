"""Search finds every substring of the document, ranks titles first and shows where the words stand."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kechuang.policy import load_pack
from kechuang.reader.searching import plain, search, snippet

pytestmark = pytest.mark.django_db
PACK = load_pack("weihai-2023-5")
ON = date(2024, 6, 1)


def found(query, language="zh", pack=PACK):
    return search(pack, query, language, ON)


def words_of(hit):
    return unescape(re.sub(r"</?mark>", "", hit.snippet))


@settings(deadline=None)
@given(st.integers(0, len(PACK.document.text) - 1), st.integers(1, 60))
def test_every_substring_of_the_document_is_found_across_sentences_too(start, length):
    words = PACK.document.text[start : start + length]
    if not plain(words).letters:
        return

    hits = found(words).hits

    wanted = plain(words).letters
    in_text = [hit for hit in hits if hit.kind in {"text", "heading", "department"}]
    assert in_text
    assert any(wanted in plain(re.sub("…", "", words_of(hit))).letters for hit in in_text) or len(wanted) > 80


def test_one_letter_is_found_as_often_as_it_stands_in_the_text():
    letters = plain(PACK.document.text).letters

    for letter in sorted(set(letters))[::7]:
        hits = [hit for hit in found(letter).hits if hit.kind in {"text", "heading", "department"}]
        assert sum(hit.count for hit in hits) == letters.count(letter), letter


def test_width_case_and_blanks_make_no_difference():
    expected = [hit.address for hit in found("100万元").hits]

    assert expected
    assert [hit.address for hit in found("１００ 万元").hits][: len(expected)] == expected
    assert [hit.address for hit in found("r&d", "en").hits] == [
        hit.address for hit in found("Ｒ＆Ｄ", "en").hits
    ]


def test_titles_come_before_sentences_and_sentences_before_conditions():
    kinds = [hit.kind for hit in found("研发投入").hits]
    ranks = [{"heading": 0, "measure": 0, "benefit": 0, "text": 1}.get(kind, 2) for kind in kinds]

    assert ranks == sorted(ranks)
    assert {0, 1, 2} == set(ranks)


def test_among_equals_what_has_more_hits_comes_first():
    counts = [hit.count for hit in found("创新").hits if hit.kind == "text"]

    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 1


def test_english_titles_conditions_and_parameters_are_found_on_chinese_pages_too():
    assert found("R&D growth subsidy").hits[0].address == "/measures/9/rd_growth/"
    assert {hit.kind for hit in found("increment").hits} >= {"condition", "figure"}
    assert {hit.kind for hit in found("市财政局").hits} == {"department"}


def test_a_phrase_comes_before_its_words_apart():
    hits = found("研发 补助").hits

    assert all("研发" in words_of(hit) and "补助" in words_of(hit) for hit in hits)
    assert len(hits) > len(found("研发补助").words)
    together = [hit for hit in found("风险补偿 贷款").hits if "风险补偿" in words_of(hit)]
    assert together


def test_a_chinese_phrase_that_stands_nowhere_is_looked_for_by_its_words_and_the_page_says_so(client):
    answer = found("研发补助")

    assert answer.words == ("研发", "补助")
    assert answer.hits
    said = client.get("/policy/search/", {"q": "研发补助"}).content.decode()
    assert "没有连续写出“研发补助”的地方；以下同时含有“研发”“补助”。" in said


@pytest.mark.parametrize(
    ("query", "words"), [("", "输入一个字起即可查找"), ("  ", "输入一个字起"), ("龘龘龘", "没有找到“龘龘龘”")]
)
def test_nothing_asked_and_nothing_found_are_said(client, query, words):
    response = client.get("/policy/search/", {"q": query})

    assert response.status_code == 200
    assert words in response.content.decode()


def test_the_hits_are_marked_counted_and_lead_to_their_place(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        said = client.get("/policy/search/", {"q": "增量超过"}).content.decode()

    assert "<mark>增量超过</mark>" in said
    assert 'href="/policy/#9.2"' in said
    assert re.search(r"共 \d+ 处", said)


def test_many_hits_are_cut_until_all_are_asked_for(client):
    first = client.get("/policy/search/", {"q": "新"}).content.decode()
    every = client.get("/policy/search/", {"q": "新", "all": "1"}).content.decode()

    number = int(re.search(r"共 (\d+) 处", first)[1])
    assert first.count('<span class="hit-words"') == 60 < number
    assert every.count('<span class="hit-words"') == number
    assert f"显示全部 {number} 处" in first


def test_what_is_typed_cannot_become_markup(client):
    said = client.get("/policy/search/", {"q": "<script>alert(1)</script>" + "长" * 5000}).content.decode()

    assert "<script>alert" not in said
    assert "&lt;script&gt;" in said


def test_htmx_gets_the_hits_alone(client):
    said = client.get("/policy/search/", {"q": "研发"}, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in said
    assert '<ol class="hits">' in said


def test_a_snippet_is_cut_around_its_hits_and_escapes_the_text():
    text = "甲" * 100 + "<b>" + "乙" * 100

    assert snippet(text, [(100, 103)]) == "…" + "甲" * 42 + "<mark>&lt;b&gt;</mark>" + "乙" * 42 + "…"
    assert snippet("研发研发", [(0, 2), (2, 4)]) == "<mark>研发</mark><mark>研发</mark>"


@pytest.mark.parametrize(("language", "query"), [("zh", "加计扣除"), ("en", "super-deduction")])
def test_readings_and_what_they_would_change_are_found_on_the_page_of_their_measure(language, query):
    hits = [hit for hit in found(query, language).hits if hit.kind == "reading"]

    assert [(hit.title, hit.address) for hit in hits] == [("I-9b", "/measures/9/")]
