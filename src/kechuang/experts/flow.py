"""The best assignment as a flow of least cost, found by Google's OR-Tools: the extra `assignment`.

Each proposal sends as many units as it needs experts: to its open experts at the cost of -fit, or past them all at a
cost above whatever an assignment can be worth, so that places stay empty only where they must. From each expert as
many arcs as proposals are allowed lead on, the n-th at the cost of the n-th proposal, (n - 1) * `SPREAD`; since these
rise, a cheapest flow takes them in order. Costs are whole numbers, so the answer is exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from kechuang.experts.assignment import SPREAD, Problem

Numbers = NDArray[np.int64]


def solve(problem: Problem) -> list[list[int]]:
    """The experts of each proposal: as many places as can be filled, and of all such assignments one worth most."""
    count, experts = problem.fits.shape
    if not count or not experts:
        return [[] for _ in range(count)]
    proposals, chosen = np.nonzero(problem.open)
    last = count + experts  # where all units end; proposals are the nodes before `count`, experts those after
    tails, heads, room, cost = _onward(problem, last)
    flow = min_cost_flow.SimpleMinCostFlow()
    pairs = flow.add_arcs_with_capacity_and_unit_cost(
        proposals, count + chosen, np.ones_like(proposals), -problem.fits[proposals, chosen]
    )
    flow.add_arcs_with_capacity_and_unit_cost(tails, heads, room, cost)
    supplies = np.zeros(last + 1, dtype=np.int64)
    supplies[:count], supplies[last] = problem.per_proposal, -problem.per_proposal * count
    flow.set_nodes_supplies(np.arange(last + 1), supplies)
    status = flow.solve()
    if status != flow.OPTIMAL:
        message = f"the flow of {count} proposals and {experts} experts was not solved: {status}"
        raise ArithmeticError(message)
    found: list[list[int]] = [[] for _ in range(count)]
    for place in np.flatnonzero(flow.flows(pairs)).tolist():
        found[int(proposals[place])].append(int(chosen[place]))
    return found


def _onward(problem: Problem, last: int) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """The arcs to the end, as tails, heads, capacities, costs: from experts one a load, from proposals the way past."""
    count, experts = problem.fits.shape
    load = min(problem.max_load, count)
    dear = 1 + problem.per_proposal * count * (2 * int(np.abs(problem.fits).max()) + SPREAD * load)
    steps = np.tile(np.arange(load, dtype=np.int64), experts)
    tails = np.concatenate([np.repeat(np.arange(count, last), load), np.arange(count)])
    room = np.concatenate([np.ones_like(steps), np.full(count, problem.per_proposal)])
    cost = np.concatenate([SPREAD * steps, np.full(count, dear)])
    return tails, np.full(len(tails), last), room, cost
