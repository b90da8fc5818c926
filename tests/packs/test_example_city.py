"""The invented second city: other rules from data alone, so nothing of Weihai can sit in the engine."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import kechuang.policy
from kechuang.policy.cases.assessment import assess
from kechuang.policy.cases.examples import run_examples
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.loading import DEFAULT_PACK, load_pack
from kechuang.policy.encoding.trace import trace

PACK = load_pack("example-city")


def test_its_text_is_wholly_accounted_for() -> None:
    report = trace(PACK)

    assert report.to_dict()["errors"] == []
    assert report.gaps == ()


def test_its_worked_examples_agree() -> None:
    runs = list(run_examples(PACK))

    assert len(runs) >= 3 * len(list(PACK.benefits))
    assert [(run.benefit.id, run.example.title.zh, run.differences) for run in runs if run.differences] == []


@pytest.mark.parametrize(
    ("on", "in_force"),
    [
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), True),
        (date(2029, 2, 28), True),
        (date(2029, 3, 1), False),
    ],
)
def test_it_lives_by_its_own_dates(on: date, *, in_force: bool) -> None:
    outcomes = {result.outcome for result in assess(PACK, {"kind": "enterprise"}, on).results.values()}

    assert (Outcome.NOT_IN_FORCE not in outcomes) is in_force
    assert (outcomes == {Outcome.NOT_IN_FORCE}) is not in_force


def test_it_says_that_it_is_invented() -> None:
    assert "虚构" in PACK.document.title
    assert "fictitious" in PACK.city.en


def test_a_record_of_its_own_is_no_fact_of_another_city() -> None:
    assert "desks" in PACK.vocabulary.records
    assert "desks" not in load_pack(DEFAULT_PACK).vocabulary.records


def test_the_engine_names_no_city() -> None:
    sources = [
        path.read_text(encoding="utf-8") for path in Path(kechuang.policy.__file__).parent.rglob("*.py")
    ]

    assert not any("威海" in source or "示例市" in source for source in sources)
