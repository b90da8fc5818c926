"""Calls as a department writes them, findings, and what the public is shown of money paid."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from api.programs import program
from factories import make_department, make_membership, make_organisation
from fulfilment.city import (
    AT,
    WAN,
    YI,
    carried_to,
    close_call,
    make_appropriation,
    make_call,
    make_case,
    make_grower,
)
from fulfilment.office import paid, signed_in
from kechuang.accounts.models import Organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.entitlements.models import Sweep, SweepLine
from kechuang.fulfilment import calls, findings, sharing_out, workflow
from kechuang.fulfilment.fields import fen_of
from kechuang.fulfilment.models import Call
from kechuang.registry.models import Evidence
from kechuang.registry.rules import may_see_evidence
from kechuang.treasury import actions as treasury

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]


def text_of(response) -> str:
    return response.content.decode()


def started(money) -> dict[str, object]:
    return {
        "benefit": "9.rd_growth", "sweep": "", "year": "2025", "on": "2026-03-02", "opens_at": "2026-03-03T09:00",
        "closes_at": "2026-04-03T17:00", "appropriation": money.pk,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("150000", 15_000_000),
        ("150,000.5元", 15_000_050),
        ("15 万元", 15_000_000),
        ("0.000001万", 1),
        ("￥1.23", 123),
    ],
)
def test_a_sum_is_read_as_people_write_it(text, fen):
    assert fen_of(text) == fen


@pytest.mark.parametrize("text", ["", "十五万", "1.234", "-5", "1e9", "12.345元", "99999999999999万元"])
def test_a_sum_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        fen_of(text)


def test_a_call_is_drafted_changed_and_published_from_pages(city):
    money = make_appropriation(city)
    client = signed_in(city.officer)

    drafted = client.post("/calls/new/", started(money))
    call = Call.objects.get()
    changed = client.post(
        drafted["Location"],
        {
            "revision": call.revision, "title_zh": "研发补助申报", "title_en": "R&D subsidy",
            "guide_zh": "一", "guide_en": "a", "on": "2026-03-02",
            "opens_at": "2026-03-02T09:00", "closes_at": "2026-04-03T17:00", "rule": "queue",
            "quorum": "1", "notice_days": "5",
            "gate_credit": "1", "gate_credit_days": "5", "gate_credit_silence": "agree",
            "document_key": "", "document_zh": "审计报告", "document_en": "", "document_why_zh": "事务所没有共享接口",
            "document_why_en": "",
        },
    )  # fmt: skip
    asked = text_of(client.get(f"/calls/{call.number}/publish/"))
    client.post(f"/calls/{call.number}/publish/", {"reserve": "50万元"})
    call.refresh_from_db()
    money.refresh_from_db()

    assert changed.status_code == 302
    assert call.gates == [{"gate": "credit", "days": 5, "silence": "agree"}]
    assert call.documents[0]["why"]["zh"] == "事务所没有共享接口"
    assert not call.recommended
    assert "通知立即公开" in asked
    assert (call.state, money.reserved_fen) == ("published", 50 * WAN)


def test_a_department_writes_calls_of_its_own_measures_and_carried_lifecycles_only(city):
    make_appropriation(city)
    farming = make_membership(Role.OFFICER, make_department("市农业农村局"))

    own = text_of(signed_in(city.officer).get("/calls/new/"))
    other = text_of(signed_in(farming).get("/calls/new/"))

    assert 'value="9.rd_growth"' in own
    assert 'value="9.rd_growth"' not in other
    assert 'value="5.national_zone"' in other
    assert 'value="7.city_project"' in own
    assert 'value="6.' not in own  # a duty without money, which nobody applies for
    assert 'value="7.recommendation"' not in own  # moves no money: a fact, and no call


def test_faults_of_a_draft_come_back_with_all_that_was_typed(city):
    money = make_appropriation(city)

    answer = signed_in(city.officer).post("/calls/new/", started(money) | {"closes_at": "2026-03-01T09:00"})

    assert answer.status_code == 422
    assert text_of(answer).count("截止时间须晚于开始时间。") == 2
    assert 'value="2026-03-03T09:00"' in text_of(answer)


def test_a_draft_is_seen_by_its_department_alone(city):
    call = drafted(city)

    assert signed_in(city.officer).get(f"/calls/{call.number}/").status_code == 200
    assert Client().get(f"/calls/{call.number}/").status_code == 404
    assert signed_in(city.district).get(f"/calls/{call.number}/").status_code == 404


def drafted(city):
    """A draft for measure 9, open for nine days."""
    plan = calls.Plan(
        "9.rd_growth", releasing.version_in_force(), 2025, date(2026, 3, 2), (AT, AT + timedelta(days=9)),
        make_appropriation(city),
    )  # fmt: skip
    return calls.draft(plan, actor=city.officer, at=AT)


def test_a_notice_of_fewer_than_five_working_days_is_refused_to_pages_and_programs_alike(city, settings):
    settings.API_RATE = 0
    call = drafted(city)

    with pytest.raises(Refused, match="5 working days at least"):
        calls.change(call, {"notice_days": 4}, revision=call.revision, actor=city.officer, at=AT)
    status, _ = program(city.officer)(
        f"offices/calls/{call.number}/change", {"revision": call.revision, "notice_days": 4}
    )

    call.refresh_from_db()
    assert (status, call.notice_days) == (422, 5)


@pytest.mark.parametrize(
    ("change", "what_to_do"),
    [
        ({"closes_at": AT + timedelta(minutes=59)}, "申报时间至少一小时，请改晚截止时间。"),
        ({"quorum": 1}, "“会审至少几家反馈”不能多于会审单位数。"),
    ],
)
def test_a_draft_that_cannot_be_so_is_refused_with_what_to_change(city, change, what_to_do):
    call = drafted(city)

    with pytest.raises(Refused) as refused:
        calls.change(call, change, revision=call.revision, actor=city.officer, at=AT)

    assert refused.value.words.zh == what_to_do


def test_offers_go_to_whom_the_sweep_found_and_to_nobody_twice(city):
    sweep = Sweep.objects.create(
        benefit="9.rd_growth", version=releasing.version_in_force(), on=date(2026, 3, 2), year=2025, known_at=AT,
        state="done", started_by=city.officer, started_at=AT,
    )  # fmt: skip
    grower, other = make_grower(), make_organisation()
    SweepLine.objects.create(
        sweep=sweep, organisation=grower.organisation, outcome="may_apply", amount_fen=15 * WAN
    )
    SweepLine.objects.create(sweep=sweep, organisation=other, outcome="not_eligible", because="growth")
    call = make_call(city, sweep=sweep)
    client = signed_in(city.officer)

    out = text_of(client.get(f"/calls/{call.number}/offers/?side=out"))
    first = client.post(f"/calls/{call.number}/offers/", {"all": "1"})
    second = client.post(f"/calls/{call.number}/offers/", {"all": "1"})

    assert "研发投入增量不低于上年研发投入的 10%" in out
    assert first["Location"].endswith("?sent=1")
    assert second["Location"].endswith("?sent=0")
    assert call.cases.get().state == "offered"


def test_the_preview_of_a_sharing_is_what_the_sharing_does(city):
    call = make_call(city, make_appropriation(city, 30 * WAN), rule="ranking")
    first = carried_to(city, make_case(call, make_grower(900)), "determined")
    second = carried_to(city, make_case(call, make_grower(1500)), "determined")
    close_call(call)
    client = signed_in(city.decider)

    unranked = text_of(client.get(f"/calls/{call.number}/settle/"))
    ranks = {f"rank-{first.number}": "2", f"rank-{second.number}": "1"}
    client.post(f"/calls/{call.number}/settle/", {"ranks": "1", **ranks})
    call.refresh_from_db()
    seen = {case.number: fen for case, fen in sharing_out.preview(call).rows}
    client.post(f"/calls/{call.number}/settle/")
    given = dict(call.cases.values_list("number", "granted_fen"))

    assert "没有名次" in unranked
    assert seen == given == {first.number: 0, second.number: 30 * WAN}


def test_a_finding_is_recorded_in_the_credit_file_before_the_case_closes(city):
    (case,) = paid(city)
    later = case.state_since + timedelta(days=1)
    hearing = later.date() + timedelta(days=10)
    workflow.apply(case, "find_breach", actor=city.officer, at=later, reason="材料不实。", hearing_on=hearing)
    later += timedelta(days=10)
    workflow.apply(case, "hear", actor=city.officer, at=later, reason="承认。")
    finding = case.findings.get()

    with pytest.raises(Refused, match="cannot go to the credit record now"):
        findings.record_credit(finding, "虚报研发投入。", actor=city.officer, at=later)
    workflow.apply(
        case,
        "claim",
        actor=city.decider,
        at=later,
        amount=5 * WAN,
        reason="部分追回。",
        plan=[(hearing, 5 * WAN)],
    )
    answer = signed_in(city.officer).post(
        f"/cases/{case.number}/findings/{finding.pk}/credit/", {"credit-text": "虚报研发投入，追回 5 万元。"}
    )
    finding.refresh_from_db()

    assert answer.status_code == 302
    assert finding.credit_record.startswith("虚报")
    assert finding.credit_recorded_at is not None


def test_a_refusal_of_the_treasury_names_the_case_as_people_know_it(city):
    (case,) = paid(city)
    award = case.award
    again = treasury.Grant(
        award.entitlement,
        award.subject,
        case.organisation,
        award.appropriation,
        award.benefit,
        award.year,
        WAN,
    )

    with pytest.raises(Refused) as refused, transaction.atomic():
        treasury.grant(again, actor=city.decider, at=case.state_since)

    assert f"（{case.number}）" in refused.value.words.zh
    assert f"({case.number})" in refused.value.words.en


def test_the_public_sees_what_was_paid_with_persons_masked(city):
    paid(city, make_grower(), make_grower(name="张三丰"))
    Organisation.objects.filter(name="张三丰").update(kind="team")

    page = text_of(Client().get("/awards/"))
    table = Client().get("/awards/list.csv").content.decode("utf-8-sig")

    assert "30.00 万元" in page
    assert "张某某" in page
    assert "张三丰" not in page + table
    assert "150000.00" in table


def test_a_district_opens_files_of_its_own_cases_only(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    file = Evidence.objects.create(
        hash="a" * 64,
        organisation=case.organisation,
        name="a.pdf",
        media_type="application/pdf",
        size=1,
        uploaded_at=AT,
    )
    elsewhere = make_membership(Role.DISTRICT, make_organisation(kind="government"), scope="371083")

    assert may_see_evidence(city.district, file)
    assert not may_see_evidence(elsewhere, file)
    assert not may_see_evidence(city.reviewers["green"], file)


def test_the_money_of_a_notice_is_granted_to_its_list_alone(city):
    call = make_call(city, make_appropriation(city, YI))
    case = carried_to(city, make_case(call), "determined")
    after = close_call(call)
    calls.settle(call, actor=city.decider, at=after)

    with pytest.raises(Refused, match="Put the case on the list"):
        workflow.apply(case, "publish", actor=city.officer, at=after)


def test_a_finished_sweep_leads_to_a_call_with_itself_chosen(city):
    given = {
        "benefit": "9.rd_growth", "version": releasing.version_in_force(), "on": date(2026, 1, 15), "year": 2025,
        "known_at": AT, "started_by": city.officer, "started_at": AT,
    }  # fmt: skip
    sweep, unfinished = (Sweep.objects.create(**given, state=state) for state in ("done", "stopped"))
    client, leader = signed_in(city.officer), signed_in(make_membership(Role.LEADER))
    way = f"/calls/new/?benefit=9.rd_growth&sweep={sweep.pk}"

    page = text_of(client.get(f"/sweeps/{sweep.pk}/"))
    shown = client.get(way).context["form"]

    assert way.replace("&", "&amp;") in page
    assert (shown["sweep"].value(), shown["benefit"].value()) == (str(sweep.pk), "9.rd_growth")
    assert (shown["on"].value(), shown["year"].value()) == (sweep.on, 2025)
    for other in (client.get(f"/sweeps/{unfinished.pk}/"), leader.get(f"/sweeps/{sweep.pk}/")):
        assert "起草免申即享通知" not in text_of(other)


def test_a_sweep_of_another_benefit_begins_no_call(city):
    sweep = Sweep.objects.create(
        benefit="29.national_carrier", version=releasing.version_in_force(), on=date(2026, 1, 15), year=2025,
        known_at=AT, started_by=city.officer, started_at=AT, state="done",
    )  # fmt: skip
    window, money = (AT, AT + timedelta(days=9)), make_appropriation(city)
    plan = calls.Plan("9.rd_growth", sweep.version, 2025, sweep.on, window, money, sweep=sweep)

    with pytest.raises(Refused, match="another benefit"):
        calls.draft(plan, actor=city.officer, at=AT)


@pytest.mark.parametrize(
    ("closes", "zh", "en"),
    [
        ("2026-04-10", "", ""),  # a Friday
        ("2026-04-11", "不是工作日", "a Saturday off"),
        ("2026-10-01", "不是工作日", "The next working day is 2026-10-08"),
        ("2026-12-28", "公示和答复期限落到 2027 年", "run into 2027"),
        ("2027-02-10", "该年还没有工作日历", "no calendar of working days of 2027"),
    ],
)
def test_who_writes_a_call_is_told_that_it_closes_on_a_day_off_or_without_calendar_and_may_go_on(
    city, closes, zh, en
):
    call = drafted(city)
    at = datetime.fromisoformat(f"{closes}T17:00:00+08:00")
    call = calls.change(call, {"closes_at": at}, revision=call.revision, actor=city.officer, at=AT)
    client, english = signed_in(city.officer), signed_in(city.officer)
    english.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    _, told = program(city.officer)(f"offices/calls/{call.number}")
    pages = [f"/calls/{call.number}/{name}" for name in ("", "edit/", "publish/")]

    assert bool(told["cautions"]) is bool(zh)
    for page in pages:
        assert zh in text_of(client.get(page))
        assert en in text_of(english.get(page))
        assert ('role="note"' in text_of(client.get(page))) is bool(zh)
    published = calls.publish(call, reserve_fen=WAN, actor=city.officer, at=AT)
    assert published.state == "published"
    assert not zh or zh not in text_of(Client().get(pages[0]))
