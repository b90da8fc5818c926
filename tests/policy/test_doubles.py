"""A record whose key is not known may be another one again: what it adds is unknown, and nothing is paid twice."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kechuang.policy import Outcome, assess, load_pack
from kechuang.policy.cases.doubles import possible_doubles, unclear
from kechuang.policy.cases.outcome import Missing
from kechuang.policy.columns.casting import to_table
from kechuang.policy.columns.population import assess_columns
from kechuang.policy.columns.projecting import projected, read_by_benefits
from kechuang.policy.encoding.binding import bind
from kechuang.policy.words.explanation import explain
from kechuang.policy.words.reasons import reason_sentence
from policy.both_evaluators import answers
from policy.evaluating import by_columns, by_reference
from policy.packs_on_disk import bound_node, bound_on, language_pack, read, scope_of

PACK = load_pack("weihai-2023-5")
ON = date(2024, 12, 1)
AWARD = {"kind": "top", "level": "national", "won_on": date(2024, 6, 24)}
OTHER = AWARD | {"level": "provincial"}
SUM, OTHER_SUM = 500_0000_00, 200_0000_00
PARTS = st.sampled_from([None, "甲", "乙"])
KEYS = st.lists(st.tuples(PARTS, PARTS), max_size=7)


def top_award(*awards):
    """The result of both evaluators for a person with these awards."""
    case = {"kind": "person", "awards": list(awards)}
    result = assess(PACK, case, ON).results["22.top_award"]
    (both,) = answers(PACK, [case], ON, ON.year - 1)
    assert both["22.top_award"] == (result.outcome, result.because, result.amount)
    return result


def test_two_records_with_different_keys_are_paid_both():
    result = top_award(AWARD | {"number": "A"}, OTHER | {"number": "B"})

    assert (result.outcome, result.amount, result.open_items) == (Outcome.ENTITLED, SUM + OTHER_SUM, 0)


def test_a_record_without_a_key_is_paid_when_it_is_the_only_one():
    assert top_award(AWARD).amount == SUM


@pytest.mark.parametrize("awards", [(AWARD | {"number": "A"}, OTHER), (OTHER, AWARD | {"number": "A"})])
def test_beside_a_record_with_a_key_one_without_stays_open_in_either_order(awards):
    result = top_award(*awards)

    assert (result.outcome, result.amount, result.open_items) == (Outcome.ENTITLED, SUM, 1)


def test_of_two_records_without_a_key_the_first_is_paid():
    result = top_award(AWARD, OTHER, OTHER)

    assert (result.amount, result.open_items) == (SUM, 2)


def test_an_open_record_asks_for_the_key_that_would_tell_it_from_the_others():
    result = top_award(OTHER | {"number": "A", "kind": "graded"}, AWARD)

    assert (result.outcome, result.because) == (Outcome.UNDETERMINED, "amount")
    assert result.missing == (Missing("awards", "number", None, 1),)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "获奖证书编号（以便与其他记录区分，同一项不重复计算）"),
        ("en", "(to tell it from the others: nothing counts twice)"),
    ],
)
def test_the_reason_says_what_the_key_is_needed_for(language, said):
    case = {"kind": "person", "awards": [OTHER | {"number": "A", "kind": "graded"}, AWARD]}
    assessment = assess(PACK, case, ON)
    result = assessment.results["22.top_award"]

    assert said in reason_sentence(assessment, result, language)
    assert said in str(explain(assessment, "22.top_award", language).to_dict())


def test_a_record_that_fails_a_condition_asks_for_no_key():
    result = top_award(AWARD | {"number": "A"}, OTHER | {"level": "municipal"})

    assert (result.amount, result.open_items) == (SUM, 0)


CARDS = [{"cost": 5, "heads": 1}, {"number": 1, "cost": 7, "heads": 2}, {"number": 2, "cost": 11, "heads": 3}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sum(t.cost for t in trials)", None),
        ("count(t for t in trials)", None),
        ("count(t for t in trials if t.heads > 1)", 2),  # the doubtful one is left out by the filter
        ("sum(t.cost for t in trials if t.heads > 1)", 18),
        ("sum(t.cost for t in trials if t.heads < 2)", None),
        ("max(t.cost for t in trials)", 11),  # once more changes nothing
        ("min(t.cost for t in trials)", 5),
        ("any(t.heads == 1 for t in trials)", True),
        ("all(t.heads > 0 for t in trials)", True),
    ],
)
def test_a_sum_or_count_is_unknown_where_a_record_may_count_twice(tmp_path, text, value):
    pack = language_pack(tmp_path)
    bound = bound_on(pack, date(2026, 6, 1))
    node = bound_node(read(text, scope_of(pack)), bound)

    found = by_columns(node, bound, [{"trials": CARDS}, {"trials": CARDS[1:]}, {"trials": CARDS[:1]}])

    assert found[0] == value
    assert by_reference(node, bound, {"trials": CARDS}) == [value]
    assert None not in found[1:]


def test_what_is_known_of_a_key_of_several_parts_tells_records_apart():
    rows = [
        {"number": "HT1", "year": 2022},
        {"number": "HT1", "year": None},  # may be the first
        {"year": 2023},  # may be the second, which is not whole either and stands before
        {"number": "HT2"},  # may be the third
        {"number": "HT3", "year": 2024},
    ]

    assert possible_doubles(rows, ("number", "year")) == {1, 2, 3}
    assert possible_doubles(rows[:1] + rows[2:3], ("number", "year")) == frozenset()


def test_records_of_a_kind_without_a_key_are_never_doubtful():
    assert possible_doubles([{}, {}], ()) == frozenset()


@given(KEYS)
def test_among_records_that_are_not_open_no_two_can_be_the_same(keys):
    open_ = unclear(keys)

    for (first, one), (second, other) in combinations(enumerate(keys), 2):
        agree = all(a == b or a is None or b is None for a, b in zip(one, other, strict=True))
        whole = None not in one and None not in other
        assert not agree or whole or first in open_ or second in open_


@given(KEYS)
def test_a_record_is_open_only_for_the_sake_of_another(keys):
    for place in unclear(keys):
        others = keys[:place] + [key for key in keys[place + 1 :] if None not in key]
        assert None in keys[place]
        assert any(
            all(a == b or a is None or b is None for a, b in zip(keys[place], other, strict=True))
            for other in others
        )


def test_a_population_cut_down_to_what_is_read_keeps_the_keys_that_tell_records_apart():
    bound = bind(PACK, ON)
    only = [one for one in bound.benefits if one.benefit.id == "22.top_award"]
    case = {"kind": "person", "awards": [AWARD | {"number": "A"}, OTHER | {"number": "B"}]}

    table = projected(to_table([case], PACK.vocabulary), read_by_benefits(only, PACK.vocabulary))

    assert "number" in {field.name for field in table.schema.field("awards").type.value_type}
    assert assess_columns(bound, table)["22.top_award"].total_fen == SUM + OTHER_SUM
