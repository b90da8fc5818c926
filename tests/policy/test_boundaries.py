"""Every threshold, approached from both sides to one fen, one day, one unit, 0.0001 %: the evaluators flip together."""

from __future__ import annotations

from collections import defaultdict

import pytest

from kechuang.policy import bind, load_pack, shipped_packs
from policy.both_evaluators import answers
from policy.boundaries import comparisons, edges

# Conditions whose threshold no single fact can cross without failing an earlier condition as well.
NEVER_ALONE = {"weihai-2023-5": set(), "example-city": {("1.growth", "floor")}}


@pytest.mark.parametrize("name", shipped_packs())
def test_every_comparison_of_a_pack_has_cases_on_both_sides(name):
    pack = load_pack(name)

    reached = {(edge.benefit, edge.condition) for edge in edges(pack)}

    bound = bind(pack, pack.valid[0])
    wanted = {(benefit.benefit.id, key) for benefit in bound.benefits for key, _ in comparisons(benefit)}
    assert wanted
    assert wanted <= reached


@pytest.mark.parametrize("name", shipped_packs())
def test_both_evaluators_flip_at_the_same_step(name):
    pack = load_pack(name)
    groups = defaultdict(list)
    for edge in edges(pack):
        groups[edge.on, edge.year, edge.readings].append(edge)

    seen = set()
    for (on, year, readings), group in groups.items():
        cases = [edge.holds for edge in group] + [edge.fails for edge in group]
        found = answers(pack, cases, on, year, dict(readings))

        for edge, holds, fails in zip(group, found[: len(group)], found[len(group) :], strict=True):
            seen |= {(edge.benefit, edge.condition)} if holds[edge.benefit] != fails[edge.benefit] else set()
            if pack.benefit(edge.benefit).each is None:
                assert not fails[edge.benefit][0].passes, f"{edge.benefit} passes beyond {edge.condition}"
    # A step may fail an earlier condition too, but each threshold is seen to decide somewhere.
    assert {
        (edge.benefit, edge.condition) for group in groups.values() for edge in group
    } - seen == NEVER_ALONE[name]
