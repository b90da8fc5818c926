"""The applicant's pages: begin, fill in, check, submit, follow; another organisation sees nothing of them."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import make_membership, make_organisation
from forms import sent_untouched
from fulfilment.city import (
    AT,
    WAN,
    make_appropriation,
    make_call,
    make_case,
    make_grower,
    manager_of,
)
from fulfilment.office import decided
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applying
from kechuang.fulfilment.models import Case
from kechuang.journal import clock
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact
from registry.factories import PDF

pytestmark = pytest.mark.django_db
STATUS = "high_tech_enterprise||2024"
DOCUMENT = {
    "key": "audit",
    "title": {"zh": "审计报告", "en": "audit report"},
    "why": {"zh": "城市没有", "en": "not shared"},
}


@pytest.fixture(autouse=True)
def day(monkeypatch):
    """It is 10:00 on the day of the stories."""
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def signed_in(manager):
    return sign_in(manager)


def sign_in(membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_applying_begins_a_case_and_again_leads_to_the_same(city, manager, signed_in):
    call = make_call(city)

    first = signed_in.post(f"/calls/{call.number}/apply")
    second = signed_in.post(f"/calls/{call.number}/apply")

    assert first.url == second.url == f"/cases/{Case.objects.get().number}/"


def test_the_check_names_all_that_is_missing_at_once(city, manager, signed_in):
    case = applying.start(make_call(city), actor=manager, at=AT)

    page = text_of(signed_in.get(f"/cases/{case.number}/check"))

    assert "请填写收款账户。" in page
    assert "请阅读并勾选申报声明。" in page


def test_what_is_certain_comes_first_among_open_calls_even_when_it_is_begun(city, manager, signed_in):
    certain = make_call(city)
    money = make_appropriation(city, measure="30")
    named = {"benefit": "30.instrument_use", "reserve_fen": WAN}
    open_ones = [make_call(city, money, title={"zh": f"仪器共享{n}", "en": "x"}, **named) for n in range(2)]
    applying.start(certain, actor=manager, at=AT)

    page = text_of(signed_in.get("/home/"))

    places = [page.index(one.title["zh"], page.index("现在可以申报")) for one in (certain, *open_ones)]
    assert places[0] == min(places)
    assert "已开始" in page


def test_the_task_list_names_each_section_and_its_state(city, manager, signed_in):
    call = make_call(city, documents=[DOCUMENT])
    case = applying.start(call, actor=manager, at=AT)

    text = text_of(signed_in.get(f"/cases/{case.number}/"))

    assert re.search(r"收款账户 未填", text)
    assert re.search(r"证明材料 未填 还差 1 项", text)
    assert re.search(r"年度指标 已填|年度数据 已填", text)
    assert "最高 15.00 万元" in text


def test_an_unknown_fact_is_named_as_missing_with_the_section_that_asks_for_it(city):
    manager = make_membership(Role.MANAGER, make_organisation())
    case = applying.start(make_call(city), actor=manager, at=AT)

    response = sign_in(manager).get(f"/cases/{case.number}/")

    assert f'<a href="/cases/{case.number}/parts/years">' in response.content.decode()
    assert "还缺" in text_of(response)


def test_what_the_city_knows_from_a_list_is_shown_with_its_source_and_not_asked(city, manager, signed_in):
    registry.state(
        manager.organisation,
        "years",
        "rd_spend",
        900 * WAN,
        key="2025",
        actor=city.officer,
        at=AT,
        source=Fact.Source.LIST,
    )
    case = applying.start(make_call(city), actor=manager, at=AT)

    page = signed_in.get(f"/cases/{case.number}/parts/years")

    assert "部门名录" in text_of(page)
    assert 'name="years:2025:rd_spend_0"' not in page.content.decode()
    assert 'name="years:2024:rd_spend_0"' in page.content.decode()


def test_answers_are_facts_of_the_organisation_so_that_all_cases_know_them(city, manager, signed_in):
    case = applying.start(make_call(city), actor=manager, at=AT)

    answered = signed_in.post(
        f"/cases/{case.number}/parts/years",
        {"years:2025:rd_spend_0": "1000", "years:2025:rd_spend_1": "万元", "years:2025:above_scale": "yes",
         "years:2025:has_rd_activity": "yes", "years:2024:rd_spend_0": "600", "years:2024:rd_spend_1": "万元"},
    )  # fmt: skip

    fact = Fact.objects.get(record="years", key="2025", field="rd_spend", known_to=None)
    assert answered.url == f"/cases/{case.number}/"
    assert (fact.value, fact.source) == (1000 * WAN, "declared")


def test_one_answer_is_saved_by_itself_and_the_sum_at_the_side_follows(city, manager, signed_in):
    case = applying.start(make_call(city), actor=manager, at=AT)

    answered = signed_in.post(
        f"/cases/{case.number}/parts/years/answer",
        {"question": "years:2025:rd_spend", "years:2025:rd_spend_0": "1200", "years:2025:rd_spend_1": "万元"},
        headers={"HX-Request": "true"},
    )

    assert "已保存" in answered.content.decode()
    assert "最高 30.00 万元" in text_of(answered)


@pytest.mark.parametrize("tongue", ["zh-hans", "en"])
def test_a_section_saved_untouched_leaves_every_answer_as_it_stands(city, manager, signed_in, tongue):
    case = applying.start(make_call(city), actor=manager, at=AT)
    signed_in.cookies["django_language"] = tongue
    address = f"/cases/{case.number}/parts/statuses"
    before = set(Fact.objects.filter(known_to=None).values_list("pk", flat=True))

    shown = signed_in.get(address).content.decode()
    signed_in.post(address, sent_untouched(shown[shown.index("<main") :].partition("</form>")[0]))

    assert 'value="2027-12-11"' in shown
    assert set(Fact.objects.filter(known_to=None).values_list("pk", flat=True)) == before


def test_what_a_colleague_answered_meanwhile_stays_and_only_ones_own_change_is_saved(
    city, manager, signed_in
):
    case = applying.start(make_call(city), actor=manager, at=AT)
    address = f"/cases/{case.number}/parts/years"
    old = sent_untouched(signed_in.get(address).content.decode())
    registry.state(manager.organisation, "years", "above_scale", True, key="2025", actor=manager, at=AT)

    signed_in.post(address, {**old, "years:2024:rd_spend_0": "650"})

    known = dict(Fact.objects.filter(record="years", known_to=None).values_list("field", "value"))
    assert known["above_scale"] is True
    assert Fact.objects.get(key="2024", field="rd_spend", known_to=None).value == 650 * WAN


@pytest.mark.parametrize("by_itself", [True, False])
def test_over_what_a_colleague_changed_nothing_is_saved_before_one_has_seen_it(
    city, manager, signed_in, by_itself
):
    case = applying.start(make_call(city), actor=manager, at=AT)
    address, name = f"/cases/{case.number}/parts/years", "years:2025:rd_spend"
    old = sent_untouched(signed_in.get(address).content.decode())
    registry.state(manager.organisation, "years", "rd_spend", 950 * WAN, key="2025", actor=manager, at=AT)
    typed = {**old, f"{name}_0": "800", **({"question": name} if by_itself else {})}

    refused = signed_in.post(f"{address}/answer" if by_itself else address, typed)
    stood = Fact.objects.get(key="2025", field="rd_spend", known_to=None).value
    again = {
        **typed,
        **{key: value for key, value in sent_untouched(refused.content.decode()).items() if "was:" in key},
    }
    signed_in.post(address, again)

    assert "您打开页面之后，这一项已改为“950 万元”" in text_of(refused)
    assert stood == 950 * WAN
    assert Fact.objects.get(key="2025", field="rd_spend", known_to=None).value == 800 * WAN


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            {"act": "add", "key-statuses::kind": "tech_sme", "key-statuses::granted_on": "2026-03-03"},
            "认定日期：2026-03-03 还没有到，请改正",
        ),
        (
            {
                f"statuses:{STATUS}:expires_on": "2024-12-11",
                f"was:statuses:{STATUS}:expires_on": '"2027-12-11"',
            },
            "有效期至（2024-12-11）早于认定日期（2024-12-12）",
        ),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_a_sentence_and_kept_in_its_box(
    city, manager, signed_in, typed, said
):
    case = applying.start(make_call(city), actor=manager, at=AT)

    answer = signed_in.post(f"/cases/{case.number}/parts/statuses", typed)

    day = next(value for name, value in typed.items() if name.endswith("_on") and "was" not in name)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert f'value="{day}"' in answer.content.decode()
    assert Fact.objects.get(field="expires_on", known_to=None).value == "2027-12-11"
    assert not Fact.objects.filter(value=day).exists()


def test_an_answer_that_cannot_be_read_says_so_beside_its_field_and_keeps_what_was_typed(
    city, manager, signed_in
):
    case = applying.start(make_call(city), actor=manager, at=AT)

    answered = signed_in.post(
        f"/cases/{case.number}/parts/years",
        {"years:2025:rd_spend_0": "九百多", "years:2025:rd_spend_1": "万元"},
    )

    page = answered.content.decode()
    assert answered.status_code == 422
    assert 'value="九百多"' in page
    assert page.count("现为“九百多”") == 2
    assert Fact.objects.get(record="years", key="2025", field="rd_spend", known_to=None).value == 900 * WAN


def test_a_record_is_added_filled_in_and_taken_back(city):
    manager = make_membership(Role.MANAGER, make_organisation())
    case, client = applying.start(make_call(city), actor=manager, at=AT), sign_in(manager)
    address = f"/cases/{case.number}/parts/statuses"

    client.post(
        address,
        {
            "act": "add",
            "key-statuses::kind": "high_tech_enterprise",
            "key-statuses::granted_on": "2024-12-12",
        },
    )
    key = Fact.objects.get(record="statuses", field="kind", known_to=None).key
    client.post(
        address, {f"statuses:{key}:expires_on": "2027-12-11", f"statuses:{key}:granted_on": "2024-12-12"}
    )
    held = set(Fact.objects.filter(record="statuses", known_to=None).values_list("field", flat=True))
    client.post(address, {"act": f"remove:{key}"})

    assert held == {"kind", "granted_on", "expires_on"}
    assert not Fact.objects.filter(record="statuses", known_to=None).exists()


def test_that_there_is_no_such_record_can_be_said(city):
    manager = make_membership(Role.MANAGER, make_organisation())
    case, client = applying.start(make_call(city), actor=manager, at=AT), sign_in(manager)

    client.post(f"/cases/{case.number}/parts/statuses", {"act": "none"})

    assert Fact.objects.get(record="statuses", field="").value is False


def test_several_files_go_in_at_once_and_one_comes_out(city, manager, signed_in):
    case = applying.start(make_call(city, documents=[DOCUMENT]), actor=manager, at=AT)
    address = f"/cases/{case.number}/parts/documents"
    files = [SimpleUploadedFile(f"审计{n}.pdf", PDF + bytes(str(n), "ascii") + b"%%EOF") for n in (1, 2)]

    signed_in.post(address, {"files-audit": files})
    first, second = case.documents.all()
    signed_in.post(address, {"take_out": first.pk})

    assert list(case.documents.filter(removed_at=None)) == [second]


def test_a_file_that_is_none_says_what_to_do_and_the_others_stay(city, manager, signed_in):
    case = applying.start(make_call(city, documents=[DOCUMENT]), actor=manager, at=AT)
    files = [SimpleUploadedFile("审计.pdf", PDF), SimpleUploadedFile("脚本.sh", b"#!/bin/sh")]

    answered = signed_in.post(f"/cases/{case.number}/parts/documents", {"files-audit": files})

    assert answered.status_code == 422
    assert "脚本.sh：不收这种文件" in text_of(answered)
    assert case.documents.count() == 1


def test_the_account_must_be_the_organisation_s_own(city, manager, signed_in):
    case = applying.start(make_call(city), actor=manager, at=AT)

    answered = signed_in.post(
        f"/cases/{case.number}/parts/account",
        {"holder": "别家公司", "bank": "威海银行", "number": "6228480402564890018"},
    )

    assert answered.status_code == 422
    assert text_of(answered).count("户名须与单位名称一致：") == 2
    assert 'value="6228480402564890018"' in answered.content.decode()


def test_every_clause_of_the_declaration_is_ticked(city, manager, signed_in):
    case = applying.start(make_call(city), actor=manager, at=AT)
    address = f"/cases/{case.number}/parts/statement"

    partly = signed_in.post(address, {"truth": "on", "once": "on", "green": "on", "publication": "on"})
    wholly = signed_in.post(
        address, dict.fromkeys(["truth", "once", "spending", "green", "publication"], "on")
    )

    case.refresh_from_db()
    assert "请阅读并勾选：数据口径一致" in text_of(partly)
    assert wholly.status_code == 302
    assert case.statement["agreed"]
    assert len(case.statement["text"]) == 64


ADDRESSES = (
    "", "parts/years", "parts/statuses", "parts/documents", "parts/account", "parts/statement", "check", "receipt",
    "receipt.pdf", "decision.pdf", "withdraw", "decline",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_another_organisation_finds_nothing(city, address):
    case = decided(city, make_grower())

    answered = sign_in(make_grower()).get(f"/cases/{case.number}/{address}")

    assert answered.status_code == 404


@pytest.mark.parametrize(
    "address", ["parts/years", "parts/account", "parts/years/answer", "check", "confirm", "withdraw"]
)
def test_another_organisation_changes_nothing(city, address):
    case = make_case(make_call(city), make_grower())

    answered = sign_in(make_grower()).post(f"/cases/{case.number}/{address}", {"reason": "x"})

    case.refresh_from_db()
    assert (answered.status_code, case.state) == (404, "draft")


def test_offices_find_none_of_the_pages_to_fill_in(city, manager):
    case = make_case(make_call(city), manager)

    answers = [sign_in(city.officer).get(f"/cases/{case.number}/{one}").status_code for one in ADDRESSES[1:]]

    assert set(answers) == {404}


def test_own_cases_cost_the_same_queries_however_many_there_are(city, manager, django_assert_num_queries):
    client = sign_in(manager)
    for year in (2025, 2026):
        applying.start(make_call(city, year=year), actor=manager, at=AT)
    client.get("/cases/")

    with django_assert_num_queries(5):
        client.get("/cases/")


def test_a_page_of_a_case_costs_a_known_number_of_queries(
    city, manager, signed_in, django_assert_num_queries
):
    case = applying.start(make_call(city, documents=[DOCUMENT]), actor=manager, at=AT)
    signed_in.get(f"/cases/{case.number}/")

    with django_assert_num_queries(11):
        signed_in.get(f"/cases/{case.number}/")


def test_nobody_s_manager_is_the_other(city, manager):
    assert manager_of(make_case(make_call(city), manager)) == manager


def test_every_empty_box_of_the_account_is_named_at_once_beside_it_and_above(city, manager, signed_in):
    case = applying.start(make_call(city), actor=manager, at=AT)

    answer = signed_in.post(f"/cases/{case.number}/parts/account", {"holder": "", "bank": "", "number": ""})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert [page.count(said) for said in ("请填写户名。", "请填写开户银行。", "请填写账号。")] == [2, 2, 2]


def test_a_figure_that_cannot_be_read_is_named_with_its_year(city, manager, signed_in):
    case = applying.start(make_call(city), actor=manager, at=AT)
    wrong = {f"years:{year}:rd_spend_0": "九百多" for year in (2024, 2025)}

    page = text_of(signed_in.post(f"/cases/{case.number}/parts/years", wrong))

    assert page.count("2024 年研发投入（统计口径）：现为“九百多”") == 2
    assert page.count("2025 年研发投入（统计口径）：现为“九百多”") == 2
