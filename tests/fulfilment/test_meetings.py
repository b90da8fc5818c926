"""The meeting of a panel: its conclusion, the grade as a fact, and what a change of facts voids."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse

from api.programs import program
from factories import AT, make_membership, make_organisation
from fulfilment.city import WAN, manager_of
from fulfilment.judged import (
    AFTER,
    assignment_of,
    conclude,
    graded,
    make_evaluation,
    make_experts,
    make_panel,
    meet,
    opened,
    points,
    put_before,
    recuse,
    score,
    score_all,
    scoring,
)
from fulfilment.office import signed_in
from fulfilment.test_every_benefit import state_facts
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applying, workflow
from kechuang.fulfilment.assessing import assess_case
from kechuang.fulfilment.dossier import dossier_of
from kechuang.fulfilment.judging import (
    allocations,
    meetings,
    queries,
    sheets,
)
from kechuang.fulfilment.judging.allocating import Terms
from kechuang.fulfilment.judging.models import Question
from kechuang.journal.models import Event
from kechuang.registry import actions as registry
from kechuang.registry.files import path_of
from kechuang.registry.models import Evidence, Fact

pytestmark = pytest.mark.django_db
TERMS = Terms(allocations.PARTS)


@pytest.fixture
def before(city):
    """A case before a panel that is scoring."""
    return scoring(city)


def test_an_outlier_is_asked_for_a_reason_and_the_meeting_waits_for_it(before, city):
    panel, case = before
    score_all(panel, points("9", "9", "9", "9", "3"))
    opened(panel)
    meet(panel, city.officer)
    (question,) = Question.objects.all()

    with pytest.raises(Refused, match="unexplained"):
        conclude(panel)
    sheets.answer(question, "指标口径与材料不符。", actor=question.sheet.assignment.seat.membership, at=AFTER)
    meeting = conclude(panel)

    assert question.sheet.assignment.seat.place == 5
    assert meeting.basis[str(case.pk)]["raw"] == 7800
    assert meeting.basis[str(case.pk)]["trimmed"] == 9000


def test_the_meeting_needs_its_quorum_and_only_the_chair_concludes(before, city):
    panel, _ = before
    score_all(panel, points(*["9"] * 5))
    opened(panel)
    seats = list(panel.seats.values_list("pk", flat=True))
    meet(panel, city.officer, present=seats[:3])

    with pytest.raises(Refused, match="4 must be"):
        conclude(panel)
    with pytest.raises(Refused, match="chair"):
        meetings.conclude(panel, actor=panel.seats.get(place=2).membership, at=AFTER)


def test_leaving_the_band_needs_a_reason_and_dissent_stays_beside_the_conclusion(before, city):
    panel, case = before
    score_all(panel, points(*["9"] * 5))
    opened(panel)
    meet(panel, city.officer)

    with pytest.raises(Refused, match="leaves the band"):
        meetings.propose(panel, {case.pk: meetings.Proposed("good")}, actor=city.officer, at=AFTER)
    meetings.propose(
        panel,
        {case.pk: meetings.Proposed("good", "服务企业中有两家重复计算。")},
        actor=city.officer,
        at=AFTER,
    )
    meetings.dissent(panel, case, "应评优秀。", actor=panel.seats.get(place=2).membership, at=AFTER)
    meeting = conclude(panel)

    assert meetings.told(meeting)["dissents"] == [[case.pk, 2, "应评优秀。"]]
    assert Event.objects.get(kind="meeting.concluded").data["hash"] == meeting.hash
    with pytest.raises(Refused):
        meetings.dissent(panel, case, "再说一次。", actor=panel.seats.get(place=3).membership, at=AFTER)


def test_a_veto_by_more_than_half_fails_the_case_whatever_its_score(before, city):
    panel, case = before
    for place in range(1, 6):
        more = {"vetoes": {"false_material": "合同系伪造。"}} if place < 4 else {}
        score(assignment_of(panel, case, place), "10", **more)
    opened(panel)
    meet(panel, city.officer)
    conclude(panel)
    assert meetings.grade_all(panel, actor=city.officer, at=AFTER) == {}

    case.refresh_from_db()
    assert (case.grade, case.rank) == ("fail", None)
    assert assess_case(case, AFTER).amount_fen is None
    with pytest.raises(Refused, match="conditions do not hold"):
        workflow.apply(case, "determine", actor=city.decider, at=AFTER, amount=WAN)


def test_the_grade_is_a_fact_decided_here_and_opinions_given_before_stand(before, city):
    panel, case = before

    assert graded(panel, city.officer, points(*["9"] * 5)) == {}

    fact = Fact.objects.get(organisation=case.organisation, field="grade", known_to__isnull=True)
    case.refresh_from_db()
    assert (fact.value, fact.source, fact.stated_by) == ("excellent", "decision", city.officer)
    assert assess_case(case, AFTER).supposed is False
    determined = workflow.apply(case, "determine", actor=city.decider, at=AFTER, amount=30 * WAN)
    assert determined.determined_fen == 30 * WAN


def test_facts_that_change_after_the_grade_void_it_with_the_opinions_they_touch(before, city):
    panel, case = before
    graded(panel, city.officer, points(*["9"] * 5))
    case.refresh_from_db()
    manager = manager_of(case)
    registry.state(
        case.organisation, "agencies", "clients", 3, key="high_tech_cultivation|2025", actor=manager, at=AFTER
    )

    with pytest.raises(Refused, match="have changed"):
        workflow.apply(case, "determine", actor=city.decider, at=AFTER, amount=WAN)
    case = workflow.apply(case, "renew", actor=city.officer, at=AFTER + timedelta(minutes=1))

    assert (case.grade, case.state) == ("", "submitted")
    assert not case.panel_cases.filter(left_at__isnull=True).exists()


def test_a_grade_below_what_the_clause_asks_gives_nothing(city):
    call, (case,) = make_evaluation(city, 1, benefit="14.transfer_agency")
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)

    graded(panel, city.officer, points(*["8"] * 5))

    case.refresh_from_db()
    assert (case.grade, assess_case(case, AFTER).amount_fen) == ("good", None)
    table = allocations.table(call, TERMS, actor=city.decider, at=AFTER)
    assert (table.lines, table.rows[0].why is not None) == ([], True)


def test_the_same_thing_with_an_earlier_record_only_enters_with_what_stays_and_shows_its_earlier_grade(city):
    call, _ = make_evaluation(city, 0, benefit="14.transfer_agency")
    manager = make_membership(Role.MANAGER, make_organisation(kind="agency"))
    state_facts(manager, {"agencies": [
        {"kind": "technology_transfer", "level": "municipal", "filed_on": AT.date().replace(year=2021), "year": 2024,
         "grade": "good", "clients": 8},
    ]})  # fmt: skip
    (key,) = [
        one for one in applying.keys_to_apply_for(call, manager.organisation, AT) if one.endswith("2025")
    ]
    case = applying.probe(call, manager.organisation, AT, key)

    assert assess_case(case, AT).amount_fen == 10 * WAN
    assert queries.beside_scores([case], AT)[case.pk][1][0][0] == 2024


# -- the signed minutes


def held(city, pdf_upload, cases=2):
    """A concluded meeting about two cases, with signed minutes, graded."""
    call, judged = make_evaluation(city, cases)
    panel = make_panel(call, city.officer)
    put_before(panel, judged, city.officer)
    score_all(panel, points(*["9"] * 5))
    opened(panel)
    kept = registry.keep_evidence(pdf_upload, city.officer.organisation, actor=city.officer, at=AT)
    meet(panel, city.officer, file=kept)
    meet(panel, city.officer, text="经讨论，同意各件得分，修改一处。")
    meeting = conclude(panel)
    meetings.grade_all(panel, actor=city.officer, at=AFTER)
    return panel, judged, meeting


@pytest.mark.usefixtures("clock_at")
def test_signed_minutes_stay_with_the_meeting_and_its_hash_and_go_to_who_may_have_them(city, pdf_upload):
    panel, (case, other), meeting = held(city, pdf_upload)
    auditor = make_membership(Role.AUDITOR, make_organisation(kind="government"))
    address = reverse("evidence", args=[meeting.file_id])
    colleague = make_membership(Role.OFFICER, city.officer.organisation)
    recuse(colleague, other.organisation)

    def answer(who):
        response = signed_in(who).get(address)
        response.getvalue()  # a file is closed by whoever has read it
        return response.status_code

    assert meetings.told(meeting)["file"] == meeting.file.hash
    assert {answer(one) for one in (city.officer, city.decider, auditor)} == {200}
    assert answer(panel.seats.first().membership) == 200
    assert program(city.officer)(f"panels/{panel.pk}/meeting")[1]["file"] == meeting.file_id
    assert program(colleague)(f"panels/{panel.pk}/meeting")[1]["file"] is None
    assert answer(colleague) == 404
    assert answer(manager_of(case)) == 404
    assert answer(make_experts(1)[0]) == 404
    assert meeting.file.hash in signed_in(auditor).get(f"/panels/{panel.pk}/").content.decode()
    assert meeting.file.hash not in signed_in(colleague).get(f"/panels/{panel.pk}/").content.decode()


def test_the_dossier_of_each_case_holds_the_signed_minutes_unless_its_reader_stays_away_from_another(
    city, pdf_upload
):
    _, (case, other), meeting = held(city, pdf_upload)
    colleague = make_membership(Role.OFFICER, city.officer.organisation)
    recuse(colleague, other.organisation)
    name = f"evidence/{meeting.file.hash[:12]}-{meeting.file.name}"

    for one in Evidence.objects.exclude(pk=meeting.file_id):  # of files that these stories only name
        path_of(one.hash).parent.mkdir(parents=True, exist_ok=True)
        path_of(one.hash).write_bytes(b"%PDF")

    def members(reader):
        return zipfile.ZipFile(io.BytesIO(dossier_of(case, AFTER, reader=reader))).namelist()

    assert name in members(city.officer)
    assert name in members(None)
    assert name not in members(colleague)
