"""The worked examples of a pack are run as they stand, and every difference is told."""

from __future__ import annotations

import pytest

from kechuang.policy.cases.examples import run_example, run_examples
from kechuang.policy.encoding.loading import load_pack
from policy.packs_on_disk import change, copied


@pytest.fixture
def folder(tmp_path):
    return copied(tmp_path)


def differences(folder, benefit):
    pack = load_pack(folder)
    return [run.differences for run in run_examples(pack) if run.benefit.id == benefit and run.differences]


def test_a_pack_that_agrees_differs_nowhere(folder):
    pack = load_pack(folder)
    runs = list(run_examples(pack))

    assert len(runs) == sum(len(benefit.examples) for benefit in pack.benefits)
    assert {run.differences for run in runs} == {()}
    assert all(run.result is not None for run in runs)


@pytest.mark.parametrize(
    ("file", "old", "new", "benefit", "expected"),
    [
        (
            "measures/02.yaml",
            "expect: {outcome: entitled, amount: 1万元}",
            "expect: {outcome: entitled, amount: 2万元}",
            "2.jobs",
            ("expected 2万元 (2000000 fen), found 1000000 fen",),
        ),
        (
            "measures/02.yaml",
            "expect: {outcome: entitled, amount: 1万元}",
            "expect: {outcome: may_apply}",
            "2.jobs",
            ("expected may_apply, found entitled",),
        ),
        (
            "measures/02.yaml",
            "expect: {outcome: not_eligible, because: increase, short: 1}",
            "expect: {outcome: entitled, because: status, short: 2}",
            "2.jobs",
            (
                "expected entitled, found not_eligible (because increase)",
                "expected because status, found increase",
                "expected a shortfall of 2 (2), found 1",
            ),
        ),
        (
            "measures/02.yaml",
            "expect: {outcome: entitled, amount: 1万元}",
            "expect: {outcome: entitled, short: 1}",
            "2.jobs",
            ("expected a shortfall of 1 (1), found None",),
        ),
        (
            "measures/02.yaml",
            "expect: {outcome: undetermined, missing: [years.employees]}",
            "expect: {outcome: entitled, missing: [years.sales, statuses]}",
            "2.jobs",
            (
                "expected entitled, found undetermined (because increase; missing years.employees)",
                "expected missing statuses, years.sales, found years.employees",
            ),
        ),
        (
            "measures/02.yaml",
            "expect: {outcome: entitled, amount: 1万元}",
            "expect: {outcome: entitled, missing: [kind]}",
            "2.jobs",
            ("expected missing kind, found none",),
        ),
        (
            "measures/02.yaml",
            "expect: {outcome: entitled, amount: 1万元}",
            "expect: {outcome: granted}",
            "2.jobs",
            (
                "expect.outcome 'granted' is none of entitled, may_apply, undetermined, not_eligible, not_in_force",
            ),
        ),
        (
            "measures/02.yaml",
            "expect: {outcome: entitled, amount: 1万元}",
            "expect: {amount: lots}",
            "2.jobs",
            ("expect: 'lots' is no value; expected a sum (100万元), a rate (10%), a whole number",),
        ),
        (
            "measures/04.yaml",
            "{kind: key_laboratory, level: municipal, role: lead, approved_on: 2026-05-01}",
            "{kind: key_laboratory, level: city, rule: lead}",
            "4.laboratory",
            (
                "facts: platforms[1].level: found 'city', expected one of: national (国家级), provincial (省级)",
                "facts: platforms[1].rule: there is no such fact; expected one of: name, kind, level, role",
            ),
        ),
        (
            "measures/05.yaml",
            "readings: {E-5: with-licences}",
            "readings: {E-6: with-licences}",
            "5.purchase",
            ("no reading 'E-6'; there are: E-5",),
        ),
    ],
)
def test_each_difference_is_told(folder, file, old, new, benefit, expected):
    change(folder, file, old, new)

    (found,) = differences(folder, benefit)

    assert len(found) == len(expected)
    for told, wanted in zip(found, expected, strict=True):
        assert told.startswith(wanted)


def test_faults_of_facts_are_told_each_time_and_stay_with_the_run(folder):
    change(folder, "measures/06.yaml", "{space: private, moved_in_on", "{space: none, moved_in_on")
    pack = load_pack(folder)
    benefit = pack.benefit("6.desks")
    example = next(example for example in benefit.examples if example.title.en == "a private maker space")

    first, second = run_example(pack, benefit, example), run_example(pack, benefit, example)

    assert first.differences == second.differences
    assert first.result is None
    assert len(first.differences) == 1


def test_facts_that_are_no_record_are_told(folder):
    change(folder, "measures/01.yaml", "facts: {kind: enterprise}", "facts: enterprise")

    ((found,),) = differences(folder, "1.growth")

    assert found == "facts: subject: expected a record with named fields, found str"
