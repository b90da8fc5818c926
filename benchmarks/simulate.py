"""Simulation over a population kept as the site keeps it: making it ready, redrawing a change, solving, sensitivity.

python simulate.py [SUBJECTS …]
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from common import ON, RESULTS, keep, machine, peak_mib, show

from kechuang.exchange.simulation import Population, Simulation, told
from kechuang.exchange.simulation_tables import tables_of
from kechuang.insight.populations import Loaded, load, write_facts, write_verdicts
from kechuang.policy import load_pack
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.language.values import Words
from kechuang.policy.reforms.comparing import compare
from kechuang.policy.reforms.reform import Reform
from kechuang.policy.reforms.sensitivity import sensitivity
from kechuang.policy.reforms.solving import solve
from kechuang.population.generate import batches_of

SEED: Final = 20230713
RATE: Final = "9.rd_growth.subsidy_rate"
RUNS: Final = 9
CITY: Final = Words("虚构城市", "synthetic city")


def main() -> None:
    """Run each size in a process of its own."""
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(one(int(sys.argv[2]))))
        return
    rows = []
    for size in [int(argument.replace("_", "")) for argument in sys.argv[1:]] or [10_000, 100_000, 1_000_000]:
        done = subprocess.run(
            [sys.executable, __file__, "one", str(size)], check=True, capture_output=True, text=True
        )
        rows.append(json.loads(done.stdout))
    print(machine())
    show("Simulation", rows)
    keep("simulate", {"rows": rows})


def one(size: int) -> dict[str, Any]:
    """The figures of one size, in seconds."""
    law = bind(load_pack(), ON)
    folder = RESULTS / f"simulation-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    begun = time.perf_counter()
    write_facts(folder, batches_of(size, SEED, law.year, ON, law.pack.vocabulary), [law.pack], lambda _: None)
    made = time.perf_counter()
    write_verdicts(folder, law, lambda _: None)
    assessed = time.perf_counter()
    loaded = load(folder, law)
    opened = time.perf_counter()
    loaded.base.tallies  # noqa: B018 - the law's own totals, counted once for each process
    counted = time.perf_counter()
    found = {
        "subjects": size,
        "make_s": made - begun,
        "assess_s": assessed - made,
        "open_s": opened - assessed,
        "count_s": counted - opened,
        "facts_MB": (folder / "facts.arrow").stat().st_size / 1e6,
        "rate_s": median(lambda n: redraw(law, loaded, Reform({RATE: Fraction(51 + n, 1000)}))),
        "ceiling_s": median(
            lambda n: redraw(law, loaded, Reform({"9.rd_growth.yearly_cap": 10**8 + n * 10**6}))
        ),
        "loan_s": median(lambda n: redraw(law, loaded, Reform({"27.branch_interest.longest": 1 + n}))),
        "reading_s": median(lambda _: redraw(law, loaded, Reform(readings={"I-9": "both"}))),
        "solve_s": median(lambda n: solve(law, loaded.table, RATE, spent(loaded) * (101 + n) // 100)),
        "sensitivity_s": median(lambda _: sensitivity(law, loaded.table), 3),
        "peak_MiB": peak_mib(),
    }
    shutil.rmtree(folder)
    return found


def redraw(law: Bound, loaded: Loaded, reform: Reform) -> None:
    """What a changed figure costs: bind, assess what it touches, compare, and put everything into words and tables."""
    found = compare(loaded.base, reform.applied_to(law), loaded.table, loaded.groupings)
    tables_of(told(Simulation(Population(CITY, synthetic=True, table=loaded.table), found), "zh"))


def spent(loaded: Loaded) -> int:
    """What measure 9 comes to as it stands, in fen."""
    return loaded.base.tallies["9.rd_growth"].fen


def median(run: Callable[[int], object], runs: int = RUNS) -> float:
    """The median of several runs, each given its number, after one that is not counted."""
    took = []
    for number in range(runs + 1):
        begun = time.perf_counter()
        run(number)
        took.append(time.perf_counter() - begun)
    return statistics.median(took[1:])


if __name__ == "__main__":
    main()
