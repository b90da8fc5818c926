"""The dossier holds everything a case rests on, with hashes that anybody can check."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta
from html import unescape

import pytest
from django.utils import translation

from factories import make_membership, make_organisation
from fulfilment.city import AT, WAN, carried_to, make_call, make_case, make_city, make_grower
from fulfilment.office import decided, noticed, paid, paid_of, signed_in
from kechuang.accounts.roles import Role
from kechuang.fulfilment import notices, workflow
from kechuang.fulfilment.dossier import SUMS, dossier_of
from kechuang.fulfilment.dossier_page import page_of
from kechuang.treasury import paying

pytestmark = pytest.mark.django_db


@pytest.fixture
def city_paid_back():
    """A case that was objected to, paid, and partly claimed back after a hearing."""
    city = make_city()
    notice, after = noticed(city)
    said = notices.Said("李四", "13800001234", "数字不符", "请核对")
    objection = notices.object_to(notice.lines.get(), said, at=after + timedelta(hours=1))
    text = "已核对，数字无误。"
    notices.answer(objection, upheld=False, text=text, actor=city.decider, at=after + timedelta(hours=2))
    (case,) = paid_of(city, notice)
    later = case.state_since + timedelta(days=1)
    hearing = later.date() + timedelta(days=10)
    workflow.apply(case, "find_breach", actor=city.officer, at=later, reason="材料不实。", hearing_on=hearing)
    later += timedelta(days=10)
    workflow.apply(case, "hear", actor=city.officer, at=later, reason="承认。")
    claimed = {"amount": 5 * WAN, "reason": "部分追回。", "plan": [(hearing, 5 * WAN)]}
    return workflow.apply(case, "claim", actor=city.decider, at=later, **claimed)


def test_every_member_has_the_hash_that_the_list_gives_and_the_events_are_whole():
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "determined")

    archive = zipfile.ZipFile(io.BytesIO(dossier_of(case, AT)))

    listed = dict(reversed(line.split("  ", 1)) for line in archive.read(SUMS).decode().splitlines())
    assert listed == {
        name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if name != SUMS
    }
    events = [json.loads(line) for line in archive.read("events.jsonl").decode().splitlines()]
    assert events[-1]["kind"] == "case.determine"
    assert json.loads(archive.read("case.json"))["determined_fen"] == case.determined_fen
    assert archive.read("dossier.pdf").startswith(b"%PDF")
    assert any(name.endswith("measures/09.yaml") for name in archive.namelist())


def test_the_hash_of_every_event_can_be_computed_from_the_dossier_alone(city_paid_back):
    archive = zipfile.ZipFile(io.BytesIO(dossier_of(city_paid_back, AT)))

    events = [json.loads(line) for line in archive.read("events.jsonl").decode().splitlines()]

    for event in events:
        said = {name: value for name, value in event.items() if name != "hash"}
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == event["hash"], event
    about = {event["subject"].partition(":")[0] for event in events}
    assert {"case", "award", "receivable", "finding", "notice", "objection", "decision"} >= about
    assert about >= {"case", "award", "receivable", "notice"}


def test_the_same_case_gives_the_same_data():
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "accepted")

    first, second = (zipfile.ZipFile(io.BytesIO(dossier_of(case, AT))) for _ in range(2))

    names = [
        name for name in first.namelist() if name not in {"dossier.pdf", SUMS}
    ]  # a PDF names its time of making
    assert [first.read(name) for name in names] == [second.read(name) for name in names]


def test_the_page_to_be_read_is_in_words_and_tells_reasons_hearing_claim_and_objection(city_paid_back):
    case = city_paid_back

    page = " ".join(re.sub(r"<[^>]*>", " ", page_of(case, AT, "zh")).split())

    for said in (
        "研发投入", "900 万元", "区市推荐 同意", "材料不实。", "2026-", "承认。", "部分追回。", "50,000.00 元",
        "第 1 期", "数字不符", "请核对", "部门经办岗", "异议不成立", "已核对，数字无误。", "查实",
    ):  # fmt: skip
        assert said in page, said
    codes = re.findall(
        r"\b(?:rd_spend|True|False|agreed|recommendation|declared|case\.\w+|pay|commit)\b", page
    )
    assert codes == []


@pytest.mark.usefixtures("clock_at")
def test_who_answers_for_a_case_and_who_audits_takes_the_dossier_away():
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "determined")
    auditor = make_membership(Role.AUDITOR, make_organisation(kind="government"))
    address = f"/cases/{case.number}/dossier.zip"

    taken = {one.role: signed_in(one).get(address) for one in (city.officer, city.decider, auditor)}

    for answer in taken.values():
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{case.number}.zip"'
        assert SUMS in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert address in signed_in(auditor).get(f"/cases/{case.number}/").content.decode()


@pytest.mark.usefixtures("clock_at")
def test_nobody_else_takes_it():
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "determined")
    others = [city.district, city.accountant, make_membership(Role.LEADER), make_membership(Role.OFFICER)]

    answers = [signed_in(one).get(f"/cases/{case.number}/dossier.zip").status_code for one in others]

    assert answers == [404] * len(others)
    assert "dossier.zip" not in signed_in(city.district).get(f"/cases/{case.number}/").content.decode()


def test_the_money_is_told_with_payment_account_bank_s_day_and_both_people_of_the_batch():
    city = make_city()
    case, other = paid(city, make_grower(), make_grower())
    payment, foreign = case.award.payments.get(), other.award.payments.get()

    archive = zipfile.ZipFile(io.BytesIO(dossier_of(case, AT)))

    entry = json.loads(archive.read("ledger.json"))[-1]
    [batch] = json.loads(archive.read("batches.json"))
    day = payment.settled_on.isoformat()
    assert (entry["act"], entry["on"], entry["entered_by"]) == ("pay", day, city.accountant.user.name)
    assert (entry["payment"]["number"], entry["payment"]["account"]) == (payment.number, payment.account)
    assert entry["payment"]["settled_on"] == day
    assert (batch["prepared_by"], batch["approved_by"]) == (
        city.accountant.user.name,
        city.treasurer.user.name,
    )
    assert [one["kind"] for one in batch["events"]] == [
        "batch.prepared", "batch.approved", "batch.sent", "batch.settled",
    ]  # fmt: skip
    assert batch["events"][0]["data"]["payments"] == [[payment.number, case.award_id, payment.amount_fen]]
    everything = b"".join(
        archive.read(name) for name in archive.namelist() if name.endswith((".json", ".jsonl"))
    )
    assert foreign.number.encode() not in everything


def test_what_was_taken_out_of_the_batch_for_another_case_stays_with_that_case():
    city = make_city()
    case, other = (decided(city, make_grower()) for _ in range(2))
    at = max(case.state_since, other.state_since)
    batch = paying.prepare_batch([case.award, other.award], actor=city.accountant, at=at)
    taken_out = other.award.payments.get()
    paying.withdraw_payment(taken_out, reason="账户待核", actor=city.accountant, at=at)

    own, foreign = (
        json.loads(zipfile.ZipFile(io.BytesIO(dossier_of(one, AT))).read("batches.json"))
        for one in (case, other)
    )

    kinds = [[event["kind"] for event in found[0]["events"]] for found in (own, foreign)]
    assert kinds == [["batch.prepared"], ["batch.prepared", "payment.withdrawn"]]
    assert own[0]["number"] == batch.number
    assert (own[0]["approved_by"], foreign[0]["payments"][0]["state"]) == (None, "withdrawn")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ("面向企业", "条件均已满足", "拨付编号", "凭证日期", "准备", "复核", "编制拨付批次")),
        ("en", ("For: enterprise", "conditions are met", "Payment", "Bank's day", "Prepared", "Approved",
          "Payment batch prepared")),
    ],
)  # fmt: skip
def test_the_page_lists_as_many_conditions_as_it_counts_and_who_paid(language, said):
    city = make_city()
    [case] = paid(city)
    payment = case.award.payments.get()

    with translation.override("zh-hans" if language == "zh" else "en"):
        html = page_of(case, AT, language)

    page = " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
    for words in (*said, payment.number, payment.account, payment.settled_on.isoformat()):
        assert words in page, words
    for person in (city.accountant, city.treasurer):
        assert person.user.name in page
    counted = int(
        re.search(r"(\d+) 项条件均已满足|All (\d+) conditions", page).group(1 if language == "zh" else 2)
    )
    assert html.split("<ul>", 1)[1].split("</ul>", 1)[0].count("<li>") == counted
