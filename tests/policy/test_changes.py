"""Parameters may be changed by name, for what-if questions; what a pack does not allow is refused in a sentence."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from kechuang.policy import assess, assess_table, bind, explain, load_pack, read_case
from kechuang.policy.columns.casting import to_table
from kechuang.policy.encoding.changes import changeable, parse_change
from kechuang.policy.language.parameter import Table
from policy.packs_on_disk import language_pack

ON = date(2024, 6, 20)
RATE = "9.rd_growth.subsidy_rate"


@pytest.fixture(scope="module")
def pack():
    return load_pack()


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    return language_pack(tmp_path_factory.mktemp("changes"))


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("9.rd_growth.subsidy_rate=6%", (RATE, Fraction(6, 100))),
        (" 9.rd_growth.subsidy_rate = 1:20 ", (RATE, Fraction(1, 20))),
        ("6.desks.twelve=13", ("6.desks.twelve", 13)),
        ("6.desks.later=5.01元", ("6.desks.later", 501)),
        ("6.desks.by_level[national]=600元", ("6.desks.by_level[national]", 60_000)),
        ("6.desks.rates[national, red]=20%", ("6.desks.rates[national,red]", Fraction(1, 5))),
        ("6.desks.open_to[provincial]=true", ("6.desks.open_to[provincial]", True)),
        ("6.desks.until[national]=2026-03-01", ("6.desks.until[national]", date(2026, 3, 1))),
    ],
)
def test_a_change_is_read_in_the_literals_of_the_language(pack, trials, text, change):
    found = parse_change(pack if text.strip().startswith("9.rd") else trials, text)

    assert found == change
    assert type(found[1]) is type(change[1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("9.rd_growth.subsidy_rate", "is no change; expected one such as 9.rd_growth.subsidy_rate=6%"),
        (
            "9.rd_growth.subsidy_rat=6%",
            "has no parameter '9.rd_growth.subsidy_rat'; the nearest are: 9.rd_growth.",
        ),
        (
            "9.rd_growth.subsidy_rate=6",
            "9.rd_growth.subsidy_rate: expected a rate such as 10% or 1:3, found '6'",
        ),
        (
            "9.rd_growth.subsidy_rate=six",
            "9.rd_growth.subsidy_rate: expected a rate such as 10% or 1:3; 'six' is no",
        ),
        ("9.rd_growth.subsidy_rate=100001%", "expected 0% to 100,000%"),
        ("9.rd_growth.yearly_cap=6%", "expected a sum such as 100万元, found '6%'"),
        ("9.rd_growth.yearly_cap=200000亿元", "expected 0 to 10 trillion yuan"),
        ("zzz=1", "there are, for example: 1."),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_with_what_was_expected(pack, text, said):
    with pytest.raises(ValueError, match=r".") as refused:
        parse_change(pack, text)

    assert said in str(refused.value)
    assert max(refused.value.words.zh) >= "\u4e00"


def test_a_table_is_changed_row_by_row_and_its_name_lists_its_rows(trials):
    with pytest.raises(
        ValueError, match=r"the nearest are: 6.desks.by_level\[national\], 6.desks.by_level\[prov"
    ):
        parse_change(trials, "6.desks.by_level=600元")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (RATE, 0.06),
        (RATE, True),
        (RATE, -1),
        (RATE, Fraction(1, 10**13)),
        ("9.rd_growth.yearly_cap", Fraction(1, 2)),
        ("9.rd_growth.yearly_cap", -1),
        ("9.rd_growth.yearly_cap", True),
        ("9.rd_growth.yearly_cap", date(2024, 1, 1)),
    ],
)
def test_values_of_another_type_or_out_of_range_never_reach_a_binding(pack, key, value):
    with pytest.raises(ValueError, match=r"9\.rd_growth\.(subsidy_rate|yearly_cap): "):
        bind(pack, ON, parameters={key: value})


def test_dates_outside_the_calendar_and_datetimes_are_refused(trials):
    with pytest.raises(ValueError, match="expected 1900-01-01 to 2200-12-31"):
        bind(trials, date(2026, 6, 20), parameters={"6.desks.until[national]": date(2201, 1, 1)})
    with pytest.raises(ValueError, match="expected true or false"):
        bind(trials, date(2026, 6, 20), parameters={"6.desks.open_to[national]": 1})


def test_a_row_that_is_not_in_force_yet_cannot_be_changed(trials):
    change = {"6.desks.rows_later[national]": 700}

    with pytest.raises(ValueError, match="parameter rows_later has no such row on the day of assessment"):
        bind(trials, date(2026, 6, 20), parameters=change)


def test_a_changed_value_holds_on_every_date_and_under_every_reading(trials):
    parameters = trials.benefit("6.desks").parameters
    bound = bind(trials, date(2026, 2, 1), parameters={"6.desks.dated": 1, "6.desks.by_reading": 3})

    assert bound.value_of(parameters["dated"]) == 1
    assert bound.value_of(parameters["by_reading"]) == 3
    assert bind(trials, date(2026, 2, 1)).value_of(parameters["dated"]) is None


def test_changing_one_row_leaves_the_others(trials):
    found = bind(trials, date(2026, 6, 20), parameters={"6.desks.by_level[national]": 1}).value_of(
        trials.benefit("6.desks").parameters["by_level"]
    )

    assert isinstance(found, Table)
    assert found.rows == {("national",): 1, ("provincial",): 30_001}


def test_names_of_changeable_values_give_the_packs_own_value(trials):
    known = changeable(trials)
    readings = trials.chosen_readings()

    assert known["6.desks.by_level[provincial]"].at(date(2026, 6, 20), readings) == 30_001
    assert known["6.desks.rows_later[national]"].at(date(2026, 6, 20), readings) is None
    assert known["6.desks.dated"].at(date(2026, 5, 31), readings) == 700


def test_a_changed_rate_changes_the_sum_of_a_case_and_of_a_population_alike(pack):
    facts = {
        "kind": "enterprise",
        "statuses": [
            {"kind": "high_tech_enterprise", "granted_on": "2022-12-12", "expires_on": "2025-12-11"}
        ],
        "years": [
            {"year": 2023, "rd_spend": "900万元", "above_scale": True, "has_rd_activity": True},
            {"year": 2022, "rd_spend": "600万元"},
        ],
    }
    case, change = read_case(facts, pack.vocabulary), {RATE: Fraction(6, 100)}

    after = assess(pack, case, ON, parameters=change)
    columns = assess_table(pack, to_table([case], pack.vocabulary), ON, parameters=change)

    assert assess(pack, case, ON).results["9.rd_growth"].amount == 15_000_000
    assert after.results["9.rd_growth"].amount == 18_000_000
    assert columns.benefits["9.rd_growth"].amount.tolist() == [18_000_000]
    assert "6%" in explain(after, "9.rd_growth").to_text()


def test_what_ifs_leave_the_pack_and_the_law_in_force_as_they_were(pack):
    law, nodes = bind(pack, ON), len(pack.forest.nodes)

    for rate in range(1, 40):
        bind(pack, ON, parameters={RATE: Fraction(rate, 1000)})

    assert bind(pack, ON) is law
    assert len(pack.forest.nodes) == nodes
