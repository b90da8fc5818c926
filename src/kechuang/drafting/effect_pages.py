"""What a version would cost, as its page shows it: totals, what changes, a chart of the largest changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from kechuang.drafting.models import Effect
from kechuang.policy.language.values import Words

CHARTED: Final = 10
FEWEST: Final = 2  # bars; one alone shows nothing
MANY: Final = 15  # changed benefits, beyond which measures are shown first
FEN_PER_YUAN: Final = 100
Plain = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One benefit or district on both sides; None where it is not there."""

    id: str
    title: Words | None
    before: Plain | None
    after: Plain | None
    is_ceiling: bool = False
    is_paid: bool = True

    @property
    def change(self) -> int:
        """How many fen more."""
        return (self.after["fen"] if self.after else 0) - (self.before["fen"] if self.before else 0)

    @property
    def more(self) -> int:
        """How many subjects more."""
        return (self.after["passed"] if self.after else 0) - (self.before["passed"] if self.before else 0)

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return self.before != self.after


def shown(effect: Effect, titles: Mapping[str, str], language: str) -> Plain:
    """What the page of a finished effect shows; `titles` are those of the measures by key.

    `change` in fen; `lines`, the benefits that change, the weightiest first, and of many `measures` too; `same`, how
    many benefits do not change; `districts`; `chart`.
    """
    result = effect.result
    lines = [
        Line(one["id"], Words(**one["title"]), one["before"], one["after"], one["ceiling"], one["paid"])
        for one in result["benefits"]
    ]
    changed = sorted((line for line in lines if line.changed), key=lambda line: (-abs(line.change), line.id))
    measures = _by_measure(changed, titles) if len(changed) > MANY else []
    return {
        "result": result,
        "change": result["after_fen"] - result["before_fen"],
        "lines": changed,
        "measures": measures,
        "same": len(lines) - len(changed),
        "districts": [
            Line(one["code"], None, {"fen": one["before"], "passed": 0}, {"fen": one["after"], "passed": 0})
            for one in result["districts"]
        ],
        "chart": _chart([line for line in measures or changed if line.change][:CHARTED], language),
    }


def _by_measure(lines: list[Line], titles: Mapping[str, str]) -> list[Line]:
    """The lines of many benefits added up by measure, the weightiest changes first."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for line in lines:
        for at, side in enumerate((line.before, line.after)):
            if side:
                sums[line.id.rpartition(".")[0]][at] += side["fen"]
                sums[line.id.rpartition(".")[0]][at + 2] += side["passed"]
    found = [
        Line(
            key,
            Words(titles.get(key, ""), titles.get(key, "")),
            {"fen": a, "passed": c},
            {"fen": b, "passed": d},
        )
        for key, (a, b, c, d) in sums.items()
    ]
    return sorted(found, key=lambda line: (-abs(line.change), line.id))


def _chart(lines: list[Line], language: str) -> Plain | None:
    """Bars of the largest changes in whole yuan, for the eye only; the table has the exact sums."""
    if len(lines) < FEWEST:
        return None
    quiet, hairline = (
        {"color": "var(--quiet)", "hideOverlap": True},
        {"lineStyle": {"color": "var(--hairline)"}},
    )
    names = [(line.title.pick(language) if line.title else "") or line.id for line in reversed(lines)]
    values = [
        {
            "value": line.change // FEN_PER_YUAN,
            "itemStyle": {"color": "var(--accent)" if line.change > 0 else "var(--undetermined)"},
        }
        for line in reversed(lines)
    ]
    return {
        "xAxis": {"type": "value", "name": _("元"), "axisLabel": quiet, "splitLine": hairline},
        "yAxis": {
            "type": "category",
            "data": names,
            "axisLine": hairline,
            "axisLabel": {"color": "var(--quiet)", "width": 180, "overflow": "truncate"},
        },
        "series": [{"type": "bar", "data": values, "barMaxWidth": 22}],
    }
