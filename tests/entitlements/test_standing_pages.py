"""Pages of standings, sweeps and versions: who may see them, what they say, how much they ask of the database."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from entitlements.registering import enterprise_with_growth
from factories import AT, make_department, make_membership, make_organisation
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing, standing_pages, sweeping, versions
from kechuang.entitlements.models import Release, Sweep
from kechuang.policy.language.values import Words
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact

pytestmark = pytest.mark.django_db
ON, YEAR = date(2026, 3, 2), 2025
WAN = 1_000_000  # fen


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA = tmp_path
    versions.pack_of.cache_clear()


def test_every_link_of_what_is_lacking_leads_to_where_it_is_stated(client):
    client.force_login(make_membership(Role.CLERK, enterprise_with_growth(name="海滨公司")).user)

    page = client.get("/standing/").content.decode()
    links = set(re.findall(r'href="(/organisation/[^"#]*)', page))

    assert "/organisation/facts/projects/add/" in links
    assert {client.get(link).status_code for link in links} == {200}


def test_an_organisation_sees_what_it_can_get_what_it_lacks_and_what_is_due(client, monkeypatch):
    one = enterprise_with_growth(name="海滨公司")
    client.force_login(make_membership(Role.CLERK, one).user)
    due = standing_pages.Due(
        Words("2026 年研发补助申报", "R&D call 2026"), "/calls/1/", date(2026, 12, 31), "9.rd_growth"
    )
    monkeypatch.setattr(standing_pages, "due_for", [lambda *_: [due]])

    page = client.get("/standing/").content.decode()

    assert "海滨公司" in page
    assert "可申报最高" in page
    assert page.count('href="/calls/1/"') == 2
    assert "截至 2026-12-31" in page
    assert "补充这些信息" in page
    assert 'href="/organisation/facts/loans/add/"' in page


def test_many_undetermined_benefits_are_folded_away_with_their_number(client):
    one = enterprise_with_growth()
    client.force_login(make_membership(Role.CLERK, one).user)

    page = client.get("/standing/").content.decode()

    group = page[page.index('<section class="group" id="undetermined"') :]
    assert group.index('<details class="folded">') < group.index('<div class="standing-benefit">')
    assert re.search(r"待定.*?\d+ 项", group[: group.index("</summary>")], re.DOTALL)


def test_reasons_say_who_stated_each_fact(client):
    one = enterprise_with_growth()
    said = registry.Statement("years", "rd_spend", 900 * WAN, "2025")
    registry.state_many(one, [said], actor=make_membership(Role.OFFICER), at=AT, source=Fact.Source.LIST)

    own, english = read(client, make_membership(Role.CLERK, one), "/standing/")
    office, _ = read(client, make_membership(Role.AUDITOR), f"/standing/{one.pk}/")

    assert "2025 年研发投入（统计口径） 900 万元 部门名录" in own
    assert "2024 年研发投入（统计口径） 600 万元 本单位填报" in own
    assert "600 万元 单位填报" in office
    assert "6,000,000 yuan stated by you" in english
    assert "万元 统计部门" not in own + office


def read(client, membership, address):
    """The words of a page without their marks, in Chinese and in English."""
    client.force_login(membership.user)
    pages = []
    for language in ("zh-hans", "en"):
        client.cookies["django_language"] = language
        pages.append(client.get(address).content.decode())
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)) for page in pages]


def test_an_organisation_without_facts_is_told_how_to_begin(client):
    client.force_login(make_membership(Role.MANAGER).user)

    page = client.get("/standing/").content.decode()

    assert "档案里还没有贵单位的信息" in page
    assert "填写本单位档案" in page


def test_the_standing_page_asks_the_database_a_fixed_number_of_times(client):
    one = enterprise_with_growth()
    client.force_login(make_membership(Role.CLERK, one).user)
    client.get("/standing/")

    with CaptureQueriesContext(connection) as asked:
        client.get("/standing/")

    assert len(asked) == 11


@pytest.mark.parametrize(
    ("role", "address", "status"),
    [
        (Role.OFFICER, "/standing/", 404),
        (Role.OFFICER, "/sweeps/", 200),
        (Role.DECIDER, "/sweeps/new/", 200),
        (Role.LEADER, "/sweeps/", 200),
        (Role.LEADER, "/sweeps/new/", 404),
        (Role.CLERK, "/sweeps/", 404),
        (Role.CLERK, "/releases/", 200),
        (Role.CLERK, "/releases/new/", 404),
        (Role.POLICY, "/releases/new/", 200),
        (Role.POLICY, "/standing/", 404),
    ],
)
def test_pages_are_there_for_those_whose_work_they_are(client, role, address, status):
    client.force_login(make_membership(role).user)

    assert client.get(address).status_code == status


def test_offices_see_the_standing_of_the_organisations_they_see(client):
    here, there = make_organisation(district="371002"), make_organisation(district="371082")
    client.force_login(make_membership(Role.DISTRICT, make_department("环翠区科技局"), scope="371002").user)

    assert client.get(f"/standing/{here.pk}/").status_code == 200
    assert client.get(f"/standing/{there.pk}/").status_code == 404


def swept(client) -> Sweep:
    client.force_login(make_membership(Role.OFFICER, make_department()).user)
    enterprise_with_growth(name="增长公司")
    enterprise_with_growth(name="持平公司", before=899_000_000, district="371082")
    answer = client.post("/sweeps/new/", {"benefit": "9.rd_growth", "on": "2026-03-02", "year": "2025"})
    sweep = Sweep.objects.get()
    assert answer.url == f"/sweeps/{sweep.pk}/"
    Sweep.objects.update(known_at=AT)
    return sweep


def test_an_officer_starts_a_sweep_watches_it_and_reads_the_lines(client):
    sweep = swept(client)
    assert "排队" in client.get(f"/sweeps/{sweep.pk}/").content.decode()

    sweeping.carry_out(sweep.pk, lambda: AT)

    page = client.get(f"/sweeps/{sweep.pk}/").content.decode()
    assert page.index("增长公司") < page.index("持平公司")
    assert "尚不满足" in page
    assert "合计 2 家" in page
    narrowed = client.get(f"/sweeps/{sweep.pk}/?outcome=not_eligible&district=371082").content.decode()
    assert "持平公司" in narrowed
    assert "增长公司" not in narrowed
    assert "合计 1 家" in narrowed


def test_the_lines_of_a_sweep_ask_the_database_a_fixed_number_of_times(client):
    sweep = swept(client)
    for _ in range(6):
        enterprise_with_growth()
    sweeping.carry_out(sweep.pk, lambda: AT)
    client.get(f"/sweeps/{sweep.pk}/")

    with CaptureQueriesContext(connection) as asked:
        client.get(f"/sweeps/{sweep.pk}/")

    assert len(asked) == 7


def test_the_list_is_exported_as_filtered(client):
    sweep = swept(client)
    sweeping.carry_out(sweep.pk, lambda: AT)

    file = client.get(f"/sweeps/{sweep.pk}/export.xlsx?outcome=may_apply").getvalue()

    sheet = openpyxl.load_workbook(BytesIO(file)).active
    rows = list(sheet.values)
    assert rows[3][1:5] == ("增长公司", "环翠区", "可申报", 150_000)
    assert len(rows) == 5


def test_a_sweep_is_stopped_and_resumed_from_its_page(client):
    sweep = swept(client)

    client.post(f"/sweeps/{sweep.pk}/stop/")
    sweep.refresh_from_db()
    assert sweep.state == Sweep.State.STOPPED
    assert "名单不完整" in client.get(f"/sweeps/{sweep.pk}/").content.decode()

    client.post(f"/sweeps/{sweep.pk}/resume/")
    sweep.refresh_from_db()
    assert sweep.state == Sweep.State.WAITING


def test_a_department_sees_only_the_benefits_it_answers_for(client):
    sweep = swept(client)
    client.force_login(make_membership(Role.OFFICER, make_department("市文化和旅游局")).user)

    assert client.get(f"/sweeps/{sweep.pk}/").status_code == 404
    assert "研发投入递增补助" not in client.get("/sweeps/new/").content.decode()


def test_a_sweep_that_is_not_asked_well_comes_back_with_what_to_do(client):
    client.force_login(make_membership(Role.OFFICER, make_department()).user)

    answer = client.post("/sweeps/new/", {"benefit": "", "on": "2026-03-02", "year": "1999"})

    assert answer.status_code == 422
    assert "请选择政策事项。" in answer.content.decode()


def test_everybody_sees_which_version_is_in_force_since_when(client):
    page = client.get("/releases/").content.decode()

    version = releasing.version_in_force()
    assert version.pk in page
    assert "威政发〔2023〕5号" in page
    assert "提出新版本" not in page


def test_a_version_is_proposed_and_approved_on_pages_by_two_people(client, stricter):
    releasing.version_in_force()
    proposer, other = make_membership(Role.POLICY), make_membership(Role.POLICY)
    release = releasing.propose(stricter, note="增长要求提高", actor=proposer, at=AT)
    enterprise_with_growth()
    address = f"/releases/{release.pk}/"
    client.force_login(other.user)
    assert "马上开始" in client.get(address).content.decode()
    releasing.work_out(release.pk, lambda: AT + timedelta(hours=1))

    client.force_login(proposer.user)
    assert "须由另一位政策岗批准" in client.get(address).content.decode()
    assert client.post(f"{address}approve/").status_code == 422
    client.force_login(other.user)
    page = client.get(address).content.decode()
    assert "研发投入递增补助" in page
    assert client.post(f"{address}approve/").status_code == 302

    assert Release.objects.get(pk=release.pk).state == Release.State.IN_FORCE
    assert "增长要求提高" in client.get("/releases/").content.decode()


def test_the_version_that_is_in_force_cannot_be_proposed_and_says_why(client):
    client.force_login(make_membership(Role.POLICY).user)

    answer = client.post("/releases/new/", {"source": "shipped", "note": "更新"})

    assert answer.status_code == 422
    assert "这个版本已经生效" in answer.content.decode()
