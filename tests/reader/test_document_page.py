"""The page of the document: the whole text, every figure, boundary word and department marked, each leading on."""

from __future__ import annotations

import re
from html import unescape

import pytest

from kechuang.policy import load_pack, shipped_packs
from kechuang.policy.encoding.citations import segments_of
from kechuang.policy.encoding.trace import KINDS, trace

pytestmark = pytest.mark.django_db
LANGUAGES = ["zh-hans", "en"]
MARK = re.compile(
    r'<a class="mark ([^"]*)" id="m-([^"]*)" href="([^"]*)" aria-describedby="([^"]*)">(.*?)</a>'
)
LOOKS = {"figure": "t-figure", "boundary word": "t-word", "department": "t-department"}


def page_of(pack_id):
    return "/policy/" if pack_id == "weihai-2023-5" else f"/packs/{pack_id}/policy/"


def text_of(html):
    return unescape(re.sub(r"<[^>]*>", "", html))


def paper_of(said):
    """The text on the paper: without permalinks, English titles, links to measures and descriptions."""
    paper = said[said.index("<article ") : said.index("</article>")]
    for extra in (
        r'<a class="anchor".*?</a>',
        r'<a class="skip-clause".*?</a>',
        r'(?s)<div class="gloss".*?</div>',
        r"(?s)<div hidden>.*?</div>",
    ):
        paper = re.sub(extra, "", paper)
    return re.sub(r"\s", "", text_of(paper))


@pytest.fixture(params=shipped_packs())
def pack(request):
    return load_pack(request.param)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paper_holds_the_whole_document_letter_by_letter_without_a_query(
    client, pack, language, django_assert_num_queries
):
    client.cookies["django_language"] = language

    with django_assert_num_queries(0):
        said = client.get(page_of(pack.id)).content.decode()

    assert paper_of(said) == re.sub(r"\s", "", pack.document.text)


def test_every_figure_boundary_word_and_department_of_the_trace_is_marked_and_none_is_missing(client, pack):
    said = client.get(page_of(pack.id)).content.decode()
    report = trace(pack)
    marks = {
        place: (kinds.split(), text_of(words), words) for kinds, place, _to, _by, words in MARK.findall(said)
    }

    for token in report.tokens:
        at = next(
            one
            for one in segments_of(pack)[token.clause]
            if one.start <= token.start and token.end <= one.end
        )
        kinds, text, words = marks[f"{token.clause}-{at.start}"]
        assert token.text in text
        assert f'<span class="{LOOKS[token.kind]}">{token.text}</span>' in words
        assert kinds
    for kind in KINDS:
        assert said.count(f'<span class="{LOOKS[kind]}">') == report.counts(kind)["found"]


def test_the_counts_of_the_weihai_document_are_those_of_the_trace(client):
    said = client.get("/policy/").content.decode()

    assert said.count('<span class="t-figure">') == 86
    assert said.count('<span class="t-word">') == 62
    assert said.count('<span class="t-department">') == 80
    assert "86 个数字、62 个边界词、80 处责任单位" in said
    assert 'k-gap"' not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mark_says_what_it_means_and_leads_to_its_encoding(client, pack, language):
    client.cookies["django_language"] = language
    said = client.get(page_of(pack.id)).content.decode()
    descriptions = dict(re.findall(r'<span id="(c-[^"]*)" data-kind="[^"]+">([^<]+)</span>', said))

    found = MARK.findall(said)

    assert len(found) == sum(bool(one.citations) for each in segments_of(pack).values() for one in each)
    for _kinds, place, address, described_by, _words in found:
        assert address == f"{page_of(pack.id)}phrases/{place}/"
        assert all(descriptions[name].strip() for name in described_by.split())
    assert client.get(found[0][2]).status_code == 200
    assert len(set(re.findall(r' id="([^"]+)"', said))) == len(re.findall(r' id="([^"]+)"', said))


def test_every_phrase_has_a_page_and_a_fragment_with_all_that_speaks_of_it(
    client, pack, django_assert_num_queries
):
    for segments in segments_of(pack).values():
        for segment in [one for one in segments if one.citations][:4]:
            address = f"{page_of(pack.id)}phrases/{segment.clause}-{segment.start}/"
            with django_assert_num_queries(0):
                page = client.get(address).content.decode()
                fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
            assert "<html" in page
            assert "<html" not in fragment
            assert page.count('<section class="told told-') == fragment.count('<section class="told told-')
            kinds = re.findall(r'<section class="told told-(\w+)"', fragment)
            told = [kind for kind in kinds if kind not in {"benefit", "reading"}]
            assert told == [one.kind for one in segment.citations if one.kind != "reading"]
            for one in segment.citations:
                assert one.kind != "reading" or fragment.count(f"{one.key}</span>") == 1


def test_a_figure_opens_to_its_value_its_use_its_benefit_and_the_reading_beside_it(client):
    place = next(one.start for one in segments_of(load_pack("weihai-2023-5"))["9"] if one.text == "10%")

    said = client.get(f"/policy/phrases/9-{place}/").content.decode()

    assert '<li class="parameter">10%</li>' in said
    assert "研发投入增量不低于上年研发投入的 10%" in said
    assert "统计年报中的研发经费支出" in said
    assert "企业所得税加计扣除申报的研发费用" in said
    assert "由税务部门共享，通常小于统计数" in said
    assert "最高数不是应得数，金额由市科技局、市财政局核定" in said
    assert "统计部门可共享" in said
    assert 'href="/measures/9/rd_growth/"' in said
    assert f'href="/policy/#m-9-{place}"' in said


def test_a_reading_a_department_a_duty_and_a_word_not_computed_open_too(client):
    pack = load_pack("weihai-2023-5")

    def opened(kind, key):
        for segments in segments_of(pack).values():
            for one in segments:
                if any((each.kind, each.key) == (kind, key) for each in one.citations):
                    return client.get(f"/policy/phrases/{one.clause}-{one.start}/").content.decode()
        return ""

    assert "持有任一有效资质即可" in opened("reading", "I-9")
    assert "须同时持有两项有效资质" in opened("reading", "I-9")
    assert opened("department", "市财政局").count('<li><a href="/measures/') == 25
    assert "研发投入在考核中的权重" in opened("duty", "9.rd_weight")
    assert "平台体系名称" in opened("programmatic", "3.0")
    assert "自 2023-07-13 起施行" in opened("validity", "valid_from")


@pytest.mark.parametrize("anchor", ["9", "9.1", "S1.2", "P2.3", "closing", "title", "9.departments"])
def test_a_permanent_address_leads_to_its_place(client, anchor):
    response = client.get(f"/policy/{anchor}/")

    assert (response.status_code, response["Location"]) == (302, f"/policy/#{anchor}")
    assert f'id="{anchor}"' in client.get("/policy/").content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/policy/33/",
        "/policy/phrases/9-1/",
        "/policy/phrases/9-0/",
        "/policy/phrases/99-1/",
        "/policy/phrases/x/",
        "/packs/nothing/policy/",
        "/packs/vocabulary/policy/",
        "/measures/9/rd_growth/examples/0/",
        "/measures/9/rd_growth/examples/999/",
        "/measures/99.pdf",
        "/policy/compare/?a=nothing",
    ],
)
def test_what_is_not_there_is_404(client, address):
    assert client.get(address).status_code == 404


def test_the_packs_are_listed_with_their_validity_and_each_has_the_same_pages(client):
    said = client.get("/packs/").content.decode()

    assert 'href="/policy/"' in said
    assert 'href="/packs/example-city/policy/"' in said
    assert "2026-03-01 至 2029-02-28" in said
    for page in (
        "measures/",
        "measures/1/",
        "measures/1/growth/",
        "measures/1/growth/examples/1/",
        "policy/search/",
    ):
        inside = client.get(f"/packs/example-city/{page}").content.decode()
        links = re.findall(r'href="(/[^"]*(?:measures|policy)/[^"]*)"', inside)
        of_page = [link for link in links if link not in {"/measures/", "/policy/", "/policy/compare/"}]
        assert all(link.startswith("/packs/example-city/") for link in of_page)


def test_the_pack_in_force_can_be_read_under_its_own_name_too(client):
    assert 'id="m-9-' in client.get("/packs/weihai-2023-5/policy/").content.decode()


def test_a_reading_is_told_once_of_words_that_several_things_turn_on(client):
    segments = segments_of(load_pack("weihai-2023-5"))["9"]
    place = next(one.start for one in segments if one.text == "研发投入较上年度增长")

    said = client.get(f"/policy/phrases/9-{place}/").content.decode()

    assert said.count('<div class="reading-card">') == 1
    assert "统计年报中的研发经费支出" in said
    assert said.count("I-9b") == 1
