"""What a simulation says, as plain data: the same for the page, the terminal, JSON, the workbook and the paper.

Sums are whole fen under keys that end in `_fen`; texts are in one language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import pyarrow as pa

import kechuang
from kechuang.exchange.simulation_groups import TITLES, group_name
from kechuang.exchange.simulation_words import change_of, headline, solution_sentence
from kechuang.policy.cases.outcome import OUTCOME_WORDS, Outcome
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.encoding.changes import changeable
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.values import Words
from kechuang.policy.reforms.comparing import BenefitChange, Comparison, Movement
from kechuang.policy.reforms.sensitivity import Effect
from kechuang.policy.reforms.solving import Point, Solution
from kechuang.policy.reforms.strands import CEILING, ENTITLED, NO_MONEY, STRANDS, Tally
from kechuang.policy.words.wording import value_text

MOST_EFFECTS: Final = 400
SYNTHETIC: Final = Words(
    "虚构城市：各单位均由程序生成，不对应任何真实单位；结果用于比较方案，不是对威海市的预测。",
    "A synthetic city: every unit is made up by a program and stands for no real one. "
    "The results compare options; they are no forecast for Weihai.",
)
STRAND_WORDS: Final = {
    ENTITLED: OUTCOME_WORDS[Outcome.ENTITLED],
    CEILING: Words("可申报，最高", "may apply, up to"),
    NO_MONEY: Words("不计金额", "no sum counted"),
}


@dataclass(frozen=True, slots=True)
class Population:
    """Over whom: a title, whether all of it is made up, and the table that names its subjects."""

    title: Words
    synthetic: bool
    table: pa.Table = field(repr=False)


@dataclass(frozen=True, slots=True)
class Simulation:
    """A comparison, and the effects and the solution that were asked for beside it."""

    population: Population
    comparison: Comparison
    effects: tuple[Effect, ...] | None = None
    solution: Solution | None = None


def told(simulation: Simulation, language: str) -> dict[str, Any]:
    """The whole simulation in one language."""
    found, law = simulation.comparison, simulation.comparison.before
    changes = [change_of(law, found.after, *one, language) for one in _changed(law, found.after)]
    data: dict[str, Any] = {
        "program": kechuang.__version__,
        "language": language,
        "population": _population(simulation, language),
        "law": _law(law, language),
        "reform": _law(found.after, language),
        "changes": changes,
        "headline": headline(found, changes, language),
        "strands": {strand: _strand(found, strand, language) for strand in STRANDS},
        "reached": {
            "before": found.reached_before,
            "after": found.reached_after,
            "newly": found.newly_reached,
            "no_longer": found.no_longer_reached,
        },
        "undetermined": {"before": found.open_before, "after": found.open_after},
        "movements": {
            strand: _movement(one, simulation, language) for strand, one in found.movements.items()
        },
        "benefits": [_benefit(found, one, language) for one in found.benefits],
        "groups": [_groups(found, key, language) for key in found.groups],
    }
    if simulation.effects is not None:
        data["sensitivity"] = [
            _effect(found.after.pack, one, language) for one in simulation.effects[:MOST_EFFECTS]
        ]
    if simulation.solution is not None:
        data["solution"] = _solution(found.after, simulation.solution, language)
    return data


def _population(simulation: Simulation, language: str) -> dict[str, Any]:
    over = simulation.population
    return {
        "title": over.title.pick(language),
        "synthetic": over.synthetic,
        "note": SYNTHETIC.pick(language) if over.synthetic else "",
        "subjects": simulation.comparison.rows,
    }


def _law(bound: Bound, language: str) -> dict[str, Any]:
    pack = bound.pack
    return {
        "pack": pack.id,
        "title": pack.title.pick(language),
        "number": pack.document.number or "",
        "hash": pack.hash,
        "on": bound.on.isoformat(),
        "year": bound.year,
        "readings": dict(bound.readings),
        "parameters": {
            key: value_text(value, changeable(pack)[key].type, pack.vocabulary, language)
            for key, value in bound.parameters.items()
        },
    }


def _changed(law: Bound, after: Bound) -> list[tuple[str, str]]:
    """(kind, name) of everything that differs: the pack, then parameters, then readings."""
    if law.pack is not after.pack:
        found = [("pack", after.pack.id)]
        found += [("parameter", key) for key in after.parameters]
        return found + [
            ("reading", key) for key, one in after.pack.readings.items() if one.chosen != after.readings[key]
        ]
    keys = [key for key in changeable(law.pack) if law.parameters.get(key) != after.parameters.get(key)]
    readings = [key for key, option in after.readings.items() if law.readings[key] != option]
    return [("parameter", key) for key in keys] + [("reading", key) for key in readings]


def _strand(found: Comparison, strand: str, language: str) -> dict[str, Any]:
    before, after, moved = found.law[strand], found.reform[strand], found.movements[strand]
    return {
        "title": STRAND_WORDS[strand].pick(language),
        "before_fen": before,
        "after_fen": after,
        "change_fen": after - before,
        "touched_before_fen": moved.before,
        "touched_after_fen": moved.after,
    }


def _movement(moved: Movement, simulation: Simulation, language: str) -> dict[str, Any]:
    return {
        "winners": moved.winners,
        "losers": moved.losers,
        "unchanged": moved.unchanged,
        "gained_fen": moved.gained,
        "lost_fen": moved.lost,
        "largest_gains": _subjects(moved.largest_gains, simulation, language),
        "largest_losses": _subjects(moved.largest_losses, simulation, language),
        "quantiles": [{"per_mille": share, "change_fen": fen} for share, fen in moved.quantiles],
        "histogram": [
            {"above_fen": low, "up_to_fen": high, "sign": sign, "subjects": count}
            for low, high, sign, count in moved.histogram
        ],
    }


def _subjects(rows: Sequence[tuple[int, int]], simulation: Simulation, language: str) -> list[dict[str, Any]]:
    table, vocabulary = simulation.population.table, simulation.comparison.before.pack.vocabulary

    def fact(name: str, row: int) -> str | None:
        return table.column(name)[row].as_py() if name in table.column_names else None

    found = []
    for row, change in rows:
        size, district = fact("size", row), fact("district", row)
        found.append(
            {
                "row": row + 1,
                "code": fact("uscc", row) or "",
                "name": fact("name", row) or "",
                "district": group_name("district", district, vocabulary, language) if district else "",
                "size": group_name("size", size, vocabulary, language) if size else "",
                "change_fen": change,
            }
        )
    return found


def _benefit(found: Comparison, one: BenefitChange, language: str) -> dict[str, Any]:
    pack = found.after.pack if one.before is None else found.before.pack
    benefit = pack.benefit(one.id)
    strand = one.strand_before if one.before is not None else one.strand_after
    return {
        "id": one.id,
        "title": benefit.title.pick(language),
        "measure": benefit.measure,
        "strand": strand,
        "strand_after": one.strand_after,
        "strand_title": STRAND_WORDS[strand].pick(language),
        "before": _tally(one.before),
        "after": _tally(one.after),
        "newly": one.newly,
        "no_longer": one.no_longer,
        "flows": [list(row) for row in one.flows],
    }


def _tally(one: Tally | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "passing": one.passing,
        "undetermined": one.undetermined,
        "not_eligible": one.counts[3],
        "sum_fen": one.fen,
        "unknown_sums": one.unknown_sums,
    }


def _groups(found: Comparison, key: str, language: str) -> dict[str, Any]:
    vocabulary = found.before.pack.vocabulary
    return {
        "key": key,
        "title": TITLES[key].pick(language),
        "rows": [
            {
                "code": one.label,
                "name": group_name(key, one.label, vocabulary, language),
                "subjects": one.subjects,
                "reached_before": one.reached_before,
                "reached_after": one.reached_after,
                **{
                    strand: {"before_fen": before, "after_fen": after, "winners": winners, "losers": losers}
                    for strand, (before, after, winners, losers) in one.strands.items()
                },
            }
            for one in found.groups[key]
        ],
    }


def _effect(pack: Pack, one: Effect, language: str) -> dict[str, Any]:
    of = changeable(pack)[one.key]

    def text(value: Any) -> str | None:
        return None if value is None else value_text(value, one.type, pack.vocabulary, language)

    def change(tally: Tally | None) -> dict[str, int] | None:
        if tally is None:
            return None
        return {"change_fen": tally.fen - one.at_value.fen, "passing": tally.passing - one.at_value.passing}

    return {
        "key": one.key,
        "benefit": of.benefit.title.pick(language),
        "title": parameter_title(pack, one.key, language),
        "strand": one.strand,
        "strand_title": STRAND_WORDS[one.strand].pick(language),
        "value": text(one.value),
        "down": text(one.down),
        "up": text(one.up),
        "sum_fen": one.at_value.fen,
        "at_down": change(one.at_down),
        "at_up": change(one.at_up),
    }


def parameter_title(pack: Pack, key: str, language: str) -> str:
    """What a parameter is called, with the codes of its row: '奖励标准（小型）'."""
    of = changeable(pack)[key]
    title = of.parameter.title.pick(language)
    if not of.codes:
        return title
    lists = of.parameter.type.split(":")[2:]
    names = [
        value_text(code, f"code:{name}", pack.vocabulary, language)
        for name, code in zip(lists, of.codes, strict=True)
    ]
    return f"{title}（{'·'.join(names)}）" if language == "zh" else f"{title} ({', '.join(names)})"


def _number(value: Any, type_: str) -> float | None:
    """A value as a place on a drawing: rates in %, sums in 万元; None for a date."""
    scale = {"rate": Fraction(100), "money": Fraction(1, 10**6), "number": Fraction(1)}.get(type_)
    return None if scale is None else float(value * scale)


def _solution(after: Bound, one: Solution, language: str) -> dict[str, Any]:
    vocabulary = after.pack.vocabulary

    def point(found: Point | None) -> dict[str, Any] | None:
        if found is None:
            return None
        return {
            "value": value_text(found.value, one.type, vocabulary, language),
            "at": _number(found.value, one.type),
            "sum_fen": found.tally.fen,
            "passing": found.tally.passing,
            "undetermined": found.tally.undetermined,
        }

    return {
        "key": one.key,
        "type": one.type,
        "benefit": changeable(after.pack)[one.key].benefit.title.pick(language),
        "title": parameter_title(after.pack, one.key, language),
        "strand": one.strand,
        "strand_title": STRAND_WORDS[one.strand].pick(language),
        "appropriation_fen": one.appropriation,
        "direction": one.direction,
        "step": value_text(one.grid.at(1), one.type, vocabulary, language) if one.type != "date" else "1",
        "first": value_text(one.grid.at(0), one.type, vocabulary, language),
        "last": value_text(one.grid.at(one.grid.count - 1), one.type, vocabulary, language),
        "best": point(one.best),
        "beyond": point(one.beyond),
        "now": point(one.now),
        "tried": one.tried,
        "of": one.grid.count,
        "scanned": one.scanned,
        "curve": [point(found) for found in one.curve],
        "sentence": solution_sentence(after, one, parameter_title(after.pack, one.key, language), language),
    }
