"""The two evaluators agree on every field of random worlds, in every reading, in force and out of it."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kechuang.policy import Outcome, load_pack, shipped_packs
from kechuang.policy.encoding.changes import changeable
from policy.both_evaluators import answers
from policy.worlds import case, thresholds

DAYS = {"weihai-2023-5": date(2024, 6, 20), "example-city": date(2027, 6, 20)}
SHRINKING = settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def options(rng, pack):
    """One option of every reading, the chosen one more often than not."""
    return {key: rng.choice([reading.chosen, *reading.options]) for key, reading in pack.readings.items()}


def changes(rng, pack, on):
    """No changed parameter half of the time, else a few, each to a value near some threshold of its type."""
    known = changeable(pack)
    chosen = rng.sample(list(known), rng.choice([0, 0, 1, 5, len(known)]))
    return {key: near(rng, pack, known[key].type, on) for key in chosen}


def near(rng, pack, type_, on):
    if type_ == "date":
        return on + timedelta(days=rng.randint(-400, 400))
    return max(rng.choice(thresholds(pack, type_)), 0)


@pytest.mark.parametrize("name", shipped_packs())
@SHRINKING
@given(rng=st.randoms(use_true_random=False))
def test_evaluators_agree_on_a_world_that_shrinks_to_its_simplest_form(name, rng):
    agree(rng, load_pack(name), DAYS[name], size=1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", shipped_packs())
def test_evaluators_agree_on_hundreds_of_worlds(name, seed):
    agree(Random(seed), load_pack(name), DAYS[name], size=200)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 200))
@pytest.mark.parametrize("name", shipped_packs())
def test_evaluators_agree_on_tens_of_thousands_of_worlds(name, seed):
    pack, rng = load_pack(name), Random(seed)
    days = (pack.valid[1] - pack.valid[0]).days

    agree(rng, pack, date.fromordinal(pack.valid[0].toordinal() + rng.randint(0, days)), size=1000)


@pytest.mark.parametrize("on", [date(2023, 7, 12), date(2028, 7, 13), date(2040, 1, 1)])
def test_nothing_is_in_force_outside_the_documents_validity(on):
    pack, rng = load_pack("weihai-2023-5"), Random(7)

    found = answers(pack, [case(rng, pack, on) for _ in range(20)], on, on.year - 1)

    assert {answer for results in found for answer in results.values()} == {
        (Outcome.NOT_IN_FORCE, None, None)
    }


def agree(rng, pack, on, size):
    readings, parameters = options(rng, pack), changes(rng, pack, on)
    world = [case(rng, pack, on) for _ in range(size)]

    found = answers(pack, world, on, on.year - 1, readings, parameters)

    assert [set(results) for results in found] == [{benefit.id for benefit in pack.benefits}] * size
