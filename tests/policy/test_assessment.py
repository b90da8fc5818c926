"""What an assessment says of one case: outcome, sum, the first reason, what is missing, how far it is from holding."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from kechuang.policy import Outcome, assess, load_pack, read_case

PACK = load_pack("weihai-2023-5")
ON = date(2024, 6, 20)
HIGH_TECH = {
    "kind": "high_tech_enterprise",
    "level": "national",
    "granted_on": "2022-12-01",
    "expires_on": "2025-11-30",
}


def firm(this_year="1200万元", last_year="1000万元", **facts):
    """An above-scale high-tech enterprise with R&D activity; a figure of None is unknown."""
    this = {"year": 2023, "rd_spend": this_year, "above_scale": True, "has_rd_activity": True}
    last = {"year": 2022, "rd_spend": last_year}
    return {"kind": "enterprise", "years": [this, last], "statuses": [HIGH_TECH], **facts}


def growth(facts, on=ON, year=None, readings=None):
    return assess(PACK, read_case(facts, PACK.vocabulary), on, year, readings).results["9.rd_growth"]


def test_five_per_cent_of_the_increment_is_a_ceiling_not_an_entitlement():
    result = growth(firm("1200万元", "1000万元"))

    assert result.outcome is Outcome.MAY_APPLY
    assert result.is_ceiling
    assert result.amount == 10_0000_00


@pytest.mark.parametrize(
    ("this_year", "last_year", "because", "gap"),
    [
        ("1100.01万元", "1000万元", None, None),  # just above both thresholds
        (
            "1100万元",
            "1000万元",
            "floor",
            0,
        ),  # growth exactly 10 % passes, an increment of exactly 100万 does not
        ("3300万元", "3000万元", None, None),  # growth exactly 10 % (含)
        ("3299.999999万元", "3000万元", "growth", 1),
        ("500万元", "0元", "prior", 0),
    ],
)
def test_boundaries_of_measure_9(this_year, last_year, because, gap):
    result = growth(firm(this_year, last_year))

    assert result.because == because
    if because is None:
        assert result.outcome is Outcome.MAY_APPLY
    else:
        assert result.outcome is Outcome.NOT_ELIGIBLE
        assert result.short.gap == gap


def test_a_missing_prior_year_is_undetermined_and_named():
    result = growth(firm(last_year=None))

    assert result.outcome is Outcome.UNDETERMINED
    assert [(fact.path, fact.year) for fact in result.missing] == [("years.rd_spend", 2022)]
    assert result.amount is None


def test_a_false_condition_decides_even_when_an_earlier_one_is_unknown():
    facts = firm("1010万元", "1000万元")
    del facts["years"][0]["above_scale"]

    result = growth(facts)

    assert result.outcome is Outcome.NOT_ELIGIBLE
    assert result.because == "growth"


def test_the_shortfall_says_how_much_is_missing_and_whether_equality_is_enough():
    result = growth(firm("3388万元", "3300万元"))

    assert result.because == "growth"
    assert result.short.gap == Fraction(242_0000_00)
    assert result.short.type == "money"
    assert not result.short.strict


def test_the_cap_of_one_million_holds():
    assert growth(firm("9000万元", "1000万元")).amount == 100_0000_00


def test_nobody_is_refused_for_unknown_facts():
    results = assess(PACK, {}, ON).results.values()

    assert {result.outcome for result in results} == {Outcome.UNDETERMINED}
    assert all(result.missing for result in results)


def test_another_kind_of_subject_is_told_so_first():
    result = growth({"kind": "bank"})

    assert (result.outcome, result.because) == (Outcome.NOT_ELIGIBLE, "for")


@pytest.mark.parametrize(
    ("on", "in_force"),
    [
        (date(2023, 7, 12), False),
        (date(2023, 7, 13), True),
        (date(2028, 7, 12), True),
        (date(2028, 7, 13), False),
    ],
)
def test_the_document_is_in_force_from_its_first_to_its_last_day(on, in_force):
    results = assess(PACK, {}, on).results.values()

    assert all((result.outcome is Outcome.NOT_IN_FORCE) is not in_force for result in results)


def test_a_reading_switches_the_answer():
    sme = {"kind": "tech_sme", "level": "national", "granted_on": "2024-03-01", "expires_on": "2024-12-31"}
    facts = firm(statuses=[sme])

    assert growth(facts).outcome is Outcome.MAY_APPLY
    assert growth(facts, readings={"I-9": "both"}).because == "status"


def test_an_unknown_reading_is_refused_by_name():
    with pytest.raises(ValueError, match=r"no reading 'I-99'; there are: I-9"):
        growth(firm(), readings={"I-99": "both"})
    with pytest.raises(ValueError, match=r"reading I-9 has no option 'neither'"):
        growth(firm(), readings={"I-9": "neither"})


@pytest.mark.parametrize("year", [2021, 2025])
def test_a_year_that_no_benefit_can_rest_on_is_refused(year):
    with pytest.raises(ValueError, match=rf"assessed year {year}: expected a year from 2022 to 2024"):
        growth(firm(), year=year)


def test_no_record_at_all_is_a_reason_and_an_unknown_list_is_a_question():
    none = assess(PACK, {"kind": "enterprise", "interests": []}, ON).results["25.interest"]
    unknown = assess(PACK, {"kind": "enterprise"}, ON).results["25.interest"]

    assert (none.outcome, none.because) == (Outcome.NOT_ELIGIBLE, "no_record")
    assert unknown.outcome is Outcome.UNDETERMINED
    assert [fact.path for fact in unknown.missing] == ["interests"]


def test_totals_of_an_assessment_keep_entitlements_and_ceilings_apart():
    assessment = assess(PACK, read_case(firm(), PACK.vocabulary), ON)

    ceilings = [
        result for result in assessment.of(Outcome.MAY_APPLY) if result.bound.benefit.amount.kind == "up_to"
    ]
    assert assessment.entitled_fen == sum(result.amount or 0 for result in assessment.of(Outcome.ENTITLED))
    assert assessment.ceiling_fen == sum(result.amount for result in ceilings)
    assert assessment.ceiling_fen >= 10_0000_00


def test_several_platforms_add_up_and_the_undetermined_one_is_counted_as_open():
    lead = {"kind": "key_laboratory", "level": "national", "role": "lead", "approved_on": "2024-01-10"}
    unsure = {"kind": "key_laboratory", "level": "national", "role": "lead"}
    facts = {"kind": "institution", "platforms": [lead, unsure]}

    results = assess(PACK, read_case(facts, PACK.vocabulary), ON).results
    [result] = [found for found in results.values() if found.outcome.passes]

    assert result.outcome is Outcome.ENTITLED
    assert result.amount == 1000_0000_00
    assert result.open_items == 1
    assert [item.outcome for item in result.items] == [Outcome.ENTITLED, Outcome.UNDETERMINED]
