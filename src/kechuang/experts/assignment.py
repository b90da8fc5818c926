"""Who reviews what: as fitting as can be, with nobody overloaded and no forbidden pair, the same every time.

A calculation over plain numbers; a person looks at the proposal and confirms it. Fits are whole numbers, the larger the
better. Loads are kept even where it costs little: the n-th proposal of an expert costs (n - 1) * `SPREAD` of fit.

`greedy` serves the proposals with the fewest possible experts first; `improve` then looks for chains of exchanges
(this expert gives a proposal to that one, who gives one to a third …) that raise the total, until there is none. In
the network of a minimum-cost flow these chains are its negative cycles, so where none is left no better assignment
of the same places exists. Where OR-Tools is installed (the extra `assignment`) `flow` finds the same by a flow of least
cost; `solver` decides. `solve` is the seam for any other function of `Problem`; every answer is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

SPREAD: Final = 1
LARGEST_FIT: Final = 10**6
FAR: Final = np.int64(2**60)
ROUNDS: Final = 20_000  # chains of exchanges at most; one is found and carried out in a round


@dataclass(frozen=True)
class Problem:
    """proposals x experts: `fits` and whether a pair is `open`; experts a proposal needs, proposals an expert takes."""

    fits: NDArray[np.int64]
    open: NDArray[np.bool_]
    per_proposal: int
    max_load: int


@dataclass(frozen=True)
class Reason:
    """Why an expert has a proposal: the fit, at which place it is among the open experts of the proposal, the load."""

    proposal: int
    expert: int
    fit: int
    rank: int
    load: int


Solver = Callable[[Problem], list[list[int]]]


def assign(
    fits: Sequence[Sequence[int]],
    per_proposal: int,
    max_load: int,
    forbidden: Collection[tuple[int, int]] = (),
    solve: Solver | None = None,
) -> list[list[int]]:
    """For each proposal the experts that should review it, by number; fewer than asked where there are not enough.

    forbidden: (proposal, expert) that must never meet. Raises ValueError for numbers that make no sense.
    """
    problem = problem_of(fits, per_proposal, max_load, forbidden)
    found = [sorted(one) for one in (solve or solver())(problem)]
    check(problem, found)
    return found


def solver() -> Solver:
    """OR-Tools where the extra `assignment` is installed, else our own; both are exact, see docs/experts.md."""
    if find_spec("ortools") is None:
        return best
    from kechuang.experts import flow

    return flow.solve


def reasons(
    fits: Sequence[Sequence[int]],
    assigned: Sequence[Sequence[int]],
    forbidden: Collection[tuple[int, int]] = (),
) -> list[Reason]:
    """Why each pair of an assignment is there, for the page on which a person confirms it."""
    load: dict[int, int] = {}
    for experts in assigned:
        for expert in experts:
            load[expert] = load.get(expert, 0) + 1
    closed = set(forbidden)
    found = []
    for proposal, experts in enumerate(assigned):
        there = [fit for expert, fit in enumerate(fits[proposal]) if (proposal, expert) not in closed]
        for expert in experts:
            fit = fits[proposal][expert]
            rank = 1 + sum(other > fit for other in there)
            found.append(Reason(proposal, expert, fit, rank, load[expert]))
    return found


def short_of(assigned: Sequence[Sequence[int]], per_proposal: int) -> dict[int, int]:
    """Proposals that have fewer experts than asked, and how many are missing."""
    return {number: per_proposal - len(one) for number, one in enumerate(assigned) if len(one) < per_proposal}


def total_of(problem: Problem, assigned: Sequence[Sequence[int]]) -> int:
    """What an assignment is worth: the fits less the cost of uneven loads."""
    fit = sum(int(problem.fits[proposal, expert]) for proposal, one in enumerate(assigned) for expert in one)
    loads = np.bincount([expert for one in assigned for expert in one], minlength=problem.fits.shape[1])
    return fit - SPREAD * int((loads * (loads - 1) // 2).sum())


def check(problem: Problem, assigned: Sequence[Sequence[int]]) -> None:
    """Raises ValueError when an assignment breaks what no solver may break."""
    loads = np.zeros(problem.fits.shape[1], dtype=np.int64)
    for proposal, experts in enumerate(assigned):
        if len(set(experts)) != len(experts) or len(experts) > problem.per_proposal:
            message = f"proposal {proposal}: {list(experts)} is not {problem.per_proposal} different experts at most"
            raise ValueError(message)
        for expert in experts:
            if not problem.open[proposal, expert]:
                message = f"proposal {proposal} and expert {expert} must not meet"
                raise ValueError(message)
            loads[expert] += 1
    if loads.size and loads.max(initial=0) > problem.max_load:
        message = f"expert {int(loads.argmax())} has {int(loads.max())} proposals, {problem.max_load} at most"
        raise ValueError(message)


def problem_of(
    fits: Sequence[Sequence[int]], per_proposal: int, max_load: int, forbidden: Collection[tuple[int, int]]
) -> Problem:
    """What is asked as arrays, see `assign`. Raises ValueError."""
    if per_proposal < 1 or max_load < 1:
        message = f"per_proposal {per_proposal} and max_load {max_load} must be 1 at least"
        raise ValueError(message)
    given = np.array(fits, dtype=np.int64) if len(fits) else np.zeros((0, 0), dtype=np.int64)
    if given.ndim != 2:  # noqa: PLR2004 - proposals x experts
        message = "fits must be a table: a row a proposal, a column an expert"
        raise ValueError(message)
    if given.size and np.abs(given).max() > LARGEST_FIT:
        message = f"a fit lies within ±{LARGEST_FIT}"
        raise ValueError(message)
    is_open = np.ones(given.shape, dtype=np.bool_)
    for proposal, expert in forbidden:
        is_open[proposal, expert] = False
    return Problem(given, is_open, per_proposal, max_load)


def best(problem: Problem) -> list[list[int]]:
    """The best assignment: greedy, then chains of exchanges until none helps."""
    return improve(problem, greedy(problem))


def greedy(problem: Problem) -> list[list[int]]:
    """The proposal with the fewest open experts first, each time the best one who has room; by number where equal."""
    count, experts = problem.fits.shape
    loads = np.zeros(experts, dtype=np.int64)
    taken = np.zeros_like(problem.open)
    found: list[list[int]] = [[] for _ in range(count)]
    order = sorted(range(count), key=lambda proposal: (int(problem.open[proposal].sum()), proposal))
    for _round in range(problem.per_proposal):
        for proposal in order:
            room = problem.open[proposal] & ~taken[proposal] & (loads < problem.max_load)
            if not room.any():
                continue
            worth = np.where(room, problem.fits[proposal] - SPREAD * loads, -FAR)
            expert = int(worth.argmax())
            taken[proposal, expert] = True
            loads[expert] += 1
            found[proposal].append(expert)
    return found


def improve(problem: Problem, assigned: Sequence[Sequence[int]]) -> list[list[int]]:
    """Carry out chains of exchanges as long as one raises the total or fills a missing place.

    Chains that raise the total come first: only where none is left is the cheapest way to fill a place well defined.
    """
    network = _Network(problem, assigned)
    for _round in range(ROUNDS):
        if not (network.exchange() or network.fill()):
            break
    return [sorted(np.flatnonzero(row).tolist()) for row in network.taken]


class _Network:
    """The residual network between experts: what it costs that expert a hands one of their proposals to expert b.

    Node `experts` stands for room that is left: an edge to it means that an expert takes one more, from it one fewer.
    """

    def __init__(self, problem: Problem, assigned: Sequence[Sequence[int]]) -> None:
        self.problem = problem
        self.taken = np.zeros_like(problem.open)
        for proposal, experts in enumerate(assigned):
            self.taken[proposal, list(experts)] = True
        self.loads = self.taken.sum(axis=0).astype(np.int64)
        size = problem.fits.shape[1]
        self.cost = np.full((size + 1, size + 1), FAR, dtype=np.int64)
        self.via = np.full((size, size), -1, dtype=np.int64)
        for expert in range(size):
            self._hand_over(expert)
        self._room(range(size))
        self.blocked: set[int] = set()

    def _hand_over(self, giver: int) -> None:
        """The cheapest proposal that an expert could hand to each other one."""
        proposals = np.flatnonzero(self.taken[:, giver])
        if not proposals.size:
            self.cost[giver, :-1], self.via[giver] = FAR, -1
            return
        fits, usable = self.problem.fits[proposals], self.problem.open[proposals] & ~self.taken[proposals]
        cost = np.where(usable, fits[:, [giver]] - fits, FAR)
        chosen = cost.argmin(axis=0)
        self.cost[giver, :-1] = cost[chosen, np.arange(cost.shape[1])]
        self.via[giver] = np.where(self.cost[giver, :-1] < FAR, proposals[chosen], -1)

    def _room(self, experts: Collection[int]) -> None:
        """What one proposal more, or one fewer, costs in evenness."""
        some = np.fromiter(experts, dtype=np.int64)
        load = self.loads[some]
        self.cost[some, -1] = np.where(load < self.problem.max_load, SPREAD * load, FAR)
        self.cost[-1, some] = np.where(load > 0, -SPREAD * (load - 1), FAR)

    def fill(self) -> bool:
        """Give a proposal that lacks an expert one, along the cheapest chain; whether one was found."""
        lacking = np.flatnonzero(self.taken.sum(axis=1) < self.problem.per_proposal)
        for proposal in lacking.tolist():
            if proposal in self.blocked:
                continue
            start = np.where(self._open(proposal), -self.problem.fits[proposal], FAR)
            distance, before = self._shortest(np.append(start, FAR))
            if distance[-1] >= FAR // 2:
                self.blocked.add(proposal)
                continue
            chain = self._chain(before, len(before) - 1)
            self._carry_out(chain)
            self.taken[proposal, chain[0]] = True
            self.loads[chain[0]] += 1
            self._refresh({proposal}, chain)
            return True
        return False

    def _open(self, proposal: int) -> NDArray[np.bool_]:
        open_ones: NDArray[np.bool_] = self.problem.open[proposal] & ~self.taken[proposal]
        return open_ones

    def exchange(self) -> bool:
        """Carry out one chain of exchanges that raises the total; whether there was one."""
        cycle = self._negative_cycle()
        if not cycle:
            return False
        self._carry_out([*cycle, cycle[0]])
        return True

    def _shortest(self, start: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Distances from a source, and the node before each (-1: the source): Bellman-Ford, a whole row at a time."""
        distance, before = start.copy(), np.full(len(start), -1, dtype=np.int64)
        for _step in range(len(start)):
            through = distance[:, None] + self.cost
            came = through.argmin(axis=0)
            nearer = through[came, np.arange(len(start))]
            better = nearer < np.minimum(distance, FAR // 2)
            if not better.any():
                break
            distance = np.where(better, nearer, distance)
            before = np.where(better, came, before)
        return distance, before

    def _negative_cycle(self) -> list[int]:
        """The nodes of a chain that comes back to where it began and costs less than nothing; empty when none is."""
        size = len(self.cost)
        distance, before = np.zeros(size, dtype=np.int64), np.full(size, -1, dtype=np.int64)
        for _step in range(size):
            through = distance[:, None] + self.cost
            came = through.argmin(axis=0)
            nearer = through[came, np.arange(size)]
            better = nearer < distance
            if not better.any():
                return []
            distance, before = np.where(better, nearer, distance), np.where(better, came, before)
            if cycle := _loop(before.tolist()):
                return cycle
        return []

    def _chain(self, before: NDArray[np.int64], last: int) -> list[int]:
        """The nodes from the source to `last`, both of the ends included but for the source itself."""
        chain = [last]
        while before[chain[-1]] >= 0:
            chain.append(int(before[chain[-1]]))
        return chain[::-1]

    def _carry_out(self, chain: Sequence[int]) -> None:
        """Hand the proposals over along the chain of nodes."""
        room, touched = len(self.cost) - 1, set()
        moves = [
            (giver, taker, int(self.via[giver, taker]))
            for giver, taker in pairwise(chain)
            if room not in (giver, taker)
        ]
        for giver, taker, proposal in moves:
            self.taken[proposal, giver] = False
            self.taken[proposal, taker] = True
            self.loads[giver] -= 1
            self.loads[taker] += 1
            touched.add(proposal)
        self._refresh(touched, chain)

    def _refresh(self, proposals: Collection[int], chain: Sequence[int]) -> None:
        """Work out anew what the experts of these proposals, and of this chain, could hand over."""
        experts = {one for one in chain if one < len(self.loads)}
        for proposal in proposals:
            experts.update(np.flatnonzero(self.taken[proposal]).tolist())
        for expert in sorted(experts):
            self._hand_over(expert)
        self._room(experts)


def _loop(before: Sequence[int]) -> list[int]:
    """A loop in the graph of predecessors, in the direction of the edges; empty when there is none."""
    seen = [0] * len(before)
    for start in range(len(before)):
        node, path = start, []
        while node >= 0 and not seen[node]:
            seen[node] = start + 1
            path.append(node)
            node = before[node]
        if node >= 0 and seen[node] == start + 1:
            return path[path.index(node) :][::-1]
    return []
