"""Pages of the treasury: who sees them, what they say, how many queries a list takes."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from factories import AT, make_membership
from kechuang.accounts.models import User
from kechuang.accounts.roles import Role
from kechuang.journal import clock, statements
from kechuang.treasury import actions, exporting, lists, queries
from kechuang.treasury.models import Appropriation, Batch
from treasury.factories import (
    YUAN,
    make_accountant,
    make_appropriation,
    make_award,
    make_paid_award,
    make_payable_award,
    make_payee,
    make_sent_batch,
    make_treasurer,
    paid,
    returned,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 3)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    """The tests of pages live on one day."""
    monkeypatch.setattr(clock, "now", lambda: AT)
    monkeypatch.setattr(clock, "today", lambda: TODAY)


def signed_in(membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def make_receivable(yuan=500, plan=((date(2026, 2, 1), 200 * YUAN), (date(2026, 6, 1), 300 * YUAN))):
    decider, before = make_membership(Role.DECIDER), AT - timedelta(days=60)
    return actions.open_receivable(
        make_paid_award(yuan), yuan * YUAN, "研发费用不实", plan, actor=decider, at=before
    )


def addresses() -> list[str]:
    """A page of every kind, with something on it."""
    award = make_paid_award()
    receivable = make_receivable()
    entry = award.entries.latest("id")
    return [
        reverse("treasury"),
        reverse("treasury-appropriation", args=[award.appropriation_id]),
        reverse("treasury-ledger-file", args=[award.appropriation_id]),
        reverse("treasury-entry", args=[entry.pk]),
        reverse("treasury-to-pay"),
        reverse("treasury-batches"),
        reverse("treasury-batch", args=[entry.payment.batch.number]),
        reverse("treasury-batch-file", args=[entry.payment.batch.number, "csv"]),
        reverse("treasury-receivables"),
        reverse("treasury-receivable", args=[receivable.pk]),
    ]


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.TREASURER, Role.LEADER, Role.AUDITOR])
def test_finance_and_those_who_read_the_city_see_every_page(role):
    client = signed_in(make_membership(role))

    assert {client.get(address).status_code for address in addresses()} == {200}


@pytest.mark.parametrize("role", [Role.CLERK, Role.OFFICER, Role.DECIDER, Role.OPERATOR])
def test_for_others_there_is_no_page(role):
    client = signed_in(make_membership(role))

    assert {client.get(address).status_code for address in addresses()} == {404}


def test_a_batch_shows_first_what_was_stopped_and_says_how_many():
    awards = [make_payable_award() for _ in range(3)]
    batch = actions.prepare_batch(awards, actor=make_accountant(), at=AT)
    actions.hold(awards[2], subject="objection:1", actor=make_accountant(), at=AT)

    lines = list(queries.lines_of(batch))
    shown = signed_in(make_accountant()).get(reverse("treasury-batch", args=[batch.number])).content.decode()

    assert [(one.award_id, one.stopped) for one in lines] == [
        (awards[2].pk, True),
        (awards[0].pk, False),
        (awards[1].pk, False),
    ]
    assert "有 1 笔在准备之后被暂缓" in shown


@pytest.mark.parametrize("tallied", [3, 2])
def test_a_tab_counts_what_is_to_be_paid_up_to_a_limit(monkeypatch, tallied):
    monkeypatch.setattr(lists, "TALLIED", tallied)
    monkeypatch.setattr(statements, "_STATEMENTS", {})
    for _ in range(3):
        make_payable_award()

    shown = signed_in(make_accountant()).get(reverse("treasury")).content.decode()

    assert f'<span class="tally">{tallied}+</span>' in shown


@pytest.mark.parametrize(
    ("page", "number"),
    [
        ("treasury", 2),
        ("treasury-appropriation", 5),
        ("treasury-to-pay", 6),
        ("treasury-batches", 4),
        ("treasury-batch", 4),
        ("treasury-receivables", 3),
    ],
)
def test_a_list_takes_the_same_number_of_queries_however_long(page, number):
    client = signed_in(make_accountant())
    money = make_appropriation(10_000_000)
    for _ in range(3):
        make_payable_award(money)
    batch = make_sent_batch(*[make_payable_award(money) for _ in range(3)])
    for _ in range(2):
        make_receivable()
    arguments = {"treasury-appropriation": [money.pk], "treasury-batch": [batch.number]}.get(page, [])

    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse(page, args=arguments)).status_code == 200

    assert sum('"treasury_' in one["sql"] for one in asked) == number


def test_an_accountant_enters_an_appropriation_and_makes_it_larger():
    client = signed_in(make_accountant())
    given = {
        "year": 2026,
        "measure": "9",
        "title": "研发补助",
        "amount": "1,200万元",
        "source": "威财预〔2026〕1号",
    }

    client.post(reverse("treasury-appropriation-new"), given)
    money = Appropriation.objects.get()
    client.post(
        reverse("treasury-adjust", args=[money.pk]),
        {"amount": "15000000", "source": "威财预〔2026〕9号", "from_fen": 12_000_000 * YUAN},
    )

    money.refresh_from_db()
    assert money.amount_fen == 15_000_000 * YUAN


def test_what_is_wrong_in_a_form_is_said_beside_its_field_and_nothing_typed_is_lost():
    client = signed_in(make_accountant())
    given = {"year": 26, "measure": "", "title": "研发补助", "amount": "一百", "function_code": "科技"}

    answer = client.post(reverse("treasury-appropriation-new"), given)

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"year", "measure", "amount", "source", "function_code"}
    assert 'value="研发补助"' in answer.text
    assert 'value="一百"' in answer.text


def test_the_ledger_is_filtered_summed_and_exported():
    award = make_paid_award()
    client = signed_in(make_membership(Role.AUDITOR))
    page = reverse("treasury-appropriation", args=[award.appropriation_id])

    shown = client.get(page, {"act": "pay", "q": award.organisation.name, "since": "2026-03-01"}).context
    workbook = client.get(reverse("treasury-ledger-file", args=[award.appropriation_id]), {"act": "pay"})

    assert [entry["act"] for entry in shown["page"]] == ["pay"]
    assert [(row["act"], row["entries"], row["fen"]) for row in shown["sums"]] == [("pay", 1, 50_000 * YUAN)]
    rows = list(openpyxl.load_workbook(io.BytesIO(workbook.content)).active.values)
    assert len(rows) == 2
    assert rows[1][2:6] == ("拨付", award.organisation.name, award.subject, 50_000)


def test_an_entry_leads_from_the_voucher_to_the_clause():
    award = make_paid_award()
    entry = award.entries.get(act="pay")

    text = signed_in(make_membership(Role.AUDITOR)).get(reverse("treasury-entry", args=[entry.pk])).text

    places = [
        text.index(word)
        for word in (
            entry.voucher,
            "2026-0001-001",
            "/treasury/batches/2026-0001/",
            f"申报件 {award.subject[5:]}",
            "/measures/9/",
        )
    ]
    assert places == sorted(places)


def test_batches_are_prepared_from_what_is_ticked_or_from_all_that_is_filtered():
    client = signed_in(make_accountant())
    awards = [make_payable_award() for _ in range(3)]

    client.post(reverse("treasury-to-pay"), {"which": "ticked", "award": [awards[0].pk]})
    client.post(f"{reverse('treasury-to-pay')}?q={awards[1].organisation.uscc}", {"which": "all"})

    paid_in = [list(batch.payments.values_list("award", flat=True)) for batch in Batch.objects.order_by("id")]
    assert paid_in == [[awards[0].pk], [awards[1].pk]]


def test_choosing_nothing_is_said_on_the_page():
    make_payable_award()

    answer = signed_in(make_accountant()).post(reverse("treasury-to-pay"), {"which": "ticked"})

    assert answer.status_code == 422
    assert "请先选择要拨付的资金" in answer.text


def test_a_batch_goes_from_hand_to_hand():
    accountant, treasurer = signed_in(make_accountant()), signed_in(make_treasurer())
    accountant.post(reverse("treasury-to-pay"), {"award": [make_payable_award().pk]})
    number = Batch.objects.get().number
    act = lambda client, name, **more: client.post(reverse("treasury-batch-act", args=[number, name]), more)  # noqa: E731

    refused = act(accountant, "approve")
    act(treasurer, "approve", seen_fen=50_000 * YUAN)
    file = accountant.get(reverse("treasury-batch-file", args=[number, "csv"]))
    act(accountant, "send", file_hash=exporting.hash_of(file.content))

    batch = Batch.objects.get()
    assert refused.status_code == 422
    assert batch.state == "sent"
    assert exporting.hash_of(file.content) == batch.file_hash
    assert file.content.startswith(b"\xef\xbb\xbf")


def test_a_reason_is_asked_for_before_a_batch_is_withdrawn():
    client = signed_in(make_accountant())
    batch = actions.prepare_batch([make_payable_award()], actor=make_accountant(), at=AT)
    address = reverse("treasury-batch-act", args=[batch.number, "withdraw"])

    assert "请写明原因" in client.post(address).text
    client.post(address, {"reason": "账户有误"})

    batch.refresh_from_db()
    assert batch.state == "withdrawn"


def test_texts_of_a_batch_file_are_no_formulas():
    payee = make_payee(name="=HYPERLINK(1)")
    batch = make_sent_batch(make_payable_award(organisation=payee))

    data = exporting.csv_of(batch).decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(exporting.workbook_of(batch)))

    assert ",'=HYPERLINK(1)," in data
    assert [cell.data_type for cell in book.active[2]].count("f") == 0


def test_receipts_are_entered_and_what_is_too_much_is_refused():
    client = signed_in(make_accountant())
    receivable = make_receivable()
    address = reverse("treasury-receivable", args=[receivable.pk])

    too_much = client.post(address, {"amount": "500.01", "on": "2026-03-02", "voucher": "B1"})
    client.post(address, {"amount": "500", "on": "2026-03-02", "voucher": "B1"})

    receivable.refresh_from_db()
    assert too_much.status_code == 422
    assert "还应收 500.00 元" in too_much.text
    assert receivable.closed_at == AT


def test_what_is_overdue_comes_first_and_what_is_closed_last():
    later = make_receivable(plan=((date(2026, 6, 1), 500 * YUAN),))
    closed = make_receivable(plan=())
    overdue = make_receivable()
    actions.receive(closed, 500 * YUAN, AT.date(), "B1", actor=make_accountant(), at=AT)
    actions.receive(overdue, 150 * YUAN, AT.date(), "B2", actor=make_accountant(), at=AT)
    client = signed_in(make_membership(Role.LEADER))

    shown = client.get(reverse("treasury-receivables")).context

    assert [one["pk"] for one in shown["page"]] == [overdue.pk, later.pk, closed.pk]
    assert shown["tallies"]["overdue"] == 1
    assert shown["totals"]["left_fen"] == 850 * YUAN


def test_those_who_only_read_are_offered_no_act():
    make_payable_award()
    make_award()
    client = signed_in(make_membership(Role.LEADER))

    page = client.get(reverse("treasury-to-pay"))

    assert 'name="award"' not in page.text
    assert client.post(reverse("treasury-to-pay"), {"which": "all"}).status_code == 422
    assert not Batch.objects.exists()


def test_a_batch_says_beside_its_total_what_was_paid_and_what_came_back():
    batch = make_sent_batch(make_payable_award(yuan=300), make_payable_award(yuan=200))
    first, second = batch.payments.order_by("number")
    actions.settle(batch, [paid(first.number), returned(second.number)], actor=make_accountant(), at=AT)
    client = signed_in(make_accountant())

    whole = client.get(reverse("treasury-batch", args=[batch.number]))
    [row] = client.get(reverse("treasury-batches")).context["rows"]
    client.cookies["django_language"] = "en"
    english = client.get(reverse("treasury-batch", args=[batch.number])).text
    listed = client.get(reverse("treasury-batches")).text

    sums = {"paid": 1, "paid_fen": 300 * YUAN, "returned": 1, "returned_fen": 200 * YUAN, "fen": 500 * YUAN}
    for name, expected in sums.items():
        assert (row[name], getattr(whole.context["batch"], name)) == (expected, expected)
    assert "其中已付 1 笔" in whole.text
    assert "其中已退回 1 笔" in whole.text
    assert "Of these paid: 1" in english
    assert "1 payment<" in listed


def test_names_and_reasons_stand_in_the_rows_as_text_whatever_is_in_them():
    name = '<b>威海</b>&"甲"{x}%s'
    client = signed_in(make_accountant())
    money = make_appropriation(title=name)
    award = make_payable_award(money, organisation=make_payee(name=name))
    batch = actions.prepare_batch(
        [make_payable_award(money, organisation=award.organisation)], actor=make_accountant(), at=AT
    )
    payment = batch.payments.get()
    actions.withdraw_payment(payment, reason=name, actor=make_accountant(), at=AT)
    User.objects.filter(pk=batch.prepared_by.user_id).update(name=name)
    pages = [
        reverse("treasury"),
        reverse("treasury-appropriation", args=[money.pk]),
        reverse("treasury-to-pay"),
        reverse("treasury-batches"),
        reverse("treasury-batch", args=[batch.number]),
    ]

    for page in pages:
        shown = client.get(page).content.decode()
        assert f'lang="zh-CN">{escape(name)}</' in shown
        assert "<b>" not in shown
