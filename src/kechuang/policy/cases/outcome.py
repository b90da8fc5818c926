"""What an assessment says: outcome, sum, reason, missing facts and shortfall, for each benefit."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from kechuang.policy.language.values import Words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from kechuang.policy.encoding.binding import Bound, BoundBenefit
    from kechuang.policy.language.tree import Node
    from kechuang.policy.language.values import Value


class Outcome(StrEnum):
    """The five outcomes. A person decides the sum of `may_apply`; `entitled` follows from the rule alone."""

    ENTITLED = "entitled"
    MAY_APPLY = "may_apply"
    UNDETERMINED = "undetermined"
    NOT_ELIGIBLE = "not_eligible"
    NOT_IN_FORCE = "not_in_force"

    @property
    def words(self) -> Words:
        """The outcome in both languages."""
        return OUTCOME_WORDS[self]

    @property
    def passes(self) -> bool:
        """Whether all conditions hold."""
        return self in (Outcome.ENTITLED, Outcome.MAY_APPLY)


OUTCOME_WORDS: Final = {
    Outcome.ENTITLED: Words("可享", "entitled"),
    Outcome.MAY_APPLY: Words("可申报，最高", "may apply, up to"),
    Outcome.UNDETERMINED: Words("待定", "undetermined"),
    Outcome.NOT_ELIGIBLE: Words("不符合", "not eligible"),
    Outcome.NOT_IN_FORCE: Words("不在有效期", "not in force"),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that is not known: record kind and field (None.

    The whole list), the year of an annual figure, the record's position.
    """

    record: str
    field: str | None
    year: int | None = None
    index: int | None = None

    @property
    def path(self) -> str:
        """Short name: 'district', 'years.rd_spend', 'contracts.paid', 'contracts'."""
        if self.record == "subject":
            return str(self.field)
        return self.record if self.field is None else f"{self.record}.{self.field}"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How far a failed comparison is from holding: gap >= 0 in the unit of `type`.

    `strict` when being equal is not enough.

    Money in fen, rates as fractions, dates in days.
    """

    gap: Fraction | int
    type: str
    strict: bool
    comparison: Node


@dataclass(slots=True)  # not frozen: freezing costs a fifth of an assessment, and nothing writes to it
class Item:
    """The result for one related record (or for the subject itself when the benefit has no `each`)."""

    index: int | None
    outcome: Outcome
    amount: int | None
    because: str | None
    missing: tuple[Missing, ...]
    short: Shortfall | None
    values: Mapping[Node, Value] = field(repr=False)


@dataclass(slots=True)  # not frozen: freezing costs a fifth of an assessment, and nothing writes to it
class Result:
    """The result for one benefit. `amount` in fen; `because` is the key of the condition (or for, no_record, amount).

    `items` holds every related record's own result; `values` every intermediate value by node.
    """

    bound: BoundBenefit
    outcome: Outcome
    amount: int | None
    because: str | None
    missing: tuple[Missing, ...]
    short: Shortfall | None
    items: tuple[Item, ...]
    values: Mapping[Node, Value] = field(repr=False)

    @property
    def benefit_id(self) -> str:
        """'9.rd_growth'."""
        return self.bound.benefit.id

    @property
    def is_ceiling(self) -> bool:
        """Whether `amount` is a bound within which people decide rather than an entitlement."""
        return self.bound.benefit.amount.is_ceiling

    @property
    def is_upper(self) -> bool:
        """Whether `amount` bounds from above, so that 最高 stands before it."""
        return self.bound.benefit.amount.kind in ("up_to", "limit")

    @property
    def open_items(self) -> int:
        """How many related records are undetermined while others pass: the sum may rise."""
        return (
            sum(1 for item in self.items if item.outcome is Outcome.UNDETERMINED)
            if self.outcome.passes
            else 0
        )


@dataclass(frozen=True, slots=True)
class Assessment:
    """All results for one case: the pack, date, year and readings they rest on, and the facts."""

    bound: Bound
    facts: Mapping[str, object] = field(repr=False)
    results: Mapping[str, Result]

    def of(self, outcome: Outcome) -> tuple[Result, ...]:
        """The results with this outcome, in the order of the document."""
        return tuple(result for result in self.results.values() if result.outcome is outcome)

    @property
    def entitled_fen(self) -> int:
        """The sum that the case is entitled to, in fen."""
        return sum(result.amount or 0 for result in self.of(Outcome.ENTITLED))

    @property
    def ceiling_fen(self) -> int:
        """The sum of the ceilings under which it may apply, in fen, without limits on loans and covers."""
        return sum(
            r.amount or 0 for r in self.of(Outcome.MAY_APPLY) if r.bound.benefit.amount.kind == "up_to"
        )
