"""One case through the whole pack after loading: assessed only, and with its full explanation."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from common import ON, keep, machine, show, timed
from whole_pack import SEED

from kechuang.policy import load_pack
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.outcome import Assessment
from kechuang.policy.columns.casting import to_cases
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.loading import _load
from kechuang.policy.words.explanation import explain_all
from kechuang.population.generate import generate

CASES = 1_000


def main() -> None:
    """Measure loading, then a thousand cases of a synthetic city, each by itself."""
    print(machine())
    load_pack()

    def load() -> None:
        _load.cache_clear()
        load_pack()

    loading = timed(load, 5)
    bound = bind(load_pack(), ON)
    cases = list(to_cases(generate(CASES, SEED, ON.year - 1, ON), bound.pack.vocabulary))
    rich = max(cases, key=lambda case: sum(len(value) for value in case.values() if isinstance(value, list)))
    assessed = [assess_bound(bound, case) for case in cases]
    rows = [
        {"what": "assess, a thousand different cases", **each(cases, lambda case: assess_bound(bound, case))},
        {"what": "explain them: reasons in sentences", **each(assessed, reasons)},
        {
            "what": "assess and give all reasons in sentences",
            **each(cases, lambda case: reasons(assess_bound(bound, case))),
        },
        {
            "what": "assess and write every check, value and quote out",
            **each(cases, lambda case: all_written(assess_bound(bound, case))),
        },
        {
            "what": "assess the case with most records",
            **each([rich] * 200, lambda case: assess_bound(bound, case)),
        },
        {
            "what": "the case with most records, all reasons in sentences",
            **each([rich] * 200, lambda case: reasons(assess_bound(bound, case))),
        },
    ]
    show(f"One case, {len(bound.benefits)} benefits (milliseconds)", rows)
    show("Reading the pack from its YAML files", [loading])
    keep("single_case", {"cases": rows, "loading": loading})


def reasons(assessment: Assessment) -> list[tuple[str, str]]:
    """Headline and reason of every benefit, in Chinese."""
    return [(told.headline, told.reason) for told in explain_all(assessment)]


def all_written(assessment: Assessment) -> list[dict[str, Any]]:
    """The whole reasoning of every benefit, as data that can be stored or shown."""
    return [told.to_dict() for told in explain_all(assessment)]


def each(items: list[Any], function: Callable[[Any], object]) -> dict[str, float]:
    """The middle, the 95th of a hundred, and the CPU time of single calls, in ms."""
    for item in items[:20]:
        function(item)
    taken = []
    cpu = time.process_time()
    for item in items:
        begun = time.perf_counter()
        function(item)
        taken.append(1000 * (time.perf_counter() - begun))
    cpu = 1000 * (time.process_time() - cpu) / len(items)
    return {
        "p50_ms": statistics.median(taken),
        "p95_ms": statistics.quantiles(taken, n=20)[-1],
        "cpu_mean_ms": cpu,
    }


if __name__ == "__main__":
    main()
