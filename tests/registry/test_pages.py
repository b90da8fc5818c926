"""Pages of the registry: who sees what, what they say, and that their queries do not grow with what they show."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.urls import reverse
from django.utils.html import escape

from factories import AT, make_membership, make_organisation
from kechuang.accounts.roles import Role
from kechuang.journal import clock
from kechuang.registry import actions, keys, queries
from kechuang.registry.models import Fact
from registry.factories import PDF, apply, take, upload, workbook

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


@pytest.mark.parametrize("role", Role)
def test_each_role_finds_its_pages_and_no_others(client, role):
    membership = make_membership(role, scope="371002" if role == Role.DISTRICT else "")
    client.force_login(membership.user)

    found = {
        name
        for name in ("organisation", "organisations", "lists", "list-new", "corrections", "own-workbook")
        if client.get(reverse(name)).status_code == 200
    }

    expected = set()
    if role in (Role.MANAGER, Role.CLERK):
        expected = {"organisation", "own-workbook", "corrections"}
    elif role in OFFICES:
        expected = {"organisations"}
    if role in (Role.OFFICER, Role.DECIDER, Role.AUDITOR):
        expected |= {"lists", "corrections"}
    if role == Role.OFFICER:
        expected |= {"list-new"}
    assert found == expected


def test_the_own_profile_shows_where_each_fact_comes_from(client, clerk, officer):
    listed(clerk, officer)
    spend(clerk, "120万元")
    client.force_login(clerk.user)

    page = text(client.get("/organisation/"))

    assert "80 万元" in page
    assert "部门名录" in page
    assert "不采用：另有来源" in page  # the declared figure beside it
    assert f"/facts/{Fact.objects.get(source='list').pk}/dispute/" in page


def test_a_profile_has_bars_for_what_holds_for_a_time(client, clerk, officer):
    apply(
        take([[clerk.organisation.uscc, "", "高新技术企业", "国家级", "GR1", date(2025, 11, 3)]], officer),
        officer,
    )
    client.force_login(clerk.user)

    page = text(client.get("/organisation/"))

    assert '<rect class="timeline-bar"' in page
    assert "2025-11-03" in page
    assert "style=" not in page


def test_another_organisations_profile_is_not_there(client, clerk):
    client.force_login(clerk.user)

    assert client.get(f"/organisations/{make_organisation().pk}/").status_code == 404


def test_a_district_officer_sees_the_organisations_of_the_district_only(client):
    membership = make_membership(Role.DISTRICT, scope="371002")
    inside, outside = make_organisation(), make_organisation(district="371003", name="外区公司")
    client.force_login(membership.user)

    page = text(client.get("/organisations/"))

    assert inside.name in page
    assert "外区公司" not in page
    assert client.get(f"/organisations/{outside.pk}/").status_code == 404


def test_organisations_are_found_by_name_code_kind_district_and_status(client, officer):
    found = make_organisation(name="海创机械", kind="institution", district="371003")
    make_organisation(name="别家")
    key = keys.key_of("statuses", {"kind": "srdi", "granted_on": date(2025, 1, 1)})
    actions.state(found, "statuses", "kind", "srdi", key=key, actor=officer, at=AT, source="list")
    client.force_login(officer.user)

    for query in ("q=海创", f"q={found.uscc}", "kind=institution", "district=371003", "status=srdi"):
        page = text(client.get(f"/organisations/?{query}"))
        assert "海创机械" in page, query
        assert "别家" not in page, query
    assert "专精特新" in page


def test_the_list_of_organisations_is_exported_as_texts_that_are_no_formulas(client, officer):
    make_organisation(name="=HYPERLINK(1)")
    client.force_login(officer.user)

    response = client.get("/organisations/export.xlsx?q=HYPER")

    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    cell = sheet["B2"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_a_question_is_saved_the_moment_it_is_answered(client, clerk):
    spend(clerk, "1元")
    client.force_login(clerk.user)
    name = "years:2025:sales"

    response = client.post(
        "/organisation/facts/years/?key=2025",
        {"only": name, f"{name}_0": "3000", f"{name}_1": "万元", f"was:{name}": "null"},
    )

    assert "已保存" in text(response)
    assert Fact.objects.get(field="sales").value == 3_000_000_000


def test_what_is_typed_wrong_is_said_beside_the_question_and_kept(client, clerk):
    spend(clerk, "1元")
    client.force_login(clerk.user)
    name = "years:2025:sales"

    response = client.post(
        "/organisation/facts/years/?key=2025",
        {f"{name}_0": "很多", f"{name}_1": "万元", f"was:{name}": "null"},
    )

    page = text(response)
    assert response.status_code == 422
    assert "销售收入：现为“很多”；应为金额" in page
    assert 'value="很多"' in page


def test_an_answer_that_is_emptied_is_withdrawn(client, clerk):
    fact = spend(clerk, "1元")
    client.force_login(clerk.user)
    name = "years:2025:rd_spend"

    client.post(
        "/organisation/facts/years/?key=2025", {f"{name}_0": "", f"{name}_1": "元", f"was:{name}": "100"}
    )

    fact.refresh_from_db()
    assert fact.known_to == AT


def test_what_a_colleague_changed_meanwhile_is_not_overwritten(client, clerk):
    spend(clerk, "1元")
    client.force_login(clerk.user)
    name = "years:2025:rd_spend"
    given = {f"{name}_0": "3", f"{name}_1": "元", f"was:{name}": "100"}
    spend(clerk, "2元")

    response = client.post("/organisation/facts/years/?key=2025", given)

    assert response.status_code == 422
    assert "已改为“2 元”" in text(response)
    assert Fact.objects.get(field="rd_spend", known_to=None).value == 200


def test_what_the_city_knows_is_shown_and_not_asked(client, clerk, officer):
    listed(clerk, officer)
    client.force_login(clerk.user)

    page = text(client.get("/organisation/facts/years/?key=2025"))

    assert "部门已提供，不用填" in page
    assert 'name="years:2025:rd_spend_0"' not in page
    assert 'name="years:2025:sales_0"' in page


def test_a_new_record_begins_with_what_tells_it_from_others(client, clerk):
    client.force_login(clerk.user)

    empty = client.post("/organisation/facts/statuses/add/", {})
    made = client.post(
        "/organisation/facts/statuses/add/",
        {
            "key-statuses::kind": "srdi",
            "key-statuses::level": "municipal",
            "key-statuses::granted_on": "2025-06-01",
        },
    )

    assert empty.status_code == 422
    assert "请至少填写其中一项" in text(empty)
    assert made.status_code == 302
    assert made.headers["Location"].endswith("?key=srdi%7Cmunicipal%7C2025")
    assert Fact.objects.filter(key="srdi|municipal|2025").count() == 3


def test_having_none_is_said_with_one_click_and_a_record_is_withdrawn_with_another(client, clerk):
    spend(clerk)
    client.force_login(clerk.user)

    client.post("/organisation/facts/statuses/none/")
    client.post("/organisation/facts/years/withdraw/", {"key": "2025"})

    known = queries.facts_known(clerk.organisation_id, AT + timedelta(seconds=1))
    assert [(fact.record, fact.field, fact.value) for fact in known] == [("statuses", "", False)]


def test_the_own_workbook_comes_filled_and_goes_back_in(client, clerk, officer):
    listed(clerk, officer)
    client.force_login(clerk.user)
    response = client.get("/organisation/workbook/zh.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    sheet = book["年度数据"]
    heads = [cell.value for cell in sheet[1]]
    row = {head: sheet.cell(2, place) for place, head in enumerate(heads, start=1)}
    assert row["研发投入（统计口径）（元）"].value == 800_000
    row["销售收入（元）"].value = 5_000_000
    row["研发投入（统计口径）（元）"].value = 1
    file = io.BytesIO()
    book.save(file)

    page = text(client.post("/organisation/workbook/", {"file": upload(file.getvalue(), "a.xlsx")}))

    assert "部门已提供，与您填的不同" in page
    declared = queries.facts_known(clerk.organisation_id, AT).filter(source="declared")
    assert declared.get(field="sales").value == 500_000_000
    assert not declared.filter(field="rd_spend").exists()


def test_a_workbook_of_somebody_else_or_with_faults_stores_nothing(client, clerk):
    client.force_login(clerk.user)
    other = workbook(["主体代码", "名称"], [make_organisation().uscc, "别家"], title="主体")
    faulty = workbook(["主体代码", "企业规模"], [clerk.organisation.uscc, "巨大"], title="主体")

    for data, said in ((other, "应只有本单位一行"), (faulty, "企业规模")):
        response = client.post("/organisation/workbook/", {"file": upload(data, "a.xlsx")})
        assert response.status_code == 422
        assert said in text(response)
    assert not Fact.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_profiles_take_the_same_queries_however_much_is_on_file(
    client, clerk, officer, count, django_assert_num_queries
):
    for place in range(count):
        spend(clerk, year=str(2020 + place))
        data = upload(PDF + b"%" * place + b"\n%%EOF", "a.pdf")
        actions.keep_evidence(data, clerk.organisation, actor=clerk, at=AT)
    client.force_login(clerk.user)
    with django_assert_num_queries(8):
        client.get("/organisation/")
    client.force_login(officer.user)
    with django_assert_num_queries(9):
        client.get(f"/organisations/{clerk.organisation_id}/")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_organisations_takes_the_same_queries_however_long(
    client, officer, count, django_assert_num_queries
):
    name = '<b>威海</b>&"甲"{x}%s'
    for place in range(count):
        make_organisation(name=f"{name}{place}")
    client.force_login(officer.user)

    with django_assert_num_queries(7):
        page = text(client.get("/organisations/"))

    assert page.count(escape(name)) == count
    assert "<b>" not in page
