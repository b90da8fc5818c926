"""A reform beside the law over a population: every figure equals what two full assessments and plain counting say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

import numpy as np
import pytest

from kechuang.policy import assess_table, bind, load_pack, read_case
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.columns.casting import to_cases, to_table
from kechuang.policy.columns.verdict import BenefitColumns
from kechuang.policy.reforms import strands
from kechuang.policy.reforms.comparing import EDGES_FEN, Grouping, baseline, compare
from kechuang.policy.reforms.reform import Reform, limited, touched
from kechuang.population.generate import generate
from policy.packs_on_disk import copied
from policy.worlds import case

ON = date(2024, 6, 20)
RATE, CAP = "9.rd_growth.subsidy_rate", "9.rd_growth.yearly_cap"
REFORMS = {
    "a rate": Reform({RATE: Fraction(8, 100)}),
    "a ceiling and a threshold": Reform({CAP: 3_000_000, "9.rd_growth.least_increment": 50_000_000}),
    "a row of a table": Reform({"22.national_award.sums[second]": 1}),
    "a reading": Reform(readings={"I-9": "both"}),
    "a period": Reform({"27.branch_interest.longest": 1}),
    "nothing": Reform({RATE: Fraction(5, 100)}),
}


@pytest.fixture(scope="module")
def pack():
    return load_pack()


@pytest.fixture(scope="module")
def city(pack):
    """A city in which a tenth is drawn at random near the thresholds, so that every benefit moves."""
    rng = Random(5)
    drawn = [case(rng, pack, ON) for _ in range(300)]
    return to_table(
        [*to_cases(generate(1_500, seed=3, year=2023, on=ON), pack.vocabulary), *drawn], pack.vocabulary
    )


@pytest.fixture(scope="module")
def base(pack, city):
    return baseline(bind(pack, ON), city)


def cases_sums(bound, city, ids):
    """Each subject's sums by strand and whether it passes anything, by the reference evaluator."""
    rows = []
    for facts in to_cases(city, bound.pack.vocabulary):
        results = assess_bound(bound, facts, frozenset(ids)).results.values()
        sums = dict.fromkeys(strands.STRANDS, 0)
        for one in results:
            strand = strands.strand_of(one.bound.benefit)
            if strand in sums and one.outcome.passes:
                sums[strand] += one.amount or 0
        undetermined = any(one.outcome is Outcome.UNDETERMINED for one in results)
        rows.append((sums, any(one.outcome.passes for one in results), undetermined))
    return rows


@pytest.mark.parametrize("name", REFORMS)
def test_every_figure_is_what_the_reference_evaluator_says_case_by_case(base, city, name):
    after = REFORMS[name].applied_to(base.bound)
    ids = touched(base.bound, after)
    before, later = cases_sums(base.bound, city, ids), cases_sums(after, city, ids)

    found = compare(base, after, city)

    for strand, movement in found.movements.items():
        changes = [b[0][strand] - a[0][strand] for a, b in zip(before, later, strict=True)]
        assert movement.before == sum(row[0][strand] for row in before)
        assert movement.after == sum(row[0][strand] for row in later)
        assert movement.winners == sum(1 for one in changes if one > 0)
        assert movement.losers == sum(1 for one in changes if one < 0)
        assert movement.winners + movement.losers + movement.unchanged == found.rows == city.num_rows
        assert movement.gained == sum(one for one in changes if one > 0)
        assert movement.lost == -sum(one for one in changes if one < 0)
        ranked = sorted(one for one in changes if one)
        assert movement.largest_gains == tuple(
            sorted(((row, one) for row, one in enumerate(changes) if one > 0), key=lambda pair: -pair[1])[:10]
        )
        assert movement.largest_losses == tuple(
            sorted(((row, one) for row, one in enumerate(changes) if one < 0), key=lambda pair: pair[1])[:10]
        )
        for per_mille, value in movement.quantiles:
            below = sum(1 for one in ranked if one <= value)
            assert value in ranked
            assert below * 1000 >= per_mille * len(ranked)
        assert sum(count for *_, count in movement.histogram) == len(ranked)
        for low, high, sign, count in movement.histogram:
            inside = [one for one in ranked if one * sign > low and (high is None or one * sign <= high)]
            assert len(inside) == count
    assert (found.reached_before, found.reached_after) == (
        sum(row[1] for row in before),
        sum(row[1] for row in later),
    )
    assert found.newly_reached == sum(b[1] and not a[1] for a, b in zip(before, later, strict=True))
    assert found.no_longer_reached == sum(a[1] and not b[1] for a, b in zip(before, later, strict=True))
    assert (found.open_before, found.open_after) == (sum(r[2] for r in before), sum(r[2] for r in later))


@pytest.mark.parametrize("name", REFORMS)
def test_totals_equal_two_full_assessments(pack, base, city, name):
    reform = REFORMS[name]

    found = compare(base, reform.applied_to(base.bound), city)

    for strand in strands.STRANDS:
        law = assess_table(pack, city, ON)
        new = assess_table(pack, city, ON, readings=reform.readings, parameters=reform.parameters)
        counted = [one.id for one in pack.benefits if strands.strand_of(one) == strand]
        assert found.law[strand] == sum(law.benefits[key].total_fen for key in counted)
        assert found.reform[strand] == sum(new.benefits[key].total_fen for key in counted)


def test_only_the_benefits_that_a_change_reaches_are_assessed_again(base):
    expected = {
        "a rate": ("9.rd_growth",),
        "a ceiling and a threshold": ("9.rd_growth",),
        "a row of a table": ("22.national_award",),
        "a reading": ("9.rd_growth",),
        "a period": ("27.branch_interest",),
        "nothing": (),
    }

    assert {
        name: touched(base.bound, one.applied_to(base.bound)) for name, one in REFORMS.items()
    } == expected


def test_groups_add_up_to_the_total_and_those_of_unknown_group_are_counted(base, city):
    codes = np.random.default_rng(1).integers(-1, 3, city.num_rows)
    by = Grouping("colour", ("red", "green", "blue", "never"), codes)

    found = compare(base, REFORMS["a ceiling and a threshold"].applied_to(base.bound), city, [by])

    groups = found.groups["colour"]
    assert [one.label for one in groups] == ["red", "green", "blue", None]
    assert sum(one.subjects for one in groups) == found.rows
    assert sum(one.reached_before for one in groups) == found.reached_before
    assert sum(one.reached_after for one in groups) == found.reached_after
    for strand, movement in found.movements.items():
        totals = [sum(column) for column in zip(*(one.strands[strand] for one in groups), strict=True)]
        assert totals == [movement.before, movement.after, movement.winners, movement.losers]


def test_flows_between_outcomes_count_everybody_once(base, city):
    found = compare(base, REFORMS["a ceiling and a threshold"].applied_to(base.bound), city)

    one = found.benefits[0]

    assert (one.id, one.strand_before, one.strand_after) == ("9.rd_growth", "ceiling", "ceiling")
    assert sum(map(sum, one.flows)) == city.num_rows
    assert one.after.passing - one.before.passing == one.newly - one.no_longer
    assert one.newly > 0


@pytest.fixture(scope="module")
def richer(tmp_path_factory):
    """The example city with 60,000 instead of 50,000 yuan for the smallest enterprises."""
    folder = copied(tmp_path_factory.mktemp("richer"))
    for name in ("source.txt", "measures/01.yaml"):
        text = (folder / name).read_text(encoding="utf-8")
        text = text.replace("分别给予5万元", "分别给予6万元").replace("{micro: 5万元", "{micro: 6万元")
        (folder / name).write_text(text, encoding="utf-8")
    return load_pack(folder)


def test_another_pack_is_compared_benefit_by_benefit(richer):
    old, on = load_pack("example-city"), date(2027, 6, 20)
    growing = {
        "kind": "enterprise",
        "size": "micro",
        "statuses": [{"kind": "tech_sme", "granted_on": "2027-03-10", "expires_on": "2027-12-31"}],
        "years": [{"year": 2024 + n, "sales": f"{1000 + 400 * n}万元"} for n in range(3)],
    }
    world = to_table([read_case(growing, old.vocabulary)] * 2, old.vocabulary)
    base = baseline(bind(old, on), world)

    found = compare(base, Reform(pack=richer).applied_to(base.bound), world)
    back = compare(
        base, Reform({"1.growth.sums[micro]": 5_000_000}, pack=richer).applied_to(base.bound), world
    )

    assert [one.id for one in found.benefits] == ["1.growth"]
    assert found.movements["entitled"].gained == 2 * 1_000_000
    assert back.benefits == ()
    assert back.law == back.reform


def test_the_same_pack_named_again_changes_nothing(pack, base, city):
    assert compare(base, Reform(pack=pack).applied_to(base.bound), city).benefits == ()


def test_a_benefit_that_a_pack_lacks_is_lost_or_new(pack, base, city):
    without = limited(
        base.bound, [one.benefit.id for one in base.bound.benefits if one.benefit.id != "9.rd_growth"]
    )

    lost = compare(base, without, city)
    new = compare(baseline(without, city), base.bound, city)

    assert [one.id for one in lost.benefits] == [one.id for one in new.benefits] == ["9.rd_growth"]
    assert lost.benefits[0].after is None
    assert new.benefits[0].before is None
    assert (
        lost.movements["ceiling"].lost == new.movements["ceiling"].gained == base.tallies["9.rd_growth"].fen
    )
    assert lost.no_longer_reached == new.newly_reached == base.tallies["9.rd_growth"].passing


def test_another_day_or_year_touches_everything(base, pack):
    assert len(touched(base.bound, bind(pack, date(2024, 6, 21)))) == len(base.bound.benefits)


def test_columns_that_are_no_facts_are_refused(pack, base, city):
    strange = city.append_column("colour", city.column("uscc"))

    with pytest.raises(ValueError, match="column 'colour' is no fact"):
        baseline(base.bound, strange)
    with pytest.raises(ValueError, match="column 'colour' is no fact"):
        compare(base, base.bound, strange)


def test_sums_beyond_64_bits_stay_exact():
    huge = 2**62
    rows, passed = np.arange(3), np.full(3, 255, dtype=np.uint8)
    one = BenefitColumns(passed, (), rows, np.full(3, huge, dtype=np.int64), is_ceiling=False)

    summed = strands.sums_of([one, one, one], rows)

    assert summed.tolist() == [3 * huge] * 3
    assert strands.total(summed) == 9 * huge
    assert strands.total(np.full(3, huge, dtype=np.int64)) == 3 * huge
    assert strands.totals_by(np.array([0, 0, -1]), np.full(3, huge, dtype=np.int64), 1) == [2 * huge, huge]
    assert strands.differences(np.array([huge]), np.array([-2 * huge])).tolist() == [3 * huge]


def test_a_sum_that_is_not_known_is_counted_and_adds_nothing():
    passed = np.full(2, 255, dtype=np.uint8)
    one = BenefitColumns(passed, (), np.arange(2), np.array([-1, 7]), is_ceiling=True)

    assert strands.tally_of(one) == strands.Tally((0, 2, 0, 0, 0), 7, 1)
    assert strands.sums_of([one], np.arange(2)).tolist() == [0, 7]


def test_edges_of_the_distribution_rise():
    assert list(EDGES_FEN) == sorted(set(EDGES_FEN))


def test_what_is_not_in_force_before_and_after_is_not_touched(pack):
    late = bind(pack, date(2029, 1, 1))

    assert touched(late, Reform({RATE: Fraction(1, 2)}).applied_to(late)) == ()


def test_a_benefit_of_another_shape_is_touched(base):
    lasting = replace(base.bound.benefits[0], in_force=False)
    other = replace(base.bound, benefits=(lasting, *base.bound.benefits[1:]), compiled={})

    assert touched(base.bound, other) == (lasting.benefit.id,)
