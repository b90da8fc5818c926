"""The two evaluators agree on every field of random worlds, in every reading, in force and out of it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kechuang.policy import Outcome, load_pack
from policy.both_evaluators import answers
from policy.worlds import cases

WEIHAI = load_pack("weihai-2023-5")
EXAMPLE = load_pack("example-city")
QUIET = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
LONG = settings(QUIET, max_examples=3000)


def switched(pack):
    """One option of every reading, the chosen one more often than not."""
    options = {
        key: st.sampled_from([reading.chosen, *reading.options]) for key, reading in pack.readings.items()
    }
    return st.fixed_dictionaries(options)


@QUIET
@given(st.data())
def test_evaluators_agree_on_random_worlds_of_weihai(data):
    agree(data, WEIHAI, date(2024, 6, 20))


@QUIET
@given(st.data())
def test_evaluators_agree_on_random_worlds_of_the_example_city(data):
    agree(data, EXAMPLE, date(2027, 6, 20))


@pytest.mark.long
@LONG
@given(st.data())
def test_evaluators_agree_on_thousands_of_worlds(data):
    agree(data, WEIHAI, data.draw(st.dates(date(2023, 7, 13), date(2028, 7, 12))))


@QUIET
@given(st.data(), st.sampled_from([date(2023, 7, 12), date(2028, 7, 13), date(2040, 1, 1)]))
def test_nothing_is_in_force_outside_the_documents_validity(data, on):
    case = data.draw(cases(WEIHAI, on))

    [results] = answers(WEIHAI, [case], on, on.year - 1)

    assert set(results.values()) == {(Outcome.NOT_IN_FORCE, None, None)}


def agree(data, pack, on):
    readings = data.draw(switched(pack))
    world = data.draw(st.lists(cases(pack, on), min_size=1, max_size=3))

    found = answers(pack, world, on, on.year - 1, readings)

    assert len(found) == len(world)
