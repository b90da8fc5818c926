"""What pages of cases, notices and awards tell, by the API: papers, progress, content, lists and their files."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.programs import program, statuses
from factories import AT, make_department, make_membership, make_organisation
from fulfilment.city import (
    at_noon,
    carried_to,
    make_appropriation,
    make_call,
    make_case,
    make_grower,
    make_twin,
    manager_of,
)
from fulfilment.office import noticed, paid, reviewed
from kechuang.accounts.models import Recusal
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.entitlements.models import Sweep
from kechuang.fulfilment import applying, casework, notices, workflow
from kechuang.journal import statements
from kechuang.journal.models import Event
from kechuang.registry import actions as registry
from registry.factories import upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]
GATES = [{"gate": "credit", "days": 5, "silence": "agree"}]
DOCUMENTS = [{"key": "audit", "title": {"zh": "审计报告", "en": "Audit report"}, "why": {"zh": "", "en": ""}}]
NOT_HERE = [404, 404, 401]


@pytest.fixture(autouse=True)
def _no_limit_on_requests(settings):
    settings.API_RATE = 0


def sent(city, call=None, manager=None):
    return carried_to(city, make_case(call or make_call(city), manager), "submitted")


def foreigners(city):
    """Who is not the applicant: another firm, the office, nobody."""
    return make_grower(), city.officer, None


def rows_of(book: bytes) -> list[tuple]:
    return list(openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows(values_only=True))


def test_an_applicant_reads_its_receipt_and_takes_it_as_pdf(city):
    case = sent(city)
    ask, path = program(manager_of(case)), f"applications/{case.number}/receipt"

    status, told = ask(path)
    _, paper = ask(f"{path}.pdf")

    event = Event.objects.get(kind="case.submit", subject=f"case:{case.pk}")
    assert status == 200
    assert (told["event"], told["hash"], told["declared_fen"]) == (event.number, event.hash, 15_000_000)
    assert {one["hash"] for one in told["sections"]} == set(case.sections.values())
    assert paper[:5] == b"%PDF-"
    assert statuses(path, *foreigners(city)) == NOT_HERE
    assert statuses(f"{path}.pdf", *foreigners(city)) == NOT_HERE


def test_there_is_no_receipt_before_anything_was_received(city):
    case = make_case(make_call(city))

    assert program(manager_of(case))(f"applications/{case.number}/receipt")[0] == 404


def test_a_decision_is_read_word_for_word_and_taken_as_pdf(city):
    (case,) = paid(city)
    ask, path = program(manager_of(case)), f"applications/{case.number}"

    _, told = ask(f"{path}/progress")
    status, paper = ask(f"{path}/decision.pdf?language=en")

    (decision,) = told["decisions"]
    kept = case.decisions.get()
    assert (decision["number"], decision["hash"], decision["letter"]) == (kept.number, kept.hash, kept.letter)
    assert (status, paper[:5]) == (200, b"%PDF-")
    assert ask(f"{path}/decision.pdf?of={kept.number}")[0] == 200
    assert ask(f"{path}/decision.pdf?of=none")[0] == 404
    assert statuses(f"{path}/decision.pdf", *foreigners(city)) == NOT_HERE


def test_progress_tells_where_a_case_stands_and_names_offices_not_officers(city):
    case = carried_to(city, make_case(make_call(city)), "recommended")
    ask, path = program(manager_of(case)), f"applications/{case.number}/progress"

    _, told = ask(path)

    assert (told["state"], told["mine"]) == ("recommended", False)
    assert [one["kind"] for one in told["done"]][:2] == ["case.recommend", "case.submit"]
    assert city.district.user.name not in told["done"][0]["who"]
    assert manager_of(case).user.name in told["done"][1]["who"]
    assert told["next_step"]["zh"]
    assert statuses(path, *foreigners(city)) == NOT_HERE


def test_progress_tells_payments_and_what_was_found_against_the_organisation(city):
    (case,) = paid(city)
    hearing = AT.date() + timedelta(days=60)
    workflow.apply(
        case,
        "find_breach",
        actor=city.officer,
        at=AT + timedelta(days=40),
        reason="材料不实。",
        hearing_on=hearing,
    )

    _, told = program(manager_of(case))(f"applications/{case.number}/progress")

    assert [(one["amount_fen"], one["state"]) for one in told["payments"]] == [(15_000_000, "paid")]
    (finding,) = told["findings"]
    assert (finding["ground"], finding["hearing_on"], finding["back_fen"]) == (
        "材料不实。",
        str(hearing),
        None,
    )
    assert told["mine"] is True


def test_an_application_tells_the_files_handed_in_so_that_they_can_be_taken_out(city, settings, data_folder):
    settings.EVIDENCE_ROOT, settings.CLAMD = data_folder / "evidence", ""
    case = make_case(make_call(city, documents=DOCUMENTS))
    key, ask = DOCUMENTS[0]["key"], program(manager_of(case))
    kept = registry.keep_evidence(upload(), case.organisation, actor=manager_of(case), at=AT)
    ask(f"applications/{case.number}/documents", {"key": key, "evidence": kept.pk})

    _, told = ask(f"applications/{case.number}")

    (file,) = told["documents"]
    assert told["account"]["holder"] == case.organisation.name
    assert (file["key"], file["evidence"], file["hash"]) == (key, kept.pk, kept.hash)
    taken = {"revision": told["revision"]}
    _, after = ask(f"applications/{case.number}/documents/{file['id']}/remove", taken)
    assert after["documents"] == []


def test_a_file_handed_in_is_not_open_to_a_department_that_does_not_see_the_case(city, settings, data_folder):
    settings.EVIDENCE_ROOT, settings.CLAMD = data_folder / "evidence", ""
    case = make_case(make_call(city, documents=DOCUMENTS))
    kept = registry.keep_evidence(upload(), case.organisation, actor=manager_of(case), at=AT)
    program(manager_of(case))(
        f"applications/{case.number}/documents", {"key": DOCUMENTS[0]["key"], "evidence": kept.pk}
    )
    carried_to(city, case, "submitted")
    other = make_membership(Role.OFFICER, make_department("市农业农村局"))

    answers = [program(one)(f"registry/evidence/{kept.pk}/file")[0] for one in (city.officer, other)]

    assert answers == [200, 404]


def test_a_notice_is_taken_as_pdf_by_anybody(city):
    notice, _ = noticed(city)

    answer = Client().get(f"/api/notices/{notice.number}/notice.pdf")

    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (
        200,
        "application/pdf",
        b"%PDF-",
    )
    assert Client().get("/api/notices/2026-0-00-N1/notice.pdf").status_code == 404


def test_an_office_reads_facts_documents_acts_notes_and_people_of_a_case(city):
    case = carried_to(city, make_case(make_call(city)), "accepted")
    casework.note(case, "已电话核对。", actor=city.officer, at=AT)

    _, told = program(city.officer)(f"cases/{case.number}/content")

    fields = {
        one["field"]: one for part in told["facts"] for record in part["records"] for one in record["fields"]
    }
    assert fields["rd_spend"]["source"]["en"] == "declared"
    assert fields["rd_spend"]["fact"]
    assert [one["key"] for one in told["documents"]] == [one["key"] for one in case.call.documents]
    assert told["acts"][0]["kind"] == "case.accept"
    assert [one["text"] for one in told["notes"]] == ["已电话核对。"]
    assert {one["kind"] for one in told["opinions"]} == {"recommendation", "acceptance"}
    assert any(manager_of(case).user.name in one for one in told["people"])
    assert told["changed"] == []


def test_an_overlap_is_listed_with_what_an_officer_said_of_it(city):
    case = sent(city)
    other = carried_to(city, make_twin(make_call(city), case), "submitted")

    _, told = program(city.officer)(f"cases/{case.number}/content")

    assert [(one["case"], one["decided"]) for one in told["overlaps"]] == [(other.number, False)]


def test_a_reviewer_reads_what_its_gate_rests_on_and_no_notes_sums_or_people(city):
    case = reviewed(city, carried_to(city, make_case(make_call(city, gates=GATES, quorum=1)), "accepted"))
    casework.note(case, "内部备注", actor=city.officer, at=AT)

    status, told = program(city.reviewers["credit"])(f"cases/{case.number}/content")

    assert status == 200
    assert (told["reason"], told["cap_left_fen"]) == (None, None)
    assert told["notes"] == told["acts"] == told["people"] == told["overlaps"] == []
    assert {one["kind"] for one in told["opinions"]} == {"credit"}


def test_the_content_of_a_case_is_for_those_who_see_it(city):
    case = sent(city)
    elsewhere = make_membership(Role.OFFICER, make_department("市卫生健康委"))
    people = (make_membership(Role.LEADER), elsewhere, manager_of(case), make_membership(Role.EXPERT), None)

    assert statuses(f"cases/{case.number}/content", *people) == [200, 404, 404, 404, 401]


def test_the_content_takes_the_same_queries_however_much_was_said(city, django_assert_num_queries):
    case, ask = sent(city), program(city.officer)
    casework.note(case, "一", actor=city.officer, at=AT)
    ask(f"cases/{case.number}/content")
    with CaptureQueriesContext(connection) as few:
        ask(f"cases/{case.number}/content")
    for text in "二三四五六":
        casework.note(case, text, actor=city.officer, at=AT)
    with django_assert_num_queries(len(few)):
        ask(f"cases/{case.number}/content")


def test_what_waits_is_told_act_by_act_and_lists_its_cases(city):
    call = make_call(city)
    waiting = carried_to(city, make_case(call), "recommended")
    sent(city, call)
    ask = program(city.officer)

    _, told = ask("tasks")
    _, listed = ask("cases?act=accept")

    counts = {one["act"]: one["count"] for one in told["tasks"]}
    assert counts["accept"] == 1
    assert [one["number"] for one in listed["cases"]] == [waiting.number]
    assert told["objections"] == {"count": 0, "first": None}
    assert ask("cases?act=pay")[0] == 404
    assert statuses("tasks", make_membership(Role.LEADER), make_grower(), None) == NOT_HERE


def test_cases_are_narrowed_and_come_as_a_workbook(city):
    first, second = sent(city), sent(city)
    ask = program(city.officer)

    _, by_call = ask(f"cases?call={first.call.number}")
    _, by_name = ask(f"cases?q={second.organisation.name}")
    _, late = ask("cases?overdue=true")
    _, book = ask(f"cases.xlsx?call={first.call.number}&column=number&column=uscc&language=en")

    assert [one["number"] for one in by_call["cases"]] == [first.number]
    assert [one["number"] for one in by_name["cases"]] == [second.number]
    assert late["count"] == 0
    assert rows_of(book) == [("Number", "Credit code"), (first.number, first.organisation.uscc)]
    assert statuses("cases.xlsx", manager_of(first), make_membership(Role.EXPERT), None) == NOT_HERE


def test_whom_one_stays_away_from_is_in_no_list_no_file_and_no_content(city):
    case = sent(city)
    Recusal.objects.create(
        user=city.officer.user, organisation=case.organisation, ground="kin", source="tie:1", began_at=AT
    )
    ask = program(city.officer)

    assert ask("cases")[1]["count"] == 0
    assert len(rows_of(ask("cases.xlsx")[1])) == 1
    assert ask(f"cases/{case.number}/content")[0] == 404


def test_lists_take_the_same_queries_however_many(city, django_assert_num_queries):
    call, ask = make_call(city), program(city.officer)
    sent(city, call)
    paths = ("tasks", "cases?act=recommend", "cases.xlsx", "cases")
    with CaptureQueriesContext(connection) as few:
        for path in paths:
            ask(path)
    for _ in range(3):
        sent(city, call)
    with django_assert_num_queries(len(few)):
        for path in paths:
            ask(path)


def test_a_department_reads_its_drafts_whole_and_the_money_for_calls(city):
    money, ask = make_appropriation(city), program(city.officer)
    window = {"opens_at": "2026-03-03T09:00:00+08:00", "closes_at": "2026-03-31T17:30:00+08:00"}
    plan = {"benefit": "9.rd_growth", "year": 2025, "on": "2026-03-02", "appropriation": money.pk}

    _, offered = ask("offices/appropriations?year=2026")
    _, drafted = ask("offices/calls", plan | window)
    _, read = ask(f"offices/calls/{drafted['number']}")

    assert [(one["id"], one["free_fen"]) for one in offered["appropriations"]] == [
        (money.pk, money.amount_fen)
    ]
    assert read["guide"]["zh"]
    assert (read["rule"], read["revision"]) == ("pro_rata", drafted["revision"])
    assert statuses("offices/appropriations", make_grower(), make_membership(Role.LEADER), None) == NOT_HERE


def swept(city, *organisations):
    found = Sweep.objects.create(
        benefit="9.rd_growth", version=releasing.version_in_force(), on=AT.date(), year=2025, known_at=AT,
        state=Sweep.State.DONE, started_by=city.officer, started_at=AT,
    )  # fmt: skip
    for one in organisations:
        found.lines.create(organisation=one, outcome="may_apply", amount_fen=15_000_000)
    found.lines.create(organisation=make_organisation(), outcome="not_eligible", because="growth")
    return found


def test_a_department_reads_whom_a_sweep_found_and_to_whom_the_award_is_offered(city):
    first, second = make_grower(), make_grower()
    sweep = swept(city, first.organisation, second.organisation)
    call = make_call(city, sweep=sweep)
    chosen = sweep.lines.filter(organisation=first.organisation)
    applying.offer(call, chosen, actor=city.officer, at=AT)
    ask, path = program(city.officer), f"offices/calls/{call.number}/swept"

    _, inside = ask(path)
    _, outside = ask(f"{path}?outside=true")

    assert (inside["count"], inside["inside"], inside["outside"]) == (2, 2, 1)
    assert {one["uscc"]: one["offered"] for one in inside["lines"]} == {
        first.organisation.uscc: True,
        second.organisation.uscc: False,
    }
    assert inside["lines"][0]["id"] == chosen.get().pk
    assert outside["lines"][0]["reason"]["zh"]
    elsewhere = make_membership(Role.OFFICER, make_department("市卫生健康委"))
    assert statuses(path, elsewhere, first, None) == NOT_HERE
    assert ask(f"offices/calls/{make_call(city).number}/swept")[0] == 404


def test_lines_of_a_sweep_take_the_same_queries_however_many(city, django_assert_num_queries):
    few_lines = make_call(city, sweep=swept(city, make_organisation()))
    many_lines = make_call(city, sweep=swept(city, *(make_organisation() for _ in range(8))))
    ask = program(city.officer)
    ask(f"offices/calls/{few_lines.number}/swept")

    with CaptureQueriesContext(connection) as few:
        ask(f"offices/calls/{few_lines.number}/swept")
    with django_assert_num_queries(len(few)):
        ask(f"offices/calls/{many_lines.number}/swept")


def test_one_objection_is_read_by_the_office_that_answers_it(city):
    notice, _ = noticed(city)
    said = notices.Said("王某", "wang@example.com", "金额有误", "重新核定")
    made = notices.object_to(notice.lines.first(), said, at=at_noon(notice.first_day))
    path = f"offices/objections/{made.number}"

    _, told = program(city.officer)(path)

    assert (told["notice"], told["ground"], told["state"]) == (notice.number, "金额有误", "open")
    elsewhere = make_membership(Role.OFFICER, make_department("市卫生健康委"))
    assert statuses(path, make_membership(Role.LEADER), elsewhere, make_grower(), None) == [
        200,
        404,
        404,
        401,
    ]


def test_paid_awards_are_read_by_anybody_with_persons_masked_and_taken_as_files(city):
    (case,) = paid(city)
    person = make_grower(name="王小明")
    paid(city, person)
    person.organisation.kind = "person"
    person.organisation.save()

    told = Client().get("/api/awards").json()
    narrowed = Client().get(f"/api/awards?q={case.number}").json()
    book = Client().get("/api/awards.xlsx").content
    text = Client().get("/api/awards.csv?year=2025").content.decode("utf-8-sig")

    assert (told["count"], told["paid_fen"]) == (2, 30_000_000)
    assert (told["awards"][0]["name"], told["awards"][0]["code"]) == ("王某某", "")
    (one,) = narrowed["awards"]
    assert (one["case"], one["code"], one["paid_fen"]) == (case.number, case.organisation.uscc, 15_000_000)
    assert len(rows_of(book)) == 3
    assert case.number in text
    assert "王小明" not in text


@pytest.mark.parametrize(
    ("asked", "count"), [("", 1), ("year=2025", 1), ("year=1999", 0), ("measure=99", 0), ("q=%25", 0)]
)
def test_what_anybody_writes_into_the_address_of_awards_is_answered_and_no_statement_kept(
    city, monkeypatch, asked, count
):
    paid(city)
    monkeypatch.setattr(statements, "_STATEMENTS", {})

    page = Client().get(f"/awards/?{asked}")

    assert (page.status_code, page.context["sums"]["count"], len(page.context["rows"])) == (200, count, count)
    kept = [key for key in statements._STATEMENTS if asked and str(asked.partition("=")[2]) in str(key)]
    assert bool(kept) == (asked == "year=2025")


def test_paid_awards_take_the_same_queries_however_many(city, django_assert_num_queries):
    paid(city)
    with CaptureQueriesContext(connection) as few:
        Client().get("/api/awards")
    paid(city, make_grower(), make_grower())
    with django_assert_num_queries(len(few)):
        Client().get("/api/awards")


def test_a_filter_that_does_not_exist_is_refused_and_not_ignored(city):
    officer = program(city.officer)

    asked = ("projects?kind=x", "projects.xlsx?kind=x", "cases.xlsx?column=number&column=nope")

    assert [officer(path)[0] for path in asked] == [422, 422, 422]
    assert officer(asked[2])[1]["errors"][0]["pointer"] == "/column/1"
    assert [
        officer(path)[0] for path in ("projects?kind=late", "projects?kind=", "cases.xlsx?column=number")
    ] == [
        200,
        200,
        200,
    ]


def test_projects_come_as_a_workbook_for_offices(city):
    status, book = program(city.officer)("projects.xlsx")

    assert status == 200
    assert len(rows_of(book)) == 1
    assert statuses("projects.xlsx", make_grower(), make_membership(Role.EXPERT), None) == NOT_HERE
