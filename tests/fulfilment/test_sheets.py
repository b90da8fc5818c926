"""Sheets: sealed, exact, never lost, never doubled."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import DatabaseError, transaction

from factories import AT, make_membership
from fulfilment.judged import (
    AFTER,
    DUE,
    assignment_of,
    make_evaluation,
    make_panel,
    opened,
    points,
    put_before,
    recuse,
    rubric_with,
    score,
    score_all,
    scoring,
)
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment.judging import (
    panels,
    queries,
    sheets,
    tallies,
    verifying,
)
from kechuang.fulfilment.judging.models import Assignment, Sheet
from kechuang.fulfilment.judging.sealing import content_hash
from kechuang.journal.actions import canonical
from kechuang.journal.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def before(city):
    """A case before a panel that is scoring."""
    return scoring(city)


def test_a_sheet_is_saved_field_by_field_and_a_second_tab_cannot_overwrite_it(before):
    panel, case = before
    there = assignment_of(panel, case)
    actor = there.seat.membership

    first = sheets.save(there, sheets.Written(scores={"clients": "8.5"}), revision=0, actor=actor, at=AT)
    sheets.save(there, sheets.Written(scores={"team": "7"}), revision=first.revision, actor=actor, at=AT)

    with pytest.raises(Refused, match="changed elsewhere"):
        sheets.save(there, sheets.Written(scores={"team": "1"}), revision=1, actor=actor, at=AT)
    again = sheets.save(there, sheets.Written(scores={"team": "7"}), revision=1, actor=actor, at=AT)
    assert (again.scores, again.revision) == ({"clients": 17, "team": 14}, 2)


@pytest.mark.parametrize("text", ["8.3", "11", "-1", "eight", "NaN", "Infinity", "1/2"])
def test_a_score_that_the_scale_does_not_have_is_refused_with_the_scale(before, text):
    panel, case = before
    there = assignment_of(panel, case)
    written = sheets.Written(scores={"clients": text})

    with pytest.raises(Refused, match=r"0 to 10 in steps of 0\.5"):
        sheets.save(there, written, revision=0, actor=there.seat.membership, at=AT)


def test_a_sheet_is_sealed_complete_once_and_the_database_keeps_it(before):
    panel, case = before
    there = assignment_of(panel, case)
    sheet = sheets.save(
        there, sheets.Written(scores={"clients": "8"}), revision=0, actor=there.seat.membership, at=AT
    )
    with pytest.raises(Refused, match="no score yet"):
        sheets.seal(there, revision=sheet.revision, actor=there.seat.membership, at=AT)

    there.refresh_from_db()
    sealed = score(there, "9")

    with pytest.raises(Refused, match="sealed"):
        score(there, "1", seal=False)
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        Sheet.objects.filter(pk=sealed.pk).update(scores={})
    event = Event.objects.filter(kind="sheet.sealed").latest("number")
    assert event.data == {"sheet": sealed.pk, "hash": sealed.hash}


def test_a_veto_and_a_compulsory_reason_ask_for_words(city):
    rubric = rubric_with()
    rubric["criteria"][0]["reason"] = True
    call, (case,) = make_evaluation(city, 1, rubric=rubric)
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    there = assignment_of(panel, case)

    with pytest.raises(Refused, match="asks for a reason"):
        score(there, "8")
    there = Assignment.objects.get(pk=there.pk)
    with pytest.raises(Refused, match="states the facts"):
        score(there, "8", reasons={"clients": "覆盖面广"}, vetoes={"false_material": " "})
    there = Assignment.objects.get(pk=there.pk)
    assert score(there, "8", vetoes={"false_material": None}).sealed_at == AT


def test_nobody_else_writes_a_sheet_and_nobody_after_the_deadline(before):
    panel, case = before
    there = assignment_of(panel, case)
    other = assignment_of(panel, case, 2).seat.membership

    with pytest.raises(Refused, match="not yours"):
        sheets.save(there, sheets.Written(scores={"clients": "8"}), revision=0, actor=other, at=AT)
    with pytest.raises(Refused, match="Scores are closed"):
        score(there, "8", at=DUE)
    opened(panel)
    with pytest.raises(DatabaseError, match="takes no scores"), transaction.atomic():
        Sheet.objects.create(assignment=there, saved_at=AT)


def test_whoever_has_to_stay_away_meanwhile_neither_sees_nor_writes_and_the_sheet_does_not_count(before):
    panel, case = before
    score_all(panel, points("9", "9", "9", "9", "2"))
    there = assignment_of(panel, case, 5)
    recuse(there.seat.membership, case.organisation)

    assert queries.reviews_of(there.seat.membership).count() == 0
    opened(panel)

    there.refresh_from_db()
    assert (there.ending, tallies.outcomes(panel)[case.pk].sheets) == ("recused", 4)
    assert tallies.outcomes(panel)[case.pk].raw == 90


def test_before_the_deadline_nobody_sees_a_score_and_afterwards_missing_is_not_zero(before, city):
    panel, case = before
    auditor = make_membership(Role.AUDITOR)
    for place, said in enumerate(("9", "9", "8"), 1):
        score(assignment_of(panel, case, place), said)
    score(assignment_of(panel, case, 4), "1", seal=False)  # complete, not sealed: the clock seals it
    half = assignment_of(panel, case, 5)
    sheets.save(half, sheets.Written(scores={"clients": "10"}), revision=0, actor=half.seat.membership, at=AT)

    for reader in (city.officer, city.decider, auditor):
        whole, by_case, _ = queries.progress(panel, reader)
        (line,) = queries.lines(panel, reader, AT)
        assert (whole.assigned, whole.sealed, by_case[case.pk].sealed) == (5, 3, 3)
        assert (line.outcome, line.band, line.proposal, line.sheets) == (None, None, None, [])
    assert tallies.outcomes(panel) == {}
    assert not any("scores" in str(event.data) for event in Event.objects.all())

    opened(panel)

    (line,) = queries.lines(panel, city.officer, AFTER)
    assert [one.by_clock for one in line.sheets] == [False, False, False, True]
    assert (line.outcome.sheets, line.outcome.raw) == (4, Fraction(90 + 90 + 80 + 10, 4))
    assert Event.objects.get(kind="panel.opened").data["missing"] == 1


def test_an_officer_who_stays_away_sees_neither_the_case_nor_its_count(city):
    call, cases = make_evaluation(city, 2)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    recuse(city.officer, cases[0].organisation)

    whole, by_case, by_seat = queries.progress(panel, city.officer)

    assert [one.case for one in queries.cases_before(panel, city.officer)] == [cases[1]]
    assert (whole.assigned, set(by_case)) == (5, {cases[1].pk})
    assert {one.assigned for one in by_seat.values()} == {1}


def test_a_deadline_moves_to_later_only_and_with_a_reason(before, city):
    panel, _ = before

    with pytest.raises(Refused, match="later"):
        panels.extend(panel, DUE - timedelta(hours=1), "台风", actor=city.officer, at=AT)
    with pytest.raises(Refused, match="why"):
        panels.extend(panel, DUE + timedelta(days=1), " ", actor=city.officer, at=AT)
    moved = panels.extend(panel, DUE + timedelta(days=1), "台风", actor=city.officer, at=AT)

    assert panels.open_scores(moved, at=AFTER) is False
    assert moved.scores_due_at == DUE + timedelta(days=1)


def test_the_hash_that_the_journal_keeps_tells_no_score_to_whoever_tries_them_all(before, city):
    panel, case = before
    sheet = score(assignment_of(panel, case), "8")
    kept = Event.objects.get(kind="sheet.sealed").data["hash"]
    said = {"assignment": sheet.assignment_id, "reasons": {}, "vetoes": {}, "comment": ""}
    keys = list(sheet.scores)

    tried = (
        hashlib.sha256(canonical({**said, "scores": dict.fromkeys(keys, steps)})).hexdigest()
        for steps in range(101)
    )

    assert kept not in set(tried)
    assert kept == content_hash(sheet)
    assert [one for one in verifying.concluded() if one] == []
