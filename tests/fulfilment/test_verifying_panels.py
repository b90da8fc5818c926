"""`kechuang verify` derives draws, meetings and allocations again: one changed value is named, seals renewed."""

from __future__ import annotations

from copy import deepcopy

import pytest

from fulfilment.city import WAN, make_city
from fulfilment.judged import (
    AFTER,
    graded,
    make_draw,
    make_evaluation,
    make_panel,
    put_before,
)
from fulfilment.test_seals import past_triggers
from kechuang.fulfilment.judging import allocations
from kechuang.fulfilment.judging.allocating import Terms
from kechuang.fulfilment.judging.models import Proposal, Sheet
from kechuang.fulfilment.problems import Problem
from kechuang.fulfilment.sealed import sealed_tables
from kechuang.fulfilment.verifying import checks
from kechuang.journal import sealing

pytestmark = pytest.mark.django_db
OURS = {"draws of experts", "sheets and meetings", "allocations", "seals"}


def problems() -> list[Problem]:
    return [one for check in checks() if check.title.en in OURS for one in check.run() if one is not None]


def forged(query: str) -> set[tuple[str, str]]:
    """What is named once a value is changed past the triggers and everything sealed anew."""
    assert past_triggers(query) == 1
    sealing.seal_again(sealed_tables())
    return {(one.place, one.what) for one in problems()}


def make_judged():
    """Three cases, graded by a drawn panel, with sums chosen by grade."""
    city = make_city()
    call, cases = make_evaluation(city, 3, reserve_wan=120)
    draw = make_draw(city)
    panel = make_panel(call, city.officer, draw.memberships(), draw=draw)
    put_before(panel, cases, city.officer)
    best = {case.pk: str(9 - place) for place, case in enumerate(cases)}
    assert graded(panel, city.officer, lambda case, _place: best[case.pk]) == {}
    sums = {case.number: 10 * WAN for case in cases[:2]}
    given = {"actor": city.decider, "at": AFTER}
    allocations.choose(call, "grade", Terms(allocations.PARTS), sums, "按等次", **given)
    return panel, cases


@pytest.fixture(scope="module")
def once(for_all):
    return for_all(make_judged)


@pytest.fixture
def judged(once):
    return deepcopy(once)


def test_nothing_is_wrong_with_what_a_panel_and_its_decider_have_done(judged):
    assert problems() == []


@pytest.mark.parametrize(
    ("table", "change", "what"),
    [
        ("experts_draw", "seats = seats + 1", {"pool_hash", "drawn.7"}),
        ("experts_draw", "commitment = repeat('0', 64)", {"commitment"}),
        ("experts_outcome", "witness = 'x'", None),
        ("experts_drawn", "place = 99", None),
    ],
)
def test_a_changed_draw_is_named(judged, table, change, what):
    panel, _ = judged
    with_one = "AND place = 1" if table == "experts_drawn" else ""
    owner = "id" if table == "experts_draw" else "draw_id"

    found = forged(f"UPDATE {table} SET {change} WHERE {owner} = {panel.draw_id} {with_one}")

    assert {place for place, _ in found} == {f"draw:{panel.draw.number}"}
    assert what is None or what & {name for _, name in found}


def test_a_changed_score_on_a_sealed_sheet_is_named_with_what_follows_from_it(judged):
    panel, (case, *_) = judged
    sheet = Sheet.objects.get(assignment__case=case, assignment__seat__place=1)

    found = forged(
        f"UPDATE fulfilment_sheet SET scores = jsonb_set(scores, '{{clients}}', '2') WHERE id = {sheet.pk}"
    )

    assert {(f"sheet:{sheet.pk}", "hash"), (f"sheet:{sheet.pk}", "content")} < found
    assert (f"meeting:{panel.pk}", f"case {case.pk}: raw") in found


def test_a_changed_result_in_a_meeting_is_named(judged):
    panel, (case, *_) = judged

    found = forged(
        f"UPDATE fulfilment_meeting SET basis = jsonb_set(basis, '{{{case.pk},normalised}}', '9999') "
        f"WHERE panel_id = {panel.pk}"
    )

    assert found == {(f"meeting:{panel.pk}", "hash"), (f"meeting:{panel.pk}", f"case {case.pk}: normalised")}


def test_a_changed_grade_is_named_at_the_meeting_and_at_the_case(judged):
    panel, (case, *_) = judged
    one = Proposal.objects.get(case=case)

    found = forged(f"UPDATE fulfilment_proposal SET grade = 'pass' WHERE id = {one.pk}")

    assert found == {
        (f"meeting:{panel.pk}", "hash"),
        (f"meeting:{panel.pk}", f"case {case.pk}: grade"),
        (f"case:{case.number}", "grade"),
    }


def test_a_changed_grade_of_the_case_alone_is_named(judged):
    _, (case, *_) = judged

    found = forged(f"UPDATE fulfilment_case SET score = 1 WHERE id = {case.pk}")

    assert found == {(f"case:{case.number}", "score")}


def test_a_meeting_without_its_quorum_is_named(judged):
    panel, cases = judged
    past_triggers("DELETE FROM fulfilment_meeting_present WHERE seat_id IN "
                  f"(SELECT id FROM fulfilment_seat WHERE panel_id = {panel.pk} AND place > 3)")  # fmt: skip
    sealing.seal_again(sealed_tables())

    found = {(one.what, one.found, one.expected) for one in problems() if "quorum" in one.what}

    assert found == {(f"case {case.pk}: quorum", "3", ">= 4") for case in cases}


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ("{0,amount_fen}", "1", "sums"),
        ("{0,proposed_fen}", "1", "grade: "),
        ("{0,ceiling_fen}", "1", "proposed: grade"),
    ],
)
def test_a_changed_sum_of_an_allocation_is_named(judged, path, value, what):
    found = forged(f"UPDATE fulfilment_allocation SET lines = jsonb_set(lines, '{path}', '{value}')")

    assert any(name.startswith(what) for _, name in found)
    assert {place.partition(":")[0] for place, _ in found} == {"allocation"}


def test_a_changed_total_of_an_alternative_is_named(judged):
    found = forged("UPDATE fulfilment_allocation SET proposed = jsonb_set(proposed, '{rank}', '1')")

    assert {name for _, name in found} == {"proposed", "proposed: rank"}
