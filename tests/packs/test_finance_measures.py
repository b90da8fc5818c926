"""Measures 23 to 27 and 30 against sums worked out here: LPR months, terms and rates, caps that act together."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from kechuang.policy.cases.assessment import assess
from kechuang.policy.cases.facts import read_case
from kechuang.policy.cases.outcome import Outcome, Result
from kechuang.policy.encoding.loading import load_pack
from kechuang.reference.series import benchmark_rate, series

PACK = load_pack("weihai-2023-5")
LPR = series("lpr", "one_year")
HIGH_TECH = {"kind": "high_tech_enterprise", "granted_on": "2023-01-01", "expires_on": "2025-12-31"}
IN_LIBRARY = {
    "code": "KBZ-1", "organisation": "bottleneck_library", "library_from": "2023-08-01", "library_until": "2099-12-31",
}  # fmt: skip


def result(
    benefit: str, facts: dict[str, Any], on: date = date(2024, 8, 1), year: int | None = None
) -> Result:
    return assess(PACK, read_case(facts, PACK.vocabulary), on, year).results[benefit]


def pledged(signed_on: str, days: int = 365, principal: str = "1000万元") -> dict[str, Any]:
    row = {
        "number": "ZY-1",
        "year": 2023,
        "kind": "pledge",
        "signed_on": signed_on,
        "interest_days": days,
        "principal": principal,
    }
    return {"kind": "enterprise", "size": "small", "interests": [row]}


@pytest.mark.parametrize(("year", "month"), sorted(LPR), ids=str)
def test_a_pledge_loan_uses_the_quote_of_the_calendar_month_before_its_signing(year: int, month: int) -> None:
    quoted = LPR[year, month]
    following = date(year + month // 12, month % 12 + 1, 1)
    expected = 10**9 * quoted / 5  # 1000万元 for 365 days, a fifth of the LPR

    found = [
        result("25.interest", pledged(following.replace(day=day).isoformat())).amount
        for day in (1, 19, 20, 28)
    ]

    assert found == [expected] * 4


def test_a_month_without_a_quote_leaves_the_interest_undetermined() -> None:
    first = min(LPR)
    before_the_first = date(first[0], first[1], 25).isoformat()

    assert result("25.interest", pledged(before_the_first)).outcome is Outcome.UNDETERMINED


@pytest.mark.parametrize("days", [1, 73, 184, 365, 366])
def test_pledge_interest_counts_actual_days_over_365_and_cuts_below_the_fen(days: int) -> None:
    exact = 987_654_321 * LPR[2023, 6] / 5 * days / 365

    found = result("25.interest", pledged("2023-07-31", days, "9876543.21元")).amount

    assert found == int(exact)


@pytest.mark.parametrize("years", [1, 2, 3])
def test_a_bottleneck_loan_may_bear_the_benchmark_of_its_term_and_no_more(years: int) -> None:
    def loan(rate: Fraction) -> dict[str, Any]:
        row = {
            "number": "GG-1", "kind": "bottleneck", "cooperating": True, "secured": False, "principal": "2000万元",
            "signed_on": "2024-02-29", "due_on": date(2024 + years, 2, 28).isoformat(), "rate": rate,
        }  # fmt: skip
        return {"kind": "enterprise", "statuses": [HIGH_TECH], "projects": [IN_LIBRARY], "loans": [row]}

    at, above = (
        result("24.loan", loan(benchmark_rate(12 * years) + more))
        for more in (Fraction(0), Fraction(1, 10**6))
    )

    assert (at.outcome, at.amount) == (Outcome.MAY_APPLY, 2000 * 10**6)
    assert (above.outcome, above.because) == (Outcome.NOT_ELIGIBLE, "rate")


@pytest.mark.parametrize("subsidised", [1, 2999, 3000, 3001, 9000])
@pytest.mark.parametrize("balance", [1, 2999, 3000, 3001, 9000])
def test_both_ceilings_of_branch_interest_act_together(subsidised: int, balance: int) -> None:
    facts = {
        "kind": "enterprise",
        "statuses": [HIGH_TECH],
        "interests": [
            {
                "number": "ZH-1",
                "year": 2023,
                "kind": "branch",
                "principal": f"{subsidised}万元",
                "subsidy_years": 1,
            },
        ],
        "balances": [{"kind": "bank_loans", "year": 2023, "amount": f"{balance}万元"}],
    }

    found = result("27.branch_interest", facts)

    assert (found.outcome, found.amount) == (Outcome.MAY_APPLY, min(subsidised, balance, 3000) * 10**4)


def test_a_balance_that_no_bank_returned_is_never_taken_for_zero() -> None:
    interest = {"number": "ZH-1", "year": 2023, "kind": "branch", "principal": "1000万元", "subsidy_years": 1}
    facts = {"kind": "enterprise", "statuses": [HIGH_TECH], "interests": [interest]}

    found = result("27.branch_interest", facts)

    assert (found.outcome, [missing.path for missing in found.missing]) == (
        Outcome.UNDETERMINED,
        ["balances"],
    )


@pytest.mark.parametrize(
    ("benefit", "kind"),
    [
        ("23.risk_compensation", "limit"),
        ("24.loan", "limit"),
        ("26.talent_rd_cover", "at_least"),
        ("26.talent_personal_cover", "at_least"),
        ("27.talent_loan", "limit"),
    ],
)
def test_a_bound_on_loans_and_covers_is_never_an_entitlement(benefit: str, kind: str) -> None:
    assert PACK.benefit(benefit).amount.kind == kind
    assert not PACK.benefit(benefit).amount.is_paid
    assert PACK.benefit(benefit).amount.is_ceiling


@pytest.mark.parametrize("benefit", ["25.interest", "25.appraisal", "25.insurance", "30.instrument_use"])
def test_what_the_province_pays_too_stacks(benefit: str) -> None:
    assert PACK.benefit(benefit).stacking.rule == "stacks"
