"""Two versions side by side: nothing is lost, what belongs together is matched, figures change as wholes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kechuang
from kechuang.policy.text.comparison import (
    Change,
    FigureChange,
    compare_documents,
    compare_texts,
    compare_words,
)
from kechuang.policy.text.document import read_document

RAW = (Path(kechuang.__path__[0]) / "packs/weihai-2023-5/source.txt").read_text(encoding="utf-8")
DOCUMENT = read_document(RAW)
OTHER = read_document(
    (Path(kechuang.__path__[0]) / "packs/example-city/source.txt").read_text(encoding="utf-8")
)
WORDS = st.lists(
    st.sampled_from(
        ["不超过", "100万元", "10%", "（含）", "以上", "。", "，", "AI", " ", "\n", "企业", "企"]
    ),
    max_size=40,
).map("".join)


def texts_of(changes):
    before = "".join(change.text for change in changes if change.kind != "inserted")
    after = "".join(change.text for change in changes if change.kind != "deleted")
    return before, after


def shown(changes):
    signs = {"kept": "{}", "deleted": "[-{}]", "inserted": "[+{}]"}
    return "".join(signs[change.kind].format(change.text) for change in changes)


@given(WORDS | st.text(max_size=60), WORDS | st.text(max_size=60))
def test_kept_and_deleted_words_give_the_text_before_kept_and_inserted_the_text_after(before, after):
    changes = compare_words(before, after)

    assert texts_of(changes) == (before, after)
    assert all(change.text for change in changes)


@given(WORDS)
def test_a_text_beside_itself_is_all_kept(text):
    assert compare_words(text, text) == ((Change("kept", text),) if text else ())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("不超过100万元。", "不超过120万元。", "不超过[-100万元][+120万元]。"),
        ("增长10%（含）以上", "增长10%以上", "增长10%[-（含）]以上"),
        ("由市科技局负责", "由省教育厅负责", "由[-市科技局][+省教育厅]负责"),
        ("支持AI企业", "支持IT企业", "支持[-AI][+IT]企业"),
        ("", "新设。", "[+新设。]"),
        ("废止。", "", "[-废止。]"),
    ],
)
def test_words_change_as_people_read_them(before, after, expected):
    assert shown(compare_words(before, after)) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("不" * 5_000, "大不" * 3_000),
        ("甲。" * 9_000, "甲。" * 8_000 + "甲乙。" * 9_000),
        ("甲乙丙丁，" * 400 + "甲。", "甲乙丙，" * 400 + "乙。" * 9),
        (DOCUMENT.text * 3, DOCUMENT.text.replace("300万元", "400万元") * 3),
    ],
)
def test_long_and_hostile_texts_are_compared_in_time_and_still_whole(before, after):
    begun = time.perf_counter()

    changes = compare_words(before, after)

    assert time.perf_counter() - begun < 10
    assert texts_of(changes) == (before, after)


def test_a_long_text_is_compared_by_sentence_and_within_a_changed_sentence_by_word():
    after = DOCUMENT.text.replace("增量超过100万元", "增量超过200万元")

    changes = [change for change in compare_words(DOCUMENT.text, after) if change.kind != "kept"]

    assert changes == [Change("deleted", "100万元"), Change("inserted", "200万元")]


def test_every_part_of_the_document_stands_in_exactly_one_row():
    comparison = compare_texts(RAW, RAW)

    assert comparison.changed == ()
    assert [row.after for row in comparison.rows if row.after in DOCUMENT.clauses] == list(DOCUMENT.clauses)
    assert {row.before for row in comparison.rows} >= {
        "title",
        "preamble",
        "P1",
        "P2.7",
        "P3",
        "closing",
        "issued",
    }
    kept = "".join(row.changes[0].text for row in comparison.rows)
    assert "以科技创新支撑引领高质量发展" in kept


def test_measures_are_matched_by_their_words_when_their_numbers_change():
    lines = [f"{one.number}.{one.text}" for one in DOCUMENT.clauses.values() if one.kind == "measure"]
    fewer = [line for line in lines if not line.startswith("8.")]
    before, after = ("某市办法\n一、某事\n" + "\n".join(text) for text in (lines, fewer))
    for number in range(9, 33):
        after = after.replace(f"\n{number}.", f"\n{number - 1}.", 1)

    rows = {row.before: row for row in compare_texts(before, after).rows if row.before}

    assert (rows["8"].after, [change.kind for change in rows["8"].changes]) == (None, ["deleted"])
    assert (rows["9"].after, rows["9"].changed, rows["9"].moved) == ("8", False, True)
    assert (rows["32"].after, rows["7"].after, rows["7"].moved) == ("31", "7", False)


def test_a_new_measure_stands_where_it_stands_in_the_text_after():
    before = "某市办法\n一、某事\n1.奖励平台。给予5万元。\n2.奖励人才。给予3万元。\n"
    after = before.replace("\n2.", "\n2.扶持农业。免收租金。\n3.")

    rows = compare_texts(before, after).rows

    assert [(row.before, row.after, row.title) for row in rows if row.after in {"1", "2", "3"}] == [
        ("1", "1", "奖励平台"),
        (None, "2", "扶持农业"),
        ("2", "3", "奖励人才"),
    ]
    assert [(row.before, row.after) for row in compare_texts(after, before).rows][-3:] == [
        ("1", "1"),
        ("2", None),
        ("3", "2"),
    ]


def test_the_first_measure_of_a_text_can_go_too():
    before = "某市办法\n一、某事\n1.奖励平台。给予5万元。\n2.扶持农业。免收租金。\n"
    after = "某市规定\n一、他处\n1.扶持农业。免收租金。\n"

    rows = compare_texts(before, after).rows

    assert [(row.before, row.after) for row in rows] == [
        ("title", "title"),
        ("P1", None),
        ("1", None),
        (None, "P1"),
        ("2", "1"),
    ]


def test_changed_figures_are_listed_before_and_after():
    after = RAW.replace("增长\n10%", "增长\n15%").replace("增量超过 100万元", "增量超过 200万元")
    changed = compare_texts(RAW, after.replace("增长 10%", "增长 15%")).changed

    assert [row.after for row in changed] == ["9"]
    assert changed[0].figures == (FigureChange("10%", "15%"), FigureChange("100万元", "200万元"))


def test_a_figure_that_comes_or_goes_has_no_counterpart_and_one_that_stays_is_no_change():
    before = "某市办法\n一、某事\n1.奖励平台。给予5万元、3万元，另加10%奖励。\n2.奖励人才。按原标准。\n"
    after = before.replace("5万元、3万元，另加10%奖励", "3万元").replace("按原标准", "给予最高8万元")

    rows = {row.after: row for row in compare_texts(before, after).rows}

    assert rows["1"].figures == (FigureChange("5万元", None), FigureChange("10%", None))
    assert rows["2"].figures == (FigureChange(None, "8万元"),)


def test_two_cities_are_compared_without_forcing_what_is_not_alike():
    comparison = compare_documents(DOCUMENT, OTHER)

    assert {row.before for row in comparison.rows} >= set(DOCUMENT.clauses)
    assert {row.after for row in comparison.rows} >= set(OTHER.clauses)
    for row in comparison.rows:
        before, after = texts_of(row.changes)
        assert bool(before) is (row.before is not None)
        assert bool(after) is (row.after is not None)


def test_documents_with_many_changed_measures_are_matched_by_number_in_time():
    def text(words):
        return "某市办法\n一、某事\n" + "".join(f"{n}.{words}{n}号事。给予{n}万元。\n" for n in range(1, 260))

    begun = time.perf_counter()
    rows = compare_texts(text("奖励"), text("补助")).rows

    assert time.perf_counter() - begun < 20
    assert [(row.before, row.after) for row in rows][-1] == ("259", "259")
