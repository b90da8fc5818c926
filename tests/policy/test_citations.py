"""From the words of the document to the piece of the pack that speaks of them: nothing is lost, overlaps are split."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kechuang.policy.encoding.citations import CLOSING, KINDS, citations_of, segments_of
from kechuang.policy.encoding.loading import load_pack, shipped_packs
from kechuang.policy.encoding.trace import trace
from policy.packs_on_disk import change, copied

WEIHAI = load_pack("weihai-2023-5")


@pytest.fixture(params=shipped_packs())
def pack(request):
    return load_pack(request.param)


def text_of(pack, key):
    return pack.document.anchors[key].text if key == CLOSING else pack.document.clauses[key].text


def cited(pack, key):
    """The marked words of a clause, each with the kinds and keys that speak of it."""
    return {
        one.text: [(each.kind, each.key) for each in one.citations]
        for one in segments_of(pack)[key]
        if one.citations
    }


def test_the_segments_of_a_clause_are_its_whole_text_in_order(pack):
    for key, segments in segments_of(pack).items():
        assert "".join(segment.text for segment in segments) == text_of(pack, key)
        assert all(left.end == right.start for left, right in pairwise(segments))
    assert list(segments_of(pack)) == [*pack.document.clauses, CLOSING]


def test_every_figure_boundary_word_and_department_of_the_trace_stands_in_a_cited_segment(pack):
    report = trace(pack)

    found = [token for segments in segments_of(pack).values() for one in segments for token in one.tokens]

    assert sorted(found, key=repr) == sorted(report.tokens, key=repr)
    for segments in segments_of(pack).values():
        for segment in segments:
            assert all(segment.citations and token.end <= segment.end for token in segment.tokens)


def test_a_token_is_cited_by_exactly_what_the_trace_says_claims_it(pack):
    for segments in segments_of(pack).values():
        for segment in segments:
            by = {(one.kind, one.key) for one in segment.citations}
            for token in segment.tokens:
                kind, _space, key = token.claims[0].what.partition(" ")
                if kind in ("condition", "cap", "amount"):
                    assert (kind, key) in by
                elif kind == "parameter":
                    assert ("figure", key) in by
                else:
                    assert kind in {"programmatic", "departments", "valid_from", "valid_to"}
                    assert {one.kind for one in segment.citations} & {
                        "programmatic",
                        "department",
                        "validity",
                    }


def test_every_quote_of_the_pack_is_cited_with_the_words_it_quotes(pack):
    found = {(one.kind, one.key): one for one in citations_of(pack)}

    for benefit in pack.benefits:
        for condition in benefit.conditions:
            if condition.quote:
                one = found["condition", f"{benefit.id}.{condition.key}"]
                assert (one.start, one.end) == (condition.quote.start, condition.quote.end)
        for cap in (*benefit.amount.caps, *benefit.amount.total_caps):
            assert (("cap", f"{benefit.id}.{cap.key}") in found) is (cap.quote is not None)
        for parameter in benefit.parameters.values():
            assert (("figure", f"{benefit.id}.{parameter.key}") in found) is (parameter.quote is not None)
    for measure in pack.measures.values():
        for duty in measure.duties:
            assert (("duty", duty.id) in found) is (duty.quote is not None)
    assert {key for kind, key in found if kind == "reading"} == set(pack.readings)


def test_overlapping_quotes_are_split_and_each_piece_names_all_that_cover_it():
    words = cited(WEIHAI, "9")

    assert words["10%"] == [("figure", "9.rd_growth.growth_rate"), ("condition", "9.rd_growth.growth")]
    assert words["研发投入较上年度增长"] == [("reading", "I-9b"), ("condition", "9.rd_growth.growth")]
    assert words["国家高新技术企业和国家科技型中小企业"] == [
        ("condition", "9.rd_growth.status"),
        ("reading", "I-9"),
    ]
    assert words["每家企业年度内"] == [("scope", "9.rd_growth"), ("cap", "9.rd_growth.yearly")]
    assert words["市科技局"] == [("department", "市科技局")]


def test_a_segment_begins_with_every_sentence(pack):
    for key, clause in pack.document.clauses.items():
        starts = {segment.start for segment in segments_of(pack)[key]}
        assert {anchor.start - clause.start for anchor in clause.sentences} <= starts


def test_the_dates_of_the_closing_are_the_validity():
    assert cited(WEIHAI, CLOSING) == {
        "2023年7月13日": [("validity", "valid_from")],
        "2028年7月12日": [("validity", "valid_to")],
    }


def test_citations_come_in_the_order_of_the_text_and_are_of_known_kinds(pack):
    order = [*pack.document.clauses, CLOSING]
    places = [(order.index(one.clause), one.start) for one in citations_of(pack)]

    assert places == sorted(places)
    assert {one.kind for one in citations_of(pack)} <= set(KINDS)


def test_what_nothing_encodes_is_cited_as_a_gap(tmp_path):
    folder = copied(tmp_path)
    change(folder, "measures/07.yaml", "quote: 10个工作日,", "quote: 并在,")
    pack = load_pack(folder)

    words = cited(pack, "7")

    assert any(kind == "gap" for kind, _ in words["10个工作日"])
    assert any(one.kind == "gap" and one.thing is None for one in citations_of(pack))


def test_a_parameter_whose_figure_differs_is_cited_by_its_quote(tmp_path):
    folder = copied(tmp_path)
    change(folder, "measures/02.yaml", "{value: 2000元,", "{value: 2001元,")
    found = [one for one in citations_of(load_pack(folder)) if one.kind == "figure" and one.clause == "2"]

    quoted = [one for one in found if one.end - one.start > len("2000元")]

    assert [one.key.rpartition(".")[2] for one in quoted] == ["each_job"]
