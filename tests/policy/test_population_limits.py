"""Sums of a population that leave 64 bits are told, never wrapped; benefits of too many conditions are refused."""

from __future__ import annotations

from datetime import date

import pytest

from kechuang.policy.cases.assessment import assess
from kechuang.policy.columns.casting import to_table
from kechuang.policy.columns.population import assess_table
from kechuang.policy.columns.vector import LIMIT
from kechuang.policy.columns.verdict import MOST_REASONS
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.encoding.pack import MAX_CONDITIONS
from policy.both_evaluators import answers
from policy.packs_on_disk import change, copied, faults

ON = date(2026, 6, 1)
MOST = 10**15
TECH = {"kind": "tech_sme", "granted_on": date(2026, 3, 10), "expires_on": date(2026, 12, 31)}


@pytest.fixture
def folder(tmp_path):
    return copied(tmp_path)


def grown(employees):
    years = [{"year": 2025, "employees": employees}, {"year": 2024, "employees": 0}]
    return {"kind": "enterprise", "statuses": [TECH], "years": years}


def without_cap(folder, sum_for_one):
    """Measure 2 pays this much for each of the new jobs, without a ceiling."""
    change(
        folder,
        "measures/02.yaml",
        "      caps:\n        yearly: {at_most: cap, quote: 每家企业年度补助最高20万元}\n",
        "",
    )
    change(folder, "measures/02.yaml", "exact: increase * each_job", f"exact: increase * {sum_for_one}")
    return load_pack(folder)


def test_a_sum_beyond_64_bits_is_told_with_its_benefit(folder):
    pack = without_cap(folder, "100万元")
    table = to_table([grown(6), grown(10**12), grown(7)], pack.vocabulary)

    with pytest.raises(OverflowError, match=r"2\.jobs: found a sum of 1000000000000"):
        assess_table(pack, table, ON)

    result = assess(pack, grown(10**12), ON).results["2.jobs"]
    assert result.amount == 10**12 * 10**8 > LIMIT


def test_the_largest_sums_below_are_exact_and_so_is_their_total(folder):
    pack = without_cap(folder, "92233.72元")
    cases = [grown(10**12), grown(5), grown(10**12)]

    columns = assess_table(pack, to_table(cases, pack.vocabulary), ON).benefits["2.jobs"]

    each = 10**12 * 9_223_372 // 100 * 100
    assert columns.amount.tolist() == [each, 5 * 9_223_300 + 300, each]
    assert columns.total_fen == 2 * each + 5 * 9_223_300 + 300 > LIMIT


def test_the_total_of_many_records_beyond_64_bits_is_held_by_its_cap_or_told(folder):
    paid = [
        {"number": str(n), "year": 2025, "kind": "transfer", "side": "buyer", "paid": MOST} for n in range(9)
    ]
    case = {"kind": "enterprise", "contracts": [row | {"counterparty": "university"} for row in paid]}
    change(folder, "measures/05.yaml", "exact: 'contract.paid * (", "exact: 'contract.paid * 9000 * (")
    capped = load_pack(folder)

    columns = assess_table(capped, to_table([case, case], capped.vocabulary), ON).benefits["5.purchase"]

    assert columns.amount.tolist() == [60_000_000, 60_000_000]
    assert assess(capped, case, ON).results["5.purchase"].amount == 60_000_000
    change(
        folder,
        "measures/05.yaml",
        "      total_caps:\n        yearly: {at_most: cap, quote: 每家企业每年最高60万元}\n",
        "",
    )
    uncapped = load_pack(folder)
    with pytest.raises(OverflowError, match=r"5\.purchase: found a sum of"):
        assess_table(uncapped, to_table([case], uncapped.vocabulary), ON)
    assert assess(uncapped, case, ON).results["5.purchase"].amount == 9 * MOST * 9000 * 12 // 100


def test_an_unknown_ceiling_on_the_total_leaves_the_sum_unknown(folder):
    change(
        folder,
        "measures/05.yaml",
        "{at_most: cap, quote: 每家企业每年最高60万元}",
        "{at_most: this_year.sales, quote: 每家企业每年最高60万元}",
    )
    pack = load_pack(folder)
    contract = {
        "number": "1",
        "year": 2025,
        "kind": "transfer",
        "side": "buyer",
        "paid": 10**8,
        "counterparty": "other",
    }
    case = {"kind": "enterprise", "contracts": [contract]}
    known = case | {"years": [{"year": 2025, "sales": 500}]}

    columns = assess_table(pack, to_table([case, known], pack.vocabulary), ON).benefits["5.purchase"]

    assert columns.amount.tolist() == [-1, 500]
    assert [assess(pack, one, ON).results["5.purchase"].amount for one in (case, known)] == [None, 500]


def test_more_conditions_than_a_byte_can_name_are_a_fault(folder):
    where = "".join(
        f"      c{n}: {{why: {{zh: 例, en: e}}, holds: true}}\n" for n in range(MAX_CONDITIONS - 2)
    )
    line, _ = change(folder, "measures/03.yaml", "    where:\n", "    where:\n" + where)

    (fault,) = faults(folder)

    assert fault.message == "101 conditions, expected at most 100; join some with 'and'"
    assert fault.place.line == line + 1
    assert MAX_CONDITIONS + len(["for", "no_record", "amount"]) <= MOST_REASONS


def test_a_benefit_of_the_most_conditions_is_assessed_alike(folder):
    where = "".join(
        f"      c{n}: {{why: {{zh: 例, en: e}}, holds: true}}\n" for n in range(MAX_CONDITIONS - 3)
    )
    change(folder, "measures/03.yaml", "    where:\n", "    where:\n" + where)

    found = answers(
        load_pack(folder), [{"kind": "enterprise"}, {"kind": "enterprise", "statuses": []}], ON, 2025
    )

    assert [case["3.intensity"][1] for case in found] == ["high_tech", "high_tech"]
