"""Cases made to get money that the document does not give, and cases that it must not refuse."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kechuang.policy import FactsError, Outcome, assess, load_pack, read_case

PACK = load_pack("weihai-2023-5")
ON = date(2024, 6, 1)
HIGH_TECH = {"kind": "high_tech_enterprise", "granted_on": "2022-12-12", "expires_on": "2026-12-11"}
LABORATORY = {
    "name": "甲",
    "kind": "key_laboratory",
    "level": "national",
    "role": "lead",
    "approved_on": "2024-01-01",
}
JOINED = {**LABORATORY, "kind": "clinical_centre", "role": "participant"}
AWARD = {
    "number": "A1", "kind": "graded", "level": "national", "grade": "first", "rank": 1, "won_on": "2024-01-01",
}  # fmt: skip
PARK = {
    "name": "甲", "kind": "national_demonstration_zone", "from_kind": "national_park", "upgraded_on": "2024-01-01",
}  # fmt: skip
STATION = {"name": "甲", "kind": "branch", "assessed_on": "2023-12-01", "grade": "excellent"}
TALENT = {
    "number": "R1", "kind": "startup", "level": "municipal", "relation": "founder", "managed_from": "2022-01-01",
    "managed_until": "2029-01-01",
}  # fmt: skip
BOTTLENECK = {
    "code": "K1", "organisation": "bottleneck_library", "role": "lead", "library_from": "2023-08-01",
    "library_until": "2099-12-31", "selected": True, "selected_on": "2024-01-01",
}  # fmt: skip


@pytest.mark.parametrize(
    ("records", "row", "again"),
    [
        ("platforms", LABORATORY, {"role": "participant"}),
        ("awards", AWARD, {}),
        ("parks", PARK, {}),
        ("stations", STATION, {}),
        ("talents", TALENT, {"kind": "innovation"}),
    ],
)
def test_one_thing_filed_twice_is_refused(records: str, row: dict[str, Any], again: dict[str, Any]) -> None:
    facts = {"kind": "enterprise", records: [row, {**row, **again}]}

    with pytest.raises(FactsError, match="stands already in record 1"):
        read_case(facts, PACK.vocabulary)


@pytest.mark.parametrize(
    ("benefit", "because", "facts"),
    [
        ("1.national_centre", "host", {"platforms": [JOINED]}),
        ("17.growth_reward", "in_force", {"statuses": [{**HIGH_TECH, "granted_on": "2023-07-12"}]}),
        ("22.national_award", "in_force", {"awards": [{**AWARD, "won_on": "2024-06-02"}]}),
        ("24.grant", "undertaker", {"statuses": [HIGH_TECH], "projects": [{**BOTTLENECK, "role": "participant"}]}),
        ("24.grant", "in_force", {"statuses": [HIGH_TECH], "projects": [{**BOTTLENECK, "selected_on": "2020-03-01"}]}),
        ("24.grant", "high_tech", {"statuses": [{**HIGH_TECH, "expires_on": "2024-05-31"}], "projects": [BOTTLENECK]}),
        ("27.talent_firm_loan", "several", {"talents": [TALENT], "loans": []}),
    ],
)  # fmt: skip
def test_no_money_for(benefit: str, because: str, facts: dict[str, Any]) -> None:
    case = read_case({"kind": "enterprise", **facts}, PACK.vocabulary)

    found = assess(PACK, case, ON).results[benefit]

    assert (found.outcome, found.because, found.amount) == (Outcome.NOT_ELIGIBLE, because, None)


def test_a_bottleneck_loan_with_a_guarantee_bears_no_collateral() -> None:
    loan = {
        "number": "G1", "kind": "bottleneck", "cooperating": True, "principal": "100万元", "secured": False,
        "guaranteed": True, "signed_on": "2024-03-01", "due_on": "2025-03-01", "rate": "4%",
    }  # fmt: skip
    facts = {"kind": "enterprise", "statuses": [HIGH_TECH], "projects": [BOTTLENECK], "loans": [loan]}

    found = assess(PACK, read_case(facts, PACK.vocabulary), ON).results["24.loan"]

    assert (found.outcome, found.amount) == (Outcome.MAY_APPLY, 2000 * 10**6)
