"""What finance an organisation qualifies for, and what each offer would cost and bring at a given sum and term.

The engine decides: each offer is tried by adding the record that such a loan or insurance would be to what is on file
(offers.yaml). What it brings is what the engine gives with the record less what it gives without, so that yearly
ceilings partly used up by other loans are counted in. No figure of the law stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from kechuang.accounts.models import Organisation
from kechuang.entitlements import versions
from kechuang.entitlements.models import PackVersion
from kechuang.finance.filing.checking import BRANCH
from kechuang.finance.filing.resting import granted_years
from kechuang.finance.models import Partner
from kechuang.fulfilment.calls import paid_here
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.outcome import Outcome, Result
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.pack import Benefit, Pack
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.policy.words.reasons import headline, reason_sentence
from kechuang.registry.assembly import case_of

TRIAL: Final = "试算"
"""The number of the record that is tried; no filed number looks like it, they all carry a code."""
DAYS_OF_YEAR: Final = 365
"""Interest is reckoned by actual days of 365, as the loans of the document are."""
LIFECYCLE: Final = "finance"
BALANCES: Final = "balances"
ORDER: Final = (
    Outcome.ENTITLED,
    Outcome.MAY_APPLY,
    Outcome.UNDETERMINED,
    Outcome.NOT_ELIGIBLE,
    Outcome.NOT_IN_FORCE,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the organisation would like: sums in fen, days of interest within the year, the bank's yearly rate."""

    principal: int = 1_000_000_000
    days: int = 365
    rate: Fraction | None = None
    premium: int = 10_000_000
    fee: int = 3_000_000


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer: the engine's words, what it costs and brings in fen (None: not a matter of money, or unknown)."""

    benefit: Benefit
    outcome: Outcome
    told: Words
    reason: Words
    limit_fen: int | None = None
    cost_fen: int | None = None
    brings_fen: int | None = None
    up_to: bool = False
    had_fen: int = 0  # what there is already without the record that is tried
    by_year: bool = False  # the ceiling is one of a year, so that it can be used up

    @property
    def had_before(self) -> bool:
        """Whether what is on file brings all that there is, so that another record adds nothing."""
        return self.brings_fen == 0 and self.had_fen > 0

    @property
    def used_up(self) -> bool:
        """Whether records of the year have used a yearly ceiling up."""
        return self.had_before and self.by_year

    @property
    def net_fen(self) -> int | None:
        """What is left to pay; a ceiling leaves nothing below zero, since a person decides the sum under it."""
        if self.cost_fen is None or self.brings_fen is None:
            return None
        left = self.cost_fen - self.brings_fen
        return max(left, 0) if self.up_to else left


@dataclass(slots=True)
class Offers:
    """All offers for an organisation: those it qualifies for, and why not the others."""

    wish: Wish
    rate: Fraction | None
    quoted: tuple[int, int] | None  # the month of the LPR that stands in for the bank's rate
    selected: bool = False  # whether it is itself a selected bank or insurer on the day
    years: int = 1  # of subsidy of branch interest, this year included
    good: list[Offer] = field(default_factory=list)
    others: list[Offer] = field(default_factory=list)


def offers(organisation: Organisation, version: PackVersion, wish: Wish, *, on: date, at: datetime) -> Offers:
    """What the organisation can get on a day, by what is known at a time; the year is that of the day."""
    pack = versions.pack_as_known(version.pk, at)
    facts = case_of(organisation, at, on, pack.vocabulary)
    month = max((one for one in pack.series["lpr_one_year"] if one <= (on.year, on.month)), default=None)
    quote = None if month is None else pack.series["lpr_one_year"][month]
    rate = wish.rate if wish.rate is not None else quote
    found = Offers(
        wish,
        rate if isinstance(rate, Fraction) else None,
        None if wish.rate is not None else month,
        selected=Partner.objects.filter(organisation=organisation, since__lte=on)
        .exclude(until__lt=on)
        .exists(),
        years=_years(organisation, facts, on),
    )
    for benefit in pack.benefits:
        if benefit.lifecycle == LIFECYCLE and str(facts.get("kind")) in benefit.subjects:
            one = _offer(benefit, pack, facts, found, on)
            (found.good if one.outcome.passes else found.others).append(one)
    found.good.sort(key=lambda one: (ORDER.index(one.outcome), -(one.brings_fen or 0)))
    found.others.sort(key=lambda one: ORDER.index(one.outcome))
    return found


def _years(organisation: Organisation, facts: Mapping[str, Any], on: date) -> int:
    """How many years of branch interest this one would make: after those granted, and those that banks have counted."""
    filed = [
        int(one.get("subsidy_years") or 0)
        for one in facts.get("interests") or ()
        if one.get("kind") == BRANCH and (one.get("year") or on.year) < on.year
    ]
    return 1 + max(len(granted_years(organisation.pk, but=on.year)), *filed, 0)


def _offer(benefit: Benefit, pack: Pack, facts: Mapping[str, Any], found: Offers, on: date) -> Offer:
    bound, only = bind(pack, on, on.year), frozenset({benefit.id})
    tried = _tried(benefit.id, facts, found, on)
    after = told_by = assess_bound(bound, tried, only)
    each = benefit.each
    if (
        each is not None and each in _trials()[benefit.id]
    ):  # other records may pass where the one that is tried does not
        alone = assess_bound(bound, {**tried, each: tried[each][-1:]}, only)
        after, told_by = after if alone.results[benefit.id].outcome.passes else alone, alone
    result = after.results[benefit.id]
    told = Words(headline(result, "zh"), headline(result, "en"))
    why = told_by.results[benefit.id]  # of the record that is tried, not of those on file
    reason = Words(reason_sentence(told_by, why, "zh"), reason_sentence(told_by, why, "en"))
    if not result.outcome.passes:
        return Offer(benefit, result.outcome, told, reason)
    if not paid_here(benefit) and benefit.amount.kind in {"limit", "at_least"}:
        return Offer(
            benefit, result.outcome, told, reason, limit_fen=result.amount, cost_fen=_cost(benefit.id, found)
        )
    before = assess_bound(bound, facts, only).results[benefit.id]
    return Offer(
        benefit,
        result.outcome,
        told,
        reason,
        cost_fen=_cost(benefit.id, found),
        brings_fen=_more(result, before),
        up_to=result.outcome is Outcome.MAY_APPLY,
        had_fen=(before.amount or 0) if before.outcome.passes else 0,
        by_year="year" in benefit.per,
    )


def _more(after: Result, before: Result) -> int | None:
    """What the tried record adds to the sum; None where there is no sum."""
    if after.amount is None:
        return None
    known = before.amount if before.outcome.passes and before.amount is not None else 0
    return max(after.amount - known, 0)


def _cost(benefit: str, found: Offers) -> int | None:
    """What the loan's interest, the premium or the fee comes to, to the nearest fen; None while the rate is unknown."""
    trial, wish = _trials()[benefit], found.wish
    if "covers" in trial:
        return wish.premium
    if any(row.get("appraisal_fee") for row in trial.values()):
        return wish.fee
    if not trial.keys() & {"loans", "interests"} or found.rate is None:
        return None  # nothing is borrowed, or nobody knows at which rate
    return _nearest(wish.principal * found.rate * wish.days / DAYS_OF_YEAR)


def _nearest(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


def _tried(benefit: str, facts: Mapping[str, Any], found: Offers, on: date) -> dict[str, Any]:
    """What is on file with the record that is tried."""
    tried = dict(facts)
    for record, given in _trials()[benefit].items():
        fields = load_vocabulary().records[record].fields
        usual = {
            "number": TRIAL,
            "year": on.year,
            "signed_on": on,
            "starts_on": on,
            "principal": found.wish.principal,
            "due_on": on + timedelta(days=found.wish.days),
            "rate": found.rate,
            "appraisal_fee": 0,
        }
        said = {name: _filled(value, found, on) for name, value in given.items()}
        row = {name: value for name, value in {**usual, **said}.items() if name in fields}
        on_file = list(tried.get(record) or ())
        same = [one for one in on_file if record == BALANCES and _place(one) == _place(row)]
        row |= {"amount": sum((one.get("amount") or 0 for one in same), row["amount"])} if same else {}
        tried[record] = [*(one for one in on_file if one not in same), row]
    return tried


def _place(balance: Mapping[str, Any]) -> tuple[Any, Any]:
    return balance.get("kind"), balance.get("year")


def _filled(value: Any, found: Offers, on: date) -> Any:
    wish = found.wish
    given = {
        "$selected": found.selected,
        "$principal": wish.principal,
        "$premium": wish.premium,
        "$fee": wish.fee,
        "$years": found.years,
        "$days": min(wish.days, 366),
        "$on": on,
    }
    return given.get(value, value) if isinstance(value, str) else value


@cache
def _trials() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """The records to try by benefit."""
    text = (files("kechuang.finance") / "offers.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(text)
    return found
