"""Sensitivity and solver give what trying every value one by one would give."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pyarrow as pa
import pytest

from kechuang.policy import bind, load_pack
from kechuang.policy.columns.casting import to_table
from kechuang.policy.columns.population import assess_columns
from kechuang.policy.columns.verdict import OPEN
from kechuang.policy.encoding.changes import changeable
from kechuang.policy.reforms.reform import Reform, limited
from kechuang.policy.reforms.sensitivity import sensitivity, steps
from kechuang.policy.reforms.solving import Grid, UnsolvableError, solve, standard_grid
from kechuang.policy.reforms.strands import tally_of
from kechuang.population.generate import generate
from policy.packs_on_disk import language_pack
from policy.worlds import case

ON = date(2024, 6, 20)
RATE, CAP = "9.rd_growth.subsidy_rate", "9.rd_growth.yearly_cap"


@pytest.fixture(scope="module")
def law():
    return bind(load_pack(), ON)


@pytest.fixture(scope="module")
def world(law):
    """Of a city, those whom the measure on R&D could reach under some parameters, and a few hundred others."""
    city = generate(16_000, seed=3, year=2023, on=ON)
    lenient = Reform({"9.rd_growth.growth_rate": Fraction(0), "9.rd_growth.least_increment": 0}).applied_to(
        law
    )
    near = assess_columns(limited(lenient, ["9.rd_growth"]), city)["9.rd_growth"].verdict >= OPEN
    near[:300] = True
    return city.filter(pa.array(near)).combine_chunks()


KNOWN = {}


def total(bound, world, parameters, benefit="9.rd_growth"):
    """The tally of a benefit by a full assessment; kept, since many questions ask for the same ones."""
    key = (bound.on, world.num_rows, tuple(parameters.items()), benefit)
    if key not in KNOWN:
        after = limited(Reform(parameters).applied_to(bound), [benefit])
        KNOWN[key] = tally_of(assess_columns(after, world)[benefit])
    return KNOWN[key]


def test_each_parameter_is_moved_by_its_step_and_its_effect_is_that_of_a_full_assessment(law, world):
    found = sensitivity(law, world)

    assert {one.key for one in found} <= set(changeable(law.pack))
    assert len(found) > 60
    for one in found:
        benefit = changeable(law.pack)[one.key].benefit.id
        assert one.at_value == total(law, world, {}, benefit)
        for value, tally in ((one.down, one.at_down), (one.up, one.at_up)):
            assert (value is None) == (tally is None)
            if value is not None:
                assert tally == total(law, world, {one.key: value}, benefit)
    money = [one.swing for one in found if one.strand != "none"]
    assert money == sorted(money, reverse=True)


def test_sensitivity_of_named_parameters_reports_how_far_it_is(law, world):
    heard = []

    found = sensitivity(law, world, [RATE, CAP], progress=lambda done, of: heard.append((done, of)))

    assert {one.key for one in found} == {RATE, CAP}
    assert heard[-1] == (2, 2)


@pytest.mark.parametrize(
    ("type_", "value", "down", "up"),
    [
        ("rate", Fraction(5, 100), Fraction(45, 1000), Fraction(55, 1000)),
        ("rate", Fraction(0), None, Fraction(1, 100)),
        ("money", 1_000_005, 900_005, 1_100_005),
        ("money", 0, None, 1_000_000),
        ("number", 3, 2, 4),
        ("number", 0, None, 1),
        ("date", ON, ON - timedelta(days=30), ON + timedelta(days=30)),
        ("boolean", True, False, None),
        ("boolean", False, None, True),
    ],
)
def test_steps_are_a_tenth_or_one_natural_unit(type_, value, down, up):
    assert steps(type_, value) == (down, up)


def test_steps_out_of_the_calendar_are_not_tried(tmp_path):
    pack = language_pack(tmp_path)
    on = date(2026, 6, 20)
    bound = bind(pack, on, parameters={"6.desks.until[national]": date(2200, 12, 31)})
    rng = Random(1)
    world = to_table([case(rng, pack, on) for _ in range(20)], pack.vocabulary)

    one = sensitivity(bound, world, ["6.desks.until[national]"])[0]

    assert (one.down, one.up, one.at_up) == (date(2200, 12, 1), None, None)


@pytest.mark.parametrize("share", [0, 1, 30, 77, 100, 101, 140, 5_000, 10**6])
@pytest.mark.parametrize(
    ("key", "grid"),
    [
        (RATE, Grid(Fraction(0), Fraction(1, 400), 60)),
        (CAP, Grid(0, 2_500_000, 60)),
        ("9.rd_growth.least_increment", Grid(0, 30_000_000, 60)),
        ("9.rd_growth.growth_rate", Grid(Fraction(0), Fraction(1, 50), 60)),
    ],
)
def test_the_solver_finds_what_trying_every_value_finds(law, world, key, grid, share):
    appropriation = total(law, world, {}).fen * share // 100

    found = solve(law, world, key, appropriation, grid)

    totals = [total(law, world, {key: grid.at(place)}).fen for place in range(grid.count)]
    fitting = [place for place in range(grid.count) if totals[place] <= appropriation]
    assert found.direction in ("up", "down")
    assert found.now.tally == total(law, world, {})
    if not fitting:
        assert found.best is found.beyond is None
        return
    best = fitting[-1] if found.direction == "up" else fitting[0]
    assert found.best.place == best
    assert found.best.tally.fen == totals[best]
    beyond = best + (1 if found.direction == "up" else -1)
    assert (found.beyond is None) == (not 0 <= beyond < grid.count)
    if found.beyond is not None:
        assert found.beyond.tally.fen == totals[beyond] > appropriation


def test_a_total_that_turns_round_is_scanned_and_said_to_be_mixed(law, world, monkeypatch):
    """No shipped parameter makes a total turn; two values of the grid that change places do."""
    grid = Grid(Fraction(0), Fraction(1, 100), 40)

    class Turning(Grid):
        def at(self, place):
            return super().at(place if place < 20 else 59 - place)

    turning = Turning(grid.first, grid.step, grid.count)
    limit = total(law, world, {RATE: Fraction(7, 100)}).fen

    found = solve(law, world, RATE, limit, turning)

    assert found.direction == "mixed"
    assert found.scanned
    assert found.best.tally.fen == limit


def test_a_long_grid_that_turns_round_is_tried_at_stated_places_only(law, world):
    class Turning(Grid):
        def at(self, place):
            return super().at(place if place < 700 else 1399 - place)

    found = solve(law, world, RATE, 10**9, Turning(Fraction(0), Fraction(1, 5_000), 1_400))

    assert found.direction == "mixed"
    assert not found.scanned
    assert 400 < found.tried < 1_400


def test_a_total_that_never_moves_is_flat(law, world):
    nobody = world.slice(0, 0)

    found = solve(law, nobody, RATE, 0)

    assert (found.direction, found.best.tally.fen, found.beyond) == ("flat", 0, None)


def test_what_gives_no_money_or_is_not_in_force_cannot_be_solved(law, world):
    unpaid = next(
        key for key, one in changeable(law.pack).items() if one.benefit.amount.kind in ("limit", "in_kind")
    )

    with pytest.raises(UnsolvableError, match="gives no money"):
        solve(law, world, unpaid, 0)
    with pytest.raises(UnsolvableError, match="is not in force"):
        solve(bind(law.pack, date(2029, 1, 1)), world, RATE, 0)


def test_standard_grids_have_natural_steps(law):
    known = changeable(law.pack)

    rate, cap = standard_grid(law, known[RATE]), standard_grid(law, known[CAP])

    assert (rate.at(0), rate.at(1), rate.at(rate.count - 1)) == (0, Fraction(1, 10_000), 1)
    assert (cap.at(0), cap.at(1), cap.at(cap.count - 1)) == (0, 10**6, 20 * 10**8)
    assert rate.nearest(Fraction(50_05, 10**6)) == 50
    assert rate.nearest(Fraction(3)) == rate.count - 1


def test_grids_of_small_sums_numbers_and_dates(tmp_path):
    pack = language_pack(tmp_path)
    bound, known = bind(pack, date(2026, 6, 20)), changeable(pack)

    small = standard_grid(bound, known["6.desks.by_level[national]"])
    months = standard_grid(bound, known["6.desks.twelve"])
    days = standard_grid(bound, known["6.desks.until[national]"])

    assert (small.at(1), small.at(small.count - 1)) == (100, 1_000_000)
    assert (months.at(1), months.count) == (1, 121)
    assert (days.at(0), days.at(days.count - 1)) == pack.valid
    assert days.at(days.nearest(date(2026, 5, 28))) == date(2026, 5, 28)
    for unsolvable in ("6.desks.open_to[national]", "6.desks.later"):
        with pytest.raises(UnsolvableError, match="has no value"):
            standard_grid(bound, known[unsolvable])


def test_the_present_value_counts_even_off_the_grid(law, world):
    bound = replace(Reform({RATE: Fraction(1, 300)}).applied_to(law))

    found = solve(bound, world, RATE, 10**12, Grid(Fraction(0), Fraction(1, 100), 5))

    assert found.now.value == Fraction(1, 300)
    assert found.now.tally == total(law, world, {RATE: Fraction(1, 300)})
