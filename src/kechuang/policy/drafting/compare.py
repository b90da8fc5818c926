"""How good a draft is: precision and recall of its candidates against a hand-made encoding, with each miss."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kechuang.policy.drafting.candidates import Candidate, Draft
from kechuang.policy.drafting.truth import Given, Truth
from kechuang.policy.language.values import Words
from kechuang.policy.text.document import Document

MEASURES: Final[Mapping[str, Words]] = {
    "parameters": Words("标准（数值和位置）", "parameters (value and place)"),
    "roles": Words("标准的作用", "what each parameter does"),
    "boundary words": Words("边界词（位置和运算符）", "boundary words (place and operator)"),
    "departments": Words("责任单位", "departments"),
    "benefits": Words("事项", "benefits"),
    "amount kinds": Words("金额种类", "kinds of amount"),
    "instruments": Words("支持方式", "instruments"),
    "lifecycles": Words("兑现方式", "lifecycles"),
    "payees": Words("拨付对象", "payees"),
}
ROLES: Final = {"unit_sum": "sum", "span": "threshold"}  # told apart by drafts only


@dataclass(frozen=True, slots=True)
class Score:
    """One measure: how many the draft names, how many there are, how many agree; what is missed, what is too much."""

    name: str
    drafted: int
    wanted: int
    right: int
    misses: tuple[str, ...]
    extras: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The score as plain data; precision and recall as percentages with one decimal, None without a denominator."""
        return {
            "name": self.name,
            "title": {"zh": MEASURES[self.name].zh, "en": MEASURES[self.name].en},
            "drafted": self.drafted,
            "wanted": self.wanted,
            "right": self.right,
            "precision": percent(self.right, self.drafted),
            "recall": percent(self.right, self.wanted),
            "misses": list(self.misses),
            "extras": list(self.extras),
        }


def percent(part: int, whole: int) -> str | None:
    """A share as '96.3%', cut and never rounded up to 100%; None of nothing."""
    if not whole:
        return None
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10}%"


def compare(draft: Draft, truth: Truth) -> list[Score]:
    """Each measure of MEASURES, in that order."""
    document = draft.document
    parameters = {(one.clause, one.start): one for one in draft.of("parameter")}
    values = {place: one.says for place, one in parameters.items()}
    roles = {place: ROLES.get(one.role, one.role) for place, one in parameters.items()}
    operators = {(one.clause, one.start): one.says for one in draft.of("boundary")}
    named = {(one.clause, one.says): one.says for one in draft.of("department")}
    drafted = given_of(draft)
    pairs = _pairs(drafted, truth.benefits)
    scores = [
        _score("parameters", values, truth.values, document),
        _score(
            "roles", roles, {place: ROLES.get(role, role) for place, role in truth.roles.items()}, document
        ),
        _score("boundary words", operators, truth.operators, document),
        _score("departments", named, {pair: pair[1] for pair in truth.departments}, document),
        _benefits(drafted, truth.benefits, pairs),
    ]
    for name, field in (
        ("amount kinds", "kind"),
        ("instruments", "instrument"),
        ("lifecycles", "lifecycle"),
        ("payees", "payee"),
    ):
        right = [(mine, theirs) for mine, theirs in pairs if getattr(mine, field) == getattr(theirs, field)]
        wrong = [
            f"{theirs.name}: {getattr(theirs, field)} ≠ {getattr(mine, field)}"
            for mine, theirs in pairs
            if (mine, theirs) not in right
        ]
        scores.append(Score(name, len(drafted), len(truth.benefits), len(right), tuple(wrong), ()))
    return scores


def given_of(draft: Draft) -> list[Given]:
    """The drafted benefits in the terms of a truth, from their candidates."""
    by_benefit: dict[str, dict[str, Candidate]] = {}
    for one in draft.candidates:
        if one.benefit is not None and one.kind in ("amount", "instrument", "lifecycle", "subject"):
            by_benefit.setdefault(one.benefit, {})[one.kind] = one
    return [
        Given(
            found["amount"].clause,
            frozenset(range(found["amount"].start, found["amount"].end)),
            name,
            found["amount"].says,
            found["instrument"].says,
            found["lifecycle"].says,
            found["subject"].role,
        )
        for name, found in by_benefit.items()
    ]


def _pairs(drafted: list[Given], wanted: list[Given]) -> list[tuple[Given, Given]]:
    """Each drafted benefit with the one that shares most of its words; no benefit twice."""
    shared = sorted(
        (
            (-len(mine.spots & theirs.spots), at, to)
            for at, mine in enumerate(drafted)
            for to, theirs in enumerate(wanted)
            if mine.clause == theirs.clause and mine.spots & theirs.spots
        ),
    )
    mine_taken: set[int] = set()
    theirs_taken: set[int] = set()
    pairs: list[tuple[Given, Given]] = []
    for _, at, to in shared:
        if at not in mine_taken and to not in theirs_taken:
            mine_taken.add(at)
            theirs_taken.add(to)
            pairs.append((drafted[at], wanted[to]))
    return pairs


def _benefits(drafted: list[Given], wanted: list[Given], pairs: list[tuple[Given, Given]]) -> Score:
    mine = [one.name for one, _ in pairs]
    theirs = [one.name for _, one in pairs]
    return Score(
        "benefits",
        len(drafted),
        len(wanted),
        len(pairs),
        tuple(one.name for one in wanted if one.name not in theirs),
        tuple(one.name for one in drafted if one.name not in mine),
    )


def _score(name: str, drafted: Mapping[Any, str], wanted: Mapping[Any, str], document: Document) -> Score:
    right = [place for place, says in drafted.items() if wanted.get(place) == says]
    misses = [
        _told(document, place, says, drafted.get(place))
        for place, says in wanted.items()
        if place not in right
    ]
    extras = [_told(document, place, says, None) for place, says in drafted.items() if place not in wanted]
    return Score(name, len(drafted), len(wanted), len(right), tuple(misses), tuple(extras))


def _told(document: Document, place: tuple[str, Hashable], says: str, found: str | None) -> str:
    """A miss: the clause, what stands there, what it should be ≠ what was drafted."""
    clause, at = place
    where = f"{clause}: "
    if isinstance(at, int):
        text = document.clauses[clause].text
        where = f"{clause} “{text[max(at - 6, 0) : at + 8]}”: "
    return f"{where}{says}" + ("" if found is None else f" ≠ {found}")
