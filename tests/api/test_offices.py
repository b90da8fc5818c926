"""Offices, finance and managers work by the API alone: what pages do, done by programs with their tokens."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from api.programs import program
from factories import AT, make_membership
from fulfilment.city import (
    CARRIER,
    WAN,
    YI,
    at_noon,
    carried_to,
    make_appropriation,
    make_call,
    make_case,
    make_city,
    make_grower,
)
from fulfilment.office import noticed
from fulfilment.test_every_benefit import state_facts
from kechuang.accounts import tokens
from kechuang.accounts.roles import Role
from kechuang.entitlements.models import Sweep
from kechuang.fulfilment import workflow
from kechuang.fulfilment.models import Call, Case
from kechuang.journal.actions import tell
from kechuang.journal.models import Event, Message
from kechuang.registry import actions as registry
from kechuang.registry import working
from kechuang.registry.models import Fact, ListImport
from kechuang.treasury import actions as treasury
from kechuang.treasury.models import Appropriation
from registry.factories import workbook
from treasury import factories as money
from web.objects import World

pytestmark = pytest.mark.django_db
SURE = {"sure": True}


@pytest.fixture(autouse=True)
def at_a_known_time_in_a_folder_of_its_own(settings, data_folder, monkeypatch):
    settings.EVIDENCE_ROOT = data_folder / "evidence"
    settings.API_RATE, settings.CLAMD = 0, ""
    monkeypatch.setattr(timezone, "now", lambda: AT)


@pytest.fixture
def city():
    return make_city()


def test_a_department_writes_schedules_extends_and_withdraws_a_call(city):
    appropriation, ask = make_appropriation(city), program(city.officer)
    window = {"opens_at": "2026-03-03T09:00:00+08:00", "closes_at": "2026-03-31T17:30:00+08:00"}
    plan = {
        "benefit": "9.rd_growth",
        "year": 2025,
        "on": "2026-03-02",
        **window,
        "appropriation": appropriation.pk,
    }

    _, drafted = ask("offices/calls", plan)
    number = drafted["number"]
    later = {"revision": drafted["revision"], "publish_at": "2026-03-02T12:00:00+08:00"}
    _, scheduled = ask(f"offices/calls/{number}/change", later)
    _, waiting = ask(f"offices/calls/{number}/publish", {"reserve_fen": 1_000_000})
    stale = ask(f"offices/calls/{number}/change", later)
    ask(
        f"offices/calls/{number}/change",
        {"revision": scheduled["revision"], "publish_at": "2026-03-02T09:00:00+08:00"},
    )
    _, published = ask(f"offices/calls/{number}/publish", {"reserve_fen": 1_000_000})
    more = {"closes_at": "2026-04-10T17:30:00+08:00", "reason": "系统停机一天。"}
    _, extended = ask(f"offices/calls/{number}/extend", more)
    _, gone = ask(f"offices/calls/{number}/withdraw", {"reason": "预算调整。"})

    assert (drafted["state"], waiting["state"], published["state"], gone["state"]) == (
        "draft", "draft", "published", "withdrawn",
    )  # fmt: skip
    assert stale[0] == 409
    assert extended["closes_at"].startswith("2026-04-10T")
    appropriation.refresh_from_db()
    assert appropriation.reserved_fen == 0


def test_a_program_writes_all_of_a_draft_that_its_page_writes(city):
    plan = {
        "benefit": "9.rd_growth", "year": 2025, "on": "2026-03-02", "appropriation": make_appropriation(city).pk,
        "opens_at": "2026-03-03T09:00:00+08:00", "closes_at": "2026-03-31T17:30:00+08:00",
    }  # fmt: skip
    ask = program(city.officer)
    _, call = ask("offices/calls", plan)
    texts = {
        "title": {"zh": "审计报告", "en": "Audit report"},
        "why": {"zh": "没有共享接口", "en": "not shared"},
    }
    gate = {"gate": "credit", "days": 5, "silence": "agree"}

    def change(**given):
        nonlocal call
        status, told = ask(f"offices/calls/{call['number']}/change", {"revision": call["revision"], **given})
        call = told if status == 200 else call
        return status

    done = [
        change(gates=[gate], quorum=1, rule="queue", documents=[texts, {"key": "plan", **texts}]),
        change(publish_at="2026-03-02T12:00:00+08:00", quorum=0),
        change(publish_at=None, rule=None),
    ]

    assert done == [200, 200, 200]
    assert (call["gates"], call["quorum"], call["rule"], call["publish_at"]) == ([gate], 0, "queue", None)
    assert call["documents"] == [{"key": "document-1", **texts}, {"key": "plan", **texts}]
    assert change(gates=[{**gate, "gate": "nobody"}]) == change(gates=[gate, gate]) == 409
    assert change(documents=[{"key": "plan", **texts}] * 2) == 409
    assert change(quorum=2) == 409
    assert change(gates=[], documents=[]) == 200
    assert (call["gates"], call["documents"]) == ([], [])


def test_a_department_does_the_casework_beside_the_acts(city):
    grower = make_grower()
    case = carried_to(city, make_case(make_call(city), grower), "submitted")
    state_facts(grower, {"carriers": [CARRIER]})
    money = make_appropriation(city, 100 * WAN, "29")
    reward = make_call(city, money, benefit="29.national_carrier")
    beside = carried_to(city, make_case(reward, grower), "submitted")
    case = workflow.apply(case, "recommend", actor=city.district, at=AT, amount=case.declared_fen)
    case = workflow.apply(case, "accept", actor=city.officer, at=AT)
    ask = program(city.officer)
    (waiting,) = tell(
        [(grower.user_id, grower.pk)],
        event=Event.objects.latest("number"),
        title={"zh": "信", "en": "letter"},
        body={"zh": "文", "en": "text"},
        draft_for=f"case:{case.pk}",
    )

    noted = ask(f"cases/{case.number}/notes", {"text": "已电话核对"})
    overlap = ask(f"cases/{case.number}/overlaps/{beside.number}", {"same": False, "why": "环节不同"})
    _, letters = ask(f"cases/{case.number}/letters")
    _, left = ask(f"cases/{case.number}/letters", {"letters": [waiting.pk]})

    assert (noted[0], overlap[0]) == (200, 200)
    assert [one["id"] for one in letters["letters"]] == [waiting.pk]
    assert left == {"letters": []}
    waiting.refresh_from_db()
    assert waiting.state == Message.State.RELEASED
    case.refresh_from_db()
    assert case.stacking[0]["why"] == "环节不同"


def test_an_objection_is_raised_and_answered_and_the_notice_withdrawn(city, monkeypatch):
    notice, _ = noticed(city)
    monkeypatch.setattr(timezone, "now", lambda: at_noon(notice.first_day))
    applicant, ask = program(make_membership(Role.MANAGER)), program(city.officer)
    said = {"notice": notice.number, "line": 1, "ground": "金额有误。", "remedy": "重新核定。"}

    _, raised = applicant("objections", said)
    _, listed = ask("offices/objections")
    refused = ask(f"offices/notices/{notice.number}/withdraw", {"reason": "重新核定。"})
    _, answered = ask(
        f"offices/objections/{raised['number']}/answer", {"upheld": False, "answer": "金额无误。"}
    )

    assert [one["number"] for one in listed["objections"]] == [raised["number"]]
    assert answered["state"] == "rejected"
    assert refused[0] == 404  # it is for who determines
    assert (
        program(city.decider)(f"offices/notices/{notice.number}/withdraw", {"reason": "重新核定。"})[0] == 200
    )
    notice.refresh_from_db()
    assert (notice.state, Case.objects.get().state) == ("withdrawn", "accepted")


def test_finance_keeps_the_budget_and_takes_money_back(city):
    ask = program(city.accountant)
    budget = {"year": 2026, "measure": "9", "title": "补助", "source": "威财预〔2026〕1号", "amount_fen": YI}

    _, made = ask("treasury/appropriations", budget)
    _, smaller = ask(
        f"treasury/appropriations/{made['id']}/amount",
        {"amount_fen": 500, "from_fen": YI, "source": "威财预〔2026〕8号"},
    )
    _, ledger = ask(f"treasury/appropriations/{made['id']}/ledger.xlsx")
    refused = program(city.treasurer)("treasury/appropriations", budget)

    assert (made["free_fen"], smaller["amount_fen"]) == (YI, 500)
    assert openpyxl.load_workbook(io.BytesIO(ledger)).active.max_row >= 3
    assert (refused[0], Appropriation.objects.count()) == (409, 1)


def test_finance_takes_payments_out_of_a_batch_and_then_the_batch_back(city):
    ask = program(city.accountant)
    batch = treasury.prepare_batch(
        [money.make_payable_award(), money.make_payable_award()], actor=city.accountant, at=AT
    )
    first = batch.payments.order_by("number").first()
    reason = {"reason": "账户有误。"}

    _, without = ask(f"treasury/batches/{batch.number}/payments/{first.number}/withdraw", reason)
    _, gone = ask(f"treasury/batches/{batch.number}/withdraw", reason)
    file = ask(f"treasury/batches/{money.make_sent_batch().number}/file.csv")

    assert {one["number"]: one["state"] for one in without["payments"]}[first.number] == "withdrawn"
    assert sorted(one["state"] for one in without["payments"]) == ["prepared", "withdrawn"]
    assert gone["state"] == "withdrawn"
    assert file[0] == 200
    assert "威海" in file[1].decode("utf-8-sig")


def test_finance_enters_what_came_back_once(city):
    plan = [(date(2026, 4, 1), 300), (date(2026, 7, 1), 200)]
    award = money.make_paid_award(yuan=500)
    due = treasury.open_receivable(award, 500, "不实", plan, actor=city.decider, at=AT)
    ask, receipt = program(city.accountant), {"amount_fen": 300, "on": "2026-03-02", "voucher": "B1"}

    _, first = ask(f"treasury/receivables/{due.pk}/receipts", receipt)
    _, same = ask(f"treasury/receivables/{due.pk}/receipts", receipt)
    _, listed = ask("treasury/receivables?state=open")

    assert first == same == listed["receivables"][0]
    assert (first["recovered_fen"], first["due_on"], first["closed"]) == (300, "2026-07-01", False)
    assert [one["back_fen"] for one in first["instalments"]] == [300, 0]


def test_an_officer_takes_a_list_in_applies_and_undoes_it(city):
    grower, ask = make_grower(), program(city.officer)
    _, secret = tokens.make(title="x", days=30, actor=city.officer, at=AT)
    row = [grower.organisation.uscc, grower.organisation.name, "专精特新中小企业", "省级", "2025-06-01"]
    rows = workbook(["主体代码", "单位名称", "资质", "级别", "认定日期"], row)
    form = {"file": SimpleUploadedFile("名录.xlsx", rows), "record": "statuses", "title": "2025 年名单"}

    taken = Client().post("/api/registry/lists", form, headers={"authorization": f"Bearer {secret}"}).json()
    working.read_list(taken["id"])
    _, checked = ask(f"registry/lists/{taken['id']}")
    ask(f"registry/lists/{taken['id']}/apply", SURE)
    working.apply_list(taken["id"], lambda: AT)
    stated = Fact.objects.filter(list_import=taken["id"], known_to=None).count()
    ask(f"registry/lists/{taken['id']}/undo", SURE)
    working.undo_list(taken["id"], lambda: AT + timedelta(seconds=1))

    assert (checked["state"], checked["counts"]["added"]) == ("checked", 1)
    assert stated > 0
    assert ListImport.objects.get().state == "undone"
    assert [one["state"] for one in ask("registry/lists")[1]["lists"]] == ["undone"]


def test_a_fact_is_disputed_answered_and_verified(city):
    grower = make_grower()
    own, ask = program(grower), program(city.officer)
    given = {"key": "2025", "actor": city.officer, "at": AT, "source": "list"}
    fact = registry.state(grower.organisation, "years", "sales", "3000万元", **given)
    declared = Fact.objects.get(organisation=grower.organisation, key="2025", field="rd_spend")

    _, raised = own(f"organisation/facts/{fact.pk}/dispute", {"proposed": "3100万元", "ground": "填错一位"})
    _, answered = ask(f"registry/corrections/{raised['id']}/answer", {"uphold": True, "answer": "已核对"})
    _, verified = ask(f"registry/facts/{declared.pk}/verify", {"value": "880万元"})
    _, none = own("organisation/facts/none", {"record": "projects"})

    assert answered["state"] == "upheld"
    assert (verified["source"], verified["value"], verified["prevails"]) == ("verified", 880_000_000, True)
    assert (none["field"], none["value"]) == ("", False)


def test_a_department_sweeps_the_city_for_its_own_benefits_only(city):
    ask = program(city.officer)

    _, begun = ask("sweeps", {"benefit": "9.rd_growth", "on": "2026-03-02", "year": 2025})
    ask(f"sweeps/{begun['id']}/stop", SURE)
    foreign = program(make_membership(Role.OFFICER, money.make_department("市卫生健康委")))(
        "sweeps", {"benefit": "9.rd_growth", "on": "2026-03-02", "year": 2025}
    )

    assert Sweep.objects.get().stop
    assert foreign[0] == 404


def test_the_version_in_force_is_not_proposed_again():
    ask = program(make_membership(Role.POLICY))

    refused = ask("releases", {"note": "修订。"})
    _, listed = ask("releases")

    assert refused[0] == 409
    assert [one["state"] for one in listed["releases"]] == ["in_force"]


def test_an_offer_is_taken_by_api(city):
    world = World()
    case = world.offered
    ask = program(case.organisation.memberships.get())

    account = {"holder": case.organisation.name, "bank": "威海银行环翠支行", "number": "6228480402564890018"}
    _, stated = ask(f"applications/{case.number}/account", account)
    status, taken = ask(f"applications/{case.number}/confirm", {"revision": stated["revision"]})

    assert (status, taken["state"]) == (200, "accepted")


def test_an_application_is_withdrawn_with_a_reason_on_the_revision_that_was_seen(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    ask = program(case.organisation.memberships.get())

    stale = ask(f"applications/{case.number}/withdraw", {"revision": 0, "reason": "不再申报。"})
    done = ask(f"applications/{case.number}/withdraw", {"revision": case.revision, "reason": "不再申报。"})

    assert (stale[0], done[0]) == (409, 200)
    assert Case.objects.get().state == "withdrawn"
    assert Call.objects.get().state == "published"


def test_a_manager_invites_a_colleague_and_withdraws_the_invitation():
    ask = program(make_membership(Role.MANAGER))

    _, made = ask("people/invitations", {"role": "clerk", "email": "li@example.com"})
    _, before = ask("people")
    _, after = ask(f"people/invitations/{made['id']}/withdraw", SURE)
    last = ask(f"people/{before['people'][0]['id']}/end", SURE)

    assert made["address"].startswith("http://testserver/invitations/")
    assert [one["email"] for one in before["invitations"]] == ["li@example.com"]
    assert after["invitations"] == []
    assert last[0] == 409
