"""Plans of the annual sheet and of money from banks, insurers and contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from kechuang.population.city import Column
from kechuang.population.draws import (
    FEN_PER_WAN,
    after,
    ago,
    by_type,
    chance,
    day_in,
    given,
    linked,
    money,
    number,
    one_of,
    only,
    owner_kind,
    part_of,
    past_years,
    pick,
    rate,
    serial,
    unknown,
    where,
    years_after,
)
from kechuang.population.finances import YEARS
from kechuang.population.plans import Plan, following, some

if TYPE_CHECKING:
    from kechuang.policy.language.vocabulary import Field
    from kechuang.population.city import City, Records
    from kechuang.population.draws import Draw

_AUDITED_SHARE: Final = 0.3


def _years_on_file(city: City, _: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One record for each enterprise and year since its registration, newest first; `link` is the year's place."""
    owner, back = np.nonzero(city.finances.on_file[:, ::-1])
    return owner, YEARS - 1 - back


def _figure(name: str) -> Draw:
    """Take a figure of the enterprise in the year of the record."""

    def draw(records: Records, _: Field) -> Column:
        return Column(getattr(records.city.finances, name)[records.owner, records.link])

    return draw


def _rd(low: float, high: float, known: float = 1.0) -> Draw:
    """Take R&D spend as another source sees it: a part of the statistics figure; a figure not given is unknown."""

    def draw(records: Records, _: Field) -> Column:
        finances = records.city.finances
        spend = finances.rd[records.owner, records.link]
        seen = (
            np.rint(spend * records.rng.uniform(low, high, records.size)).astype(np.int64)
            if low < high
            else spend
        )
        missing = ~finances.rd_known[records.owner, records.link] | (
            records.rng.random(records.size) >= known
        )
        return Column(seen, missing)

    return draw


def _has_rd(records: Records, _: Field) -> Column:
    return Column(records.city.finances.rd[records.owner, records.link] > 0)


def _bank_loans(records: Records, of: Field) -> Column:
    """What the enterprise owes all banks: at least its loans on file."""
    if not records.size:
        return by_type(records, of)
    loans = records.city.records["loans"]
    owed = np.zeros(len(records.city.kinds), dtype=np.int64)
    np.add.at(owed, loans.owner, loans.made["balance"].values)
    other = np.rint(200 * FEN_PER_WAN * np.exp(records.rng.normal(0, 1, records.size))).astype(np.int64)
    return Column(owed[records.owner] + other * (records.rng.random(records.size) < 0.5))  # noqa: PLR2004 - half owe more


def _borrowers(city: City, rng: np.random.Generator) -> tuple[np.ndarray, None]:
    """Enterprises with loans, and banks; one record, some of them two."""
    owes = np.zeros(len(city.kinds), dtype=bool)
    owes[city.records["loans"].owner] = True
    counts = (owes & city.group("enterprise")) | (city.group("bank") & (rng.random(len(owes)) < 0.8))  # noqa: PLR2004
    return np.repeat(np.arange(len(owes)), counts * rng.integers(1, 3, len(owes))), None


FINANCE: Final = {
    "years": Plan(
        _years_on_file,
        {
            "year": past_years,
            "sales": _figure("sales"),
            "rd_spend": _rd(1, 1),
            "rd_spend_tax": _rd(0.85, 1.0, known=0.9),
            "rd_spend_audited": _rd(0.9, 1.05, known=_AUDITED_SHARE),
            "above_scale": _figure("above_scale"),
            "has_rd_activity": _has_rd,
            "employees": _figure("employees"),
            "assets": _figure("assets"),
        },
    ),
    "loans": Plan(
        some(most=2, enterprise=0.1, tech=0.4, person=0.02, team=0.05),
        {
            "number": serial("DK"),
            "kind": owner_kind(
                {"tech": pick(commercialisation=25, bottleneck=3, talent=5, pledge=20, branch=30, other=17)},
                pick(pledge=10, branch=5, talent=2, other=83),
            ),
            "bank": one_of("样例银行", 26),
            "cooperating": given("kind", {"bottleneck": chance(0.85)}, chance(0.4)),
            "principal": given(
                "kind",
                {
                    "other": money(200, 1.1),
                    "bottleneck": money(800, 0.8, exact=(2000,)),
                    "talent": money(400, 0.8, exact=(1000, 5000)),
                },
                money(500, 0.9, exact=(1000, 2000, 3000)),
            ),
            "balance": part_of("principal", 0.2, 1.0),
            "risk_compensated": given("kind", {"commercialisation": chance(0.9)}, chance(0.02)),
            "first_filed": only("kind", ("commercialisation",), chance(0.5)),
            "repaid_on_time": chance(0.95),
            "signed_on": ago(3),
            "due_on": given("kind", {"bottleneck": years_after("signed_on", 3)}, years_after("signed_on", 1)),
            "rate": rate(2.9, 6.5),
            "secured": given(
                "kind", {"bottleneck": chance(0.15), "talent": chance(0.08), "pledge": chance(1)}, chance(0.5)
            ),
            "guaranteed": given("kind", {"talent": chance(0.08)}, chance(0.3)),
        },
    ),
    "interests": Plan(
        following("loans", "kind", pledge=0.9, branch=0.9, commercialisation=0.2, talent=0.2),
        {
            "number": linked("loans", "number"),
            "year": past_years,
            "kind": linked("loans", "kind"),
            "signed_on": linked("loans", "signed_on"),
            "principal": linked("loans", "principal"),
            "interest_days": number(30, 365),
            "appraisal_fee": only("kind", ("pledge",), money(2, 0.9)),
            "subsidy_years": number(1, 6),
        },
        follows="loans",
    ),
    "balances": Plan(
        _borrowers,
        {
            "kind": owner_kind({"bank": pick(bottleneck_new=1)}, pick(bank_loans=1)),
            "year": past_years,
            "amount": owner_kind({"bank": money(8000, 0.8)}, _bank_loans),
            "cooperating": owner_kind({"bank": chance(0.7)}, unknown),
        },
        follows="loans",
    ),
    "covers": Plan(
        some(most=2, enterprise=0.005, tech=0.06, person=0.02),
        {
            "number": serial("BD"),
            "kind": owner_kind(
                {"person": pick(talent_personal=1)},
                pick(
                    rd_loss=25,
                    pledge=25,
                    talent_rd=8,
                    first_set=12,
                    first_batch=10,
                    first_version=8,
                    other=12,
                ),
            ),
            "insurer": one_of("样例保险公司", 12),
            "cooperating": chance(0.8),
            "starts_on": ago(2.5),
            "ends_on": years_after("starts_on", 1),
            "sum_insured": given(
                "kind",
                {
                    "talent_rd": money(1000, 0.3, exact=(1000,)),
                    "talent_personal": money(300, 0.3, exact=(300,)),
                },
                money(600, 0.9),
            ),
            "premium_paid": given(
                "kind",
                {"rd_loss": money(15, 0.8, exact=(40,)), "pledge": money(5, 0.8, exact=(10,))},
                money(8),
            ),
            "paid_on": after("starts_on", 0, 20),
        },
    ),
    "claims": Plan(
        following(
            "covers", "kind", rd_loss=0.05, pledge=0.03, talent_rd=0.05, talent_personal=0.05, other=0.05
        ),
        {
            "number": linked("covers", "number"),
            "claim": serial("PA"),
            "claimed_on": ago(2),
            "paid_on": after("claimed_on", 10, 60),
            "amount": money(10, 0.9),
        },
        follows="covers",
    ),
    "losses": Plan(
        following("loans", "kind", commercialisation=0.02, bottleneck=0.02, talent=0.02),
        {"number": linked("loans", "number"), "lost_on": ago(2), "amount": linked("loans", "balance")},
        follows="loans",
    ),
    "contracts": Plan(
        some(most=3, enterprise=0.02, tech=0.25, institution=0.3, university=0.9, hospital=0.1),
        {
            "number": serial("HT"),
            "year": past_years,
            "kind": pick(development=40, transfer=12, licence=6, consulting=12, service=30),
            "side": owner_kind({"enterprise": pick(buyer=85, seller=15)}, pick(buyer=10, seller=90)),
            "counterparty": given(
                "side",
                {"buyer": pick(university=45, institute=30, enterprise=20, other=5)},
                pick(university=5, institute=5, enterprise=85, other=5),
            ),
            "in_city": chance(0.85),
            "signed_on": day_in("year"),
            "filed": chance(0.85),
            "filed_on": where("filed", after("signed_on", 1, 75)),
            "same_as_registered": chance(0.97),
            "total": money(60, 1.0, exact=(600,)),
            "paid": part_of("total", 0.2, 1.0),
        },
    ),
    "commissions": Plan(
        some(most=2, agency=0.2, association=0.03),
        {
            "purpose": pick(talent_service=80, other=20),
            "by_city": chance(0.9),
            "commissioned_on": ago(2.5),
            "delivered": chance(0.85),
            "fee": money(25, 0.7, exact=(50,)),
        },
        sure=("purpose",),
    ),
    "instrument_uses": Plan(
        some(most=4, enterprise=0.005, tech=0.1, team=0.25),
        {
            "number": serial("YQ"),
            "used_on": ago(2),
            "fee": money(1.2, 1.0),
            "networked": chance(0.9),
            "for_innovation": chance(0.9),
            "voucher": chance(0.8),
            "carrier_level": pick(national=15, provincial=25, municipal=40, county=20),
        },
    ),
}
