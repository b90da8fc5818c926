"""What a pack is, once read: a document, its measures, benefits, conditions, parameters and readings.

Plain data, frozen.

`load_pack` (in loading.py) makes it; nothing here reads files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from kechuang.policy.language.parameter import Parameter, Quote
    from kechuang.policy.language.problems import Place
    from kechuang.policy.language.sections import Section
    from kechuang.policy.language.tree import Forest, Node
    from kechuang.policy.language.values import Value, Words
    from kechuang.policy.language.vocabulary import Vocabulary
    from kechuang.policy.text.document import Document

INSTRUMENTS: Final = (
    "reward", "subsidy", "interest_subsidy", "premium_subsidy", "matching_grant", "risk_compensation",
    "service_fee", "limit", "project_funding", "recommendation",
)  # fmt: skip
LIFECYCLES: Final = ("recognition", "formula", "project", "evaluation", "finance", "duty")
MAX_CONDITIONS: Final = 100  # a benefit's; population results name each by a number in one byte
PAYERS: Final = ("city", "province", "county", "bank", "insurer", "none")
AMOUNT_KINDS: Final = ("exact", "up_to", "limit", "at_least", "in_kind")
SCOPES: Final = (
    "enterprise", "unit", "person", "project", "platform", "loan", "contract", "event", "policy", "award",
    "pool", "year", "once",
    "team", "carrier", "base", "consortium", "agency", "station", "studio", "bank", "institution", "record",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """One quoted phrase and the expression that it means; `why` stands in when the text has no words for it."""

    key: str
    node: Node
    quote: Quote | None
    why: Words | None
    place: Place
    source: str  # the expression as written


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling on an amount."""

    key: str
    node: Node
    quote: Quote | None
    place: Place


@dataclass(frozen=True, slots=True)
class Amount:
    """What is given: kind, formula, ceilings.

    Kinds are exact, up_to, limit and in_kind; the formula is in fen. Ceilings hold per item and on the subject's sum.
    """

    kind: str
    node: Node | None
    in_kind: Words | None
    quote: Quote | None
    caps: tuple[Cap, ...]
    total_caps: tuple[Cap, ...]
    place: Place
    source: str

    @property
    def is_ceiling(self) -> bool:
        """Whether the sum is a bound within which people decide, never an entitlement."""
        return self.kind in ("up_to", "limit", "at_least")

    @property
    def is_paid(self) -> bool:
        """Whether the sum is money given: not a bound on a loan, a balance or a cover."""
        return self.kind in ("exact", "up_to")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document to show: `shared` names where the city fetches it, else `asked` says why it must be asked for."""

    title: Words
    shared: Words | None
    asked: Words | None


@dataclass(frozen=True, slots=True)
class Stacking:
    """How the benefit stands beside others: ask (a person decides) or stacks (with the words that say so)."""

    rule: str
    quote: Quote | None
    beside: Words | None


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a sum that goes to someone or something."""

    key: str
    title: Words
    parameter: str


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example, run by the tests: facts on a date, and what must come out."""

    title: Words
    on: date
    year: int
    facts: Section
    readings: Mapping[str, str]
    expect: Section
    place: Place


@dataclass(frozen=True, slots=True)
class Let:
    """A named expression within a benefit."""

    key: str
    title: Words
    node: Node
    quote: Quote | None
    place: Place


@dataclass(frozen=True, slots=True)
class Benefit:
    """The smallest thing one can receive. `id` is '<measure>.<key>'."""

    id: str
    measure: str
    key: str
    title: Words
    instrument: str
    lifecycle: str
    subjects: tuple[str, ...]
    payee: str
    payer: str
    per: tuple[str, ...]
    per_quote: Quote | None
    each: str | None
    parameters: Mapping[str, Parameter]
    lets: tuple[Let, ...]
    conditions: tuple[Condition, ...]
    amount: Amount
    split: tuple[Share, ...]
    evidence: tuple[Evidence, ...]
    stacking: Stacking
    examples: tuple[Example, ...]
    refines: str | None
    valid: tuple[date, date]
    place: Place


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty without money: what, by whom, with which evidence and indicators."""

    id: str
    title: Words
    quote: Quote | None
    who: tuple[str, ...]
    evidence: tuple[Words, ...]
    indicators: Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class Declared:
    """Words of the text that no encoding computes: programmatic (why), or a gap (why, owner)."""

    quote: Quote | None
    why: Words
    owner: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Measure:
    """One numbered item of the document, or a safeguard (S1…)."""

    key: str
    title: Words
    departments: tuple[tuple[str, Place], ...]
    benefits: tuple[Benefit, ...]
    duties: tuple[Duty, ...]
    programmatic: tuple[Declared, ...]
    gaps: tuple[Declared, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Option:
    """One way to read a phrase, and what it changes."""

    title: Words
    effect: Words | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A recorded interpretation: phrase, options, the chosen one, who decided."""

    id: str
    phrase: str
    measure: str
    title: Words
    chosen: str
    options: Mapping[str, Option]
    decided_by: Words | None
    place: Place


@dataclass(frozen=True, slots=True)
class Definition:
    """A named expression shared by all measures of a pack."""

    key: str
    title: Words
    node: Node
    place: Place


@dataclass(frozen=True, slots=True)
class Rule:
    """A document of its own that refines benefits of its parent, with its own validity (None: not known)."""

    number: str
    title: Words
    refines: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    steps: tuple[Words, ...]
    not_known: Words | None


@dataclass(frozen=True, slots=True)
class Rounding:
    """How sums are brought to whole units: mode (down, up, half_up), unit in fen, and why."""

    mode: str
    unit: int
    why: Words


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """One document and its implementing rules, encoded.

    `hash` is over the content of all its files and the vocabulary.
    """

    id: str
    title: Words
    city: Words
    folder: Path
    document: Document
    source_note: Words | None
    valid: tuple[date, date]
    rounding: Rounding
    vocabulary: Vocabulary
    definitions: Mapping[str, Definition]
    readings: Mapping[str, Reading]
    measures: Mapping[str, Measure]
    rules: tuple[Rule, ...]
    precedence: Words | None
    stacking: Words | None
    series: Mapping[str, Mapping[tuple[int, int], Value]]
    series_titles: Mapping[str, Words]
    forest: Forest = field(repr=False)
    hash: str = ""

    @property
    def benefits(self) -> Iterator[Benefit]:
        """All benefits in the order of the document."""
        return (benefit for measure in self.measures.values() for benefit in measure.benefits)

    def benefit(self, benefit_id: str) -> Benefit:
        """The benefit with this id ('9.rd_growth'); KeyError naming the nearest ids otherwise."""
        for benefit in self.benefits:
            if benefit.id == benefit_id:
                return benefit
        known = ", ".join(benefit.id for benefit in self.benefits)
        message = f"no benefit '{benefit_id}' in pack {self.id}; there are: {known}"
        raise KeyError(message)

    def chosen_readings(self, switched: Mapping[str, str] | None = None) -> dict[str, str]:
        """Every reading's option, with some switched; ValueError for an unknown reading or option."""
        chosen = {reading.id: reading.chosen for reading in self.readings.values()}
        for reading_id, option in (switched or {}).items():
            if reading_id not in chosen:
                message = f"no reading '{reading_id}'; there are: {', '.join(chosen)}"
                raise ValueError(message)
            if option not in self.readings[reading_id].options:
                known = ", ".join(self.readings[reading_id].options)
                message = f"reading {reading_id} has no option '{option}'; it has: {known}"
                raise ValueError(message)
            chosen[reading_id] = option
        return chosen
