"""Assign experts to proposals: `python benchmarks/assignment.py [PROPOSALS [EXPERTS]]` prints seconds and totals.

Fits are drawn by a fixed seed, one pair in a hundred is forbidden; each proposal needs five experts. Our own solver
first, then the one that `assignment.solver` takes: OR-Tools where it is installed.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from kechuang.experts import assignment

NEEDED = 5
SEED = 20261125


def main(proposals: int = 300, experts: int = 800) -> None:
    """Measure the usual load and one that leaves hardly a choice."""
    random = np.random.default_rng(SEED)
    fits = random.integers(0, 1_000, (proposals, experts)).tolist()
    pairs = random.integers(0, [proposals, experts], (proposals * experts // 100, 2)).tolist()
    forbidden = {(proposal, expert) for proposal, expert in pairs}
    tight = -(-proposals * NEEDED // experts)
    for load in (tight + 1, tight):
        problem = assignment.problem_of(fits, NEEDED, load, forbidden)
        began = time.perf_counter()
        first = assignment.total_of(problem, assignment.greedy(problem))
        between = time.perf_counter()
        found = assignment.assign(fits, NEEDED, load, forbidden, assignment.best)
        ended = time.perf_counter()
        taken = assignment.assign(fits, NEEDED, load, forbidden)
        last = time.perf_counter()
        best, other = assignment.total_of(problem, found), assignment.total_of(problem, taken)
        worst = min(sum(fits[number][one] for one in row) / NEEDED for number, row in enumerate(found))
        print(
            f"{proposals} x {experts}, {NEEDED} each, load <= {load}: greedy {between - began:.2f} s, "
            f"best {ended - between:.2f} s; total {first:,} -> {best:,}; worst-served proposal {worst:.0f}; "
            f"missing {sum(assignment.short_of(found, NEEDED).values())}; "
            f"{assignment.solver().__module__}: {last - ended:.2f} s, total {other:,}"
        )


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:]))
