"""Pages of evidence, lists and disputes: files are handed out with care, lists come and go, officers answer."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest

from factories import AT, make_membership, make_organisation
from kechuang.accounts.roles import Role
from kechuang.journal import clock
from kechuang.registry import actions, keys, working
from kechuang.registry.models import Correction, Evidence, Fact, ListImport
from registry.factories import PDF, STATUSES, apply, take, upload, workbook

pytestmark = pytest.mark.django_db
OFFICES = set(Role) - {Role.MANAGER, Role.CLERK, Role.REVIEWER, Role.EXPERT, Role.OPERATOR}


@pytest.fixture(autouse=True)
def at_a_known_time_in_a_folder_of_its_own(settings, data_folder, monkeypatch):
    settings.EVIDENCE_ROOT = data_folder / "evidence"
    settings.CLAMD = ""
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def clerk():
    return make_membership(Role.CLERK)


def spend(clerk, value="120万元", year="2025", **more):
    return actions.state(
        clerk.organisation,
        "years",
        "rd_spend",
        value,
        key=year,
        actor=more.pop("actor", clerk),
        at=AT,
        **more,
    )


def listed(clerk, officer):
    """A figure that a department gave."""
    return spend(clerk, "80万元", actor=officer, source=Fact.Source.LIST)


def text(response):
    return response.content.decode()


def test_evidence_is_handed_out_as_a_file_to_keep_without_any_rights(client, clerk):
    client.force_login(clerk.user)
    client.post("/organisation/evidence/", {"file": upload(PDF, "证明.pdf")})
    evidence = Evidence.objects.get()

    response = client.get(f"/evidence/{evidence.pk}/")

    assert b"".join(response.streaming_content) == PDF
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("scan", ["waiting", "infected"])
def test_a_file_that_is_not_clean_is_handed_to_nobody(client, clerk, scan):
    evidence = actions.keep_evidence(upload(), clerk.organisation, actor=clerk, at=AT)
    Evidence.objects.update(scan=scan)
    client.force_login(clerk.user)

    assert client.get(f"/evidence/{evidence.pk}/").status_code == 404


def test_evidence_is_seen_by_its_owner_departments_and_auditors_only(client, clerk):
    evidence = actions.keep_evidence(upload(), clerk.organisation, actor=clerk, at=AT)
    seen = []
    for role in Role:
        client.force_login(make_membership(role).user)
        response = client.get(f"/evidence/{evidence.pk}/")
        if response.status_code == 200:
            assert b"".join(response.streaming_content) == PDF
            seen.append(role)

    assert seen == [Role.OFFICER, Role.DECIDER, Role.AUDITOR]


def test_a_hostile_upload_is_answered_with_what_to_do(client, clerk):
    client.force_login(clerk.user)

    response = client.post("/organisation/evidence/", {"file": upload(b"<svg/>", "a.svg")})

    assert response.status_code == 422
    assert "请上传 PDF" in text(response)


def test_a_list_is_uploaded_compared_applied_and_undone_on_its_page(client, clerk, officer):
    client.force_login(officer.user)
    data = workbook(
        STATUSES, [clerk.organisation.uscc, "别的名字", "高新技术企业", "国家级", "GR1", date(2025, 11, 3)]
    )

    response = client.post(
        "/lists/new/", {"record": "statuses", "title": "2025 第二批", "file": upload(data, "名录.xlsx")}
    )
    found = ListImport.objects.get()
    assert response.headers["Location"] == f"/lists/{found.pk}/"
    assert "等待处理" in text(client.get(f"/lists/{found.pk}/"))
    working.read_list(found.pk)
    page = text(client.get(f"/lists/{found.pk}/"))
    assert "推算" in page
    assert "名录中的名称：别的名字" in page
    client.post(f"/lists/{found.pk}/apply/")
    working.apply_list(found.pk, lambda: AT)
    assert "5 项事实更新" in text(client.get(f"/lists/{found.pk}/"))
    client.post(f"/lists/{found.pk}/undo/")
    working.undo_list(found.pk, lambda: AT)
    assert "已撤销" in text(client.get(f"/lists/{found.pk}/"))


def test_a_double_click_on_apply_is_answered_with_a_sentence(client, officer):
    found = apply(
        take([[make_organisation().uscc, "", "高新技术企业", "", "1", date(2025, 1, 1)]], officer), officer
    )
    client.force_login(officer.user)

    response = client.post(f"/lists/{found.pk}/apply/", HTTP_REFERER="https://elsewhere.example/")

    assert response.status_code == 409
    assert "状态已变化" in text(response)
    assert "elsewhere" not in text(response)


def test_refused_rows_are_exported_with_what_to_do(client, officer):
    found = take([["=1+1", "", "高新技术企业", "", "1", date(2025, 1, 1)]], officer)
    client.force_login(officer.user)

    response = client.get(f"/lists/{found.pk}/errors.xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    assert sheet["A2"].value == 2
    assert sheet.max_row == 2


def test_a_fact_is_disputed_and_answered_on_its_pages(client, clerk, officer):
    fact = listed(clerk, officer)
    client.force_login(clerk.user)
    name = "years:2025:rd_spend"
    faulty = client.post(
        f"/facts/{fact.pk}/dispute/", {f"{name}_0": "120", f"{name}_1": "万元", "ground": ""}
    )
    assert faulty.status_code == 422
    assert 'value="120"' in text(faulty)

    made = client.post(
        f"/facts/{fact.pk}/dispute/",
        {f"{name}_0": "120", f"{name}_1": "万元", "ground": "报表填错", "file": upload()},
    )
    correction = Correction.objects.get()
    assert made.headers["Location"] == f"/corrections/{correction.pk}/"
    client.force_login(officer.user)
    assert "还有 10 个工作日" in text(client.get("/corrections/"))
    client.post(
        f"/corrections/{correction.pk}/",
        {f"{name}_0": "120", f"{name}_1": "万元", "answer": "已核对", "uphold": "1"},
    )

    client.force_login(clerk.user)
    page = text(client.get(f"/corrections/{correction.pk}/"))
    assert "已采纳" in page
    assert "已核对" in page
    assert officer.user.name not in page  # the department answers, not a person


def test_a_foreign_dispute_is_not_there(client, clerk, officer):
    correction = actions.raise_correction(listed(clerk, officer), "1元", "错", actor=clerk, at=AT)
    for other in (make_membership(), make_membership(Role.LEADER), make_membership(Role.REVIEWER)):
        client.force_login(other.user)
        assert client.get(f"/corrections/{correction.pk}/").status_code == 404
        assert client.post(f"/corrections/{correction.pk}/withdraw/").status_code == 404


def test_an_officer_verifies_what_was_declared(client, clerk, officer):
    fact = spend(clerk, "120万元")
    client.force_login(officer.user)

    client.post(
        f"/facts/{fact.pk}/verify/", {"years:2025:rd_spend_0": "118", "years:2025:rd_spend_1": "万元"}
    )

    assert Fact.objects.get(source="verified").value == 118_000_000
    page = text(client.get(f"/organisations/{clerk.organisation_id}/"))
    assert "118 万元" in page
    history = text(client.get(f"/facts/{fact.pk}/"))
    assert "118 万元" in history
    assert "120 万元" in history


@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_the_same_queries_however_long_they_are(client, officer, count, django_assert_num_queries):
    for place in range(count):
        clerk = make_membership()
        key = keys.key_of("statuses", {"kind": "srdi", "granted_on": date(2025, 1, 1)})
        actions.state(
            clerk.organisation, "statuses", "kind", "srdi", key=key, actor=officer, at=AT, source="list"
        )
        actions.raise_correction(listed(clerk, officer), f"{place + 1}元", "错", actor=clerk, at=AT)
        found = take([[make_organisation().uscc, "", "高新技术企业", "", "1", date(2025, 1, 1)]], officer)
    client.force_login(officer.user)

    with django_assert_num_queries(7):
        client.get("/organisations/")
    with django_assert_num_queries(6):
        client.get("/corrections/")
    with django_assert_num_queries(6):
        client.get("/lists/")
    with django_assert_num_queries(6):
        client.get(f"/lists/{found.pk}/")
