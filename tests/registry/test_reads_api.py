"""Profiles, histories, files and rows of lists by the API: what the pages of the register tell."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.programs import program, statuses
from factories import AT, make_department, make_membership, make_organisation
from kechuang.accounts.models import Recusal
from kechuang.accounts.roles import Role
from kechuang.registry import actions
from registry.factories import PDF, apply, high_tech, take, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_a_known_time_in_a_folder_of_its_own(settings, data_folder, monkeypatch):
    settings.EVIDENCE_ROOT = data_folder / "evidence"
    settings.API_RATE, settings.CLAMD = 0, ""
    monkeypatch.setattr(timezone, "now", lambda: AT)


@pytest.fixture
def officer():
    return make_membership(Role.OFFICER, make_department())


@pytest.fixture
def clerk():
    return make_membership(Role.CLERK)


def sheet_of(data: bytes):
    return openpyxl.load_workbook(io.BytesIO(data)).active


def names(read):
    return [one["name"] for one in read["organisations"]]


def test_an_office_finds_organisations_by_name_district_and_status(officer):
    firm = make_organisation(name="威海海纳科技有限公司", district="371002")
    make_organisation(name="荣成海工有限公司", district="371082")
    apply(take([high_tech(firm)], officer), officer)
    ask = program(officer)

    _, by_name = ask("registry/organisations?q=海纳")
    _, by_district = ask("registry/organisations?district=371082")
    _, by_status = ask("registry/organisations?status=high_tech_enterprise")

    assert names(by_name) == names(by_status) == [firm.name]
    assert names(by_district) == ["荣成海工有限公司"]
    assert by_status["organisations"][0]["statuses"] == [{"status": "high_tech_enterprise", "holds": True}]
    assert by_status["count"] == 1


def test_a_district_finds_its_own_organisations_alone():
    here, there = make_organisation(district="371002"), make_organisation(district="371082")
    ask = program(make_membership(Role.DISTRICT, make_department("环翠区科技局"), scope="371002"))

    _, read = ask("registry/organisations")

    assert here.name in names(read)
    assert there.name not in names(read)
    assert ask(f"registry/organisations/{here.pk}")[0] == 200
    assert ask(f"registry/organisations/{there.pk}")[0] == 404


def test_whom_one_stays_away_from_is_in_no_list_no_file_and_no_profile(officer):
    firm = make_organisation(name="威海避嫌有限公司")
    Recusal.objects.create(user=officer.user, organisation=firm, ground="kin", source="tie:1", began_at=AT)
    ask = program(officer)

    _, read = ask("registry/organisations?q=避嫌")
    _, book = ask("registry/organisations.xlsx?q=避嫌")

    assert read["count"] == 0
    assert sheet_of(book).max_row == 1
    for path in ("", "/facts", "/evidence"):
        assert ask(f"registry/organisations/{firm.pk}{path}")[0] == 404


def test_organisations_come_with_the_same_queries_however_many(officer, django_assert_num_queries):
    ask = program(officer)
    apply(take([high_tech(make_organisation())], officer), officer)
    with CaptureQueriesContext(connection) as few:
        ask("registry/organisations")
    apply(take([high_tech(make_organisation(), f"GR{n}") for n in range(5)], officer), officer)
    with django_assert_num_queries(len(few)):
        ask("registry/organisations")


def test_the_list_of_organisations_is_a_workbook_in_the_language_asked_for(officer):
    firm = make_organisation(name="威海海纳科技有限公司")
    ask = program(officer)

    _, chinese = ask("registry/organisations.xlsx?q=海纳")
    _, english = ask("registry/organisations.xlsx?q=海纳&language=en")

    assert [cell.value for cell in sheet_of(chinese)[2]][:2] == [firm.uscc, firm.name]
    assert sheet_of(chinese)["B1"].value == "名称"
    assert sheet_of(english)["B1"].value == "Name"


def test_a_profile_tells_who_it_is_what_is_known_and_which_files(officer, clerk):
    kept = actions.keep_evidence(upload(PDF, "审计报告.pdf"), clerk.organisation, actor=clerk, at=AT)
    actions.state(
        clerk.organisation, "years", "sales", "3000万元", key="2025", actor=clerk, at=AT, evidence=kept
    )
    ask, path = program(officer), f"registry/organisations/{clerk.organisation_id}"

    _, told = ask(path)
    _, facts = ask(f"{path}/facts")
    _, files = ask(f"{path}/evidence")
    status, data = ask(f"registry/evidence/{kept.pk}/file")

    assert (told["uscc"], told["name"]) == (clerk.organisation.uscc, clerk.organisation.name)
    assert [(one["field"], one["value"], one["evidence"]) for one in facts["facts"]] == [
        ("sales", 3_000_000_000, kept.pk)
    ]
    assert [(one["id"], one["name"], one["hash"]) for one in files["files"]] == [
        (kept.pk, "审计报告.pdf", kept.hash)
    ]
    assert (status, data) == (200, PDF)


def test_facts_and_files_of_a_profile_take_the_same_queries_however_many(
    officer, clerk, django_assert_num_queries
):
    ask, path = program(officer), f"registry/organisations/{clerk.organisation_id}"

    def said(year):
        file = upload(PDF + str(year).encode())
        kept = actions.keep_evidence(file, clerk.organisation, actor=clerk, at=AT)
        actions.state(
            clerk.organisation, "years", "sales", "1元", key=str(year), actor=clerk, at=AT, evidence=kept
        )

    said(2025)
    with CaptureQueriesContext(connection) as few:
        ask(f"{path}/facts")
        ask(f"{path}/evidence")
    for year in range(2019, 2025):
        said(year)
    with django_assert_num_queries(len(few)):
        ask(f"{path}/facts")
        ask(f"{path}/evidence")


def test_files_are_for_roles_that_see_evidence_and_profiles_for_offices(officer, clerk):
    auditor, leader = make_membership(Role.AUDITOR), make_membership(Role.LEADER)
    reviewer, other = make_membership(Role.REVIEWER), make_membership(Role.CLERK)
    people, path = (
        (auditor, leader, reviewer, other, clerk, None),
        f"registry/organisations/{clerk.organisation_id}",
    )

    assert statuses("registry/organisations", *people) == [200, 200, 404, 404, 404, 401]
    assert statuses("registry/organisations.xlsx", *people) == [200, 200, 404, 404, 404, 401]
    assert statuses(path, *people) == [200, 200, 404, 404, 404, 401]
    assert statuses(f"{path}/facts", *people) == [200, 200, 404, 404, 404, 401]
    assert statuses(f"{path}/evidence", *people) == [200, 404, 404, 404, 404, 401]


def test_the_history_tells_all_that_was_said_of_a_field(officer, clerk):
    given = {"key": "2025", "at": AT}
    actions.state(clerk.organisation, "years", "sales", "3000万元", actor=clerk, **given)
    last = actions.state(clerk.organisation, "years", "sales", "3100万元", actor=clerk, **given)

    _, told = program(officer)(f"registry/facts/{last.pk}/history")
    _, own = program(clerk)(f"registry/facts/{last.pk}/history")

    assert told == own
    assert (told["record"], told["key"], told["field"]) == ("years", "2025", "sales")
    assert [(one["value"], one["prevails"]) for one in told["said"]] == [
        (3_100_000_000, True),
        (3_000_000_000, False),
    ]
    assert clerk.user.name in told["said"][0]["stated_by"]
    assert statuses(f"registry/facts/{last.pk}/history", make_membership(), None) == [404, 401]


def test_an_organisation_reads_its_own_files_and_takes_its_workbook(clerk):
    kept = actions.keep_evidence(upload(), clerk.organisation, actor=clerk, at=AT)
    other = make_membership()
    actions.keep_evidence(upload(PDF + b"x"), other.organisation, actor=other, at=AT)
    ask = program(clerk)

    _, files = ask("organisation/evidence")
    status, book = ask("organisation/workbook.xlsx")

    assert [one["id"] for one in files["files"]] == [kept.pk]
    assert ask(f"registry/evidence/{kept.pk}/file") == (200, PDF)
    assert (status, book[:2]) == (200, b"PK")
    assert statuses(f"registry/evidence/{kept.pk}/file", other, make_membership(Role.LEADER), None) == [
        404,
        404,
        401,
    ]
    for path in ("organisation/evidence", "organisation/workbook.xlsx"):
        assert statuses(path, make_membership(Role.OFFICER, make_department()), None) == [404, 401]


def test_rows_of_a_list_tell_what_changes_and_what_is_refused(officer, clerk):
    found = take([high_tech(clerk.organisation), high_tech("不是代码")], officer)
    ask = program(officer)

    _, added = ask(f"registry/lists/{found.pk}/rows")
    _, refused = ask(f"registry/lists/{found.pk}/rows?change=refused")
    _, book = ask(f"registry/lists/{found.pk}/errors.xlsx")

    (row,) = added["rows"]
    assert (row["code"], row["name"], row["after"]["kind"]) == (
        clerk.organisation.uscc, clerk.organisation.name, "high_tech_enterprise",
    )  # fmt: skip
    (fault,) = refused["rows"][0]["faults"]
    assert fault["remedy"]["zh"]
    assert sheet_of(book).max_row == 2
    assert ask(f"registry/lists/{found.pk}/rows?change=lost")[0] == 422


def test_rows_come_in_pages_with_the_same_queries_however_many(officer, django_assert_num_queries):
    ask = program(officer)
    one = take([high_tech(make_organisation())], officer)
    many = take([high_tech(make_organisation(), f"GR{n}") for n in range(101)], officer)

    with CaptureQueriesContext(connection) as few:
        ask(f"registry/lists/{one.pk}/rows")
    with django_assert_num_queries(len(few)):
        _, first = ask(f"registry/lists/{many.pk}/rows")
    _, second = ask(f"registry/lists/{many.pk}/rows?page=2")

    assert (first["count"], len(first["rows"]), len(second["rows"])) == (101, 100, 1)


def test_lists_are_for_departments_and_auditors_and_templates_for_officers(officer, clerk):
    found = take([high_tech(clerk.organisation)], officer)
    people = (make_membership(Role.AUDITOR), make_membership(Role.LEADER), clerk, None)

    assert statuses(f"registry/lists/{found.pk}/rows", *people) == [200, 404, 404, 401]
    assert statuses(f"registry/lists/{found.pk}/errors.xlsx", *people) == [200, 404, 404, 401]
    assert statuses("registry/list-template.xlsx?record=statuses", officer, *people) == [
        200,
        404,
        404,
        404,
        401,
    ]
    assert program(officer)("registry/list-template.xlsx?record=nothing")[0] == 404


def test_one_dispute_is_read_by_its_organisation_and_by_the_office(officer, clerk):
    fact = actions.state(
        clerk.organisation, "years", "rd_spend", "1元", key="2025", actor=officer, at=AT, source="list"
    )
    made = actions.raise_correction(fact, "2元", "填错", actor=clerk, at=AT)

    _, told = program(clerk)(f"registry/corrections/{made.pk}")

    assert (told["fact"], told["proposed"], told["state"]) == (fact.pk, 200, "open")
    assert program(officer)(f"registry/corrections/{made.pk}") == (200, told)
    assert statuses(f"registry/corrections/{made.pk}", make_membership(), make_membership(Role.LEADER), None) == [
        404, 404, 401,
    ]  # fmt: skip
