"""Awards in parts: stages that wait, shares of several payees; never more than was granted, in whatever order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import AT
from kechuang.accounts.refusals import Refused
from kechuang.treasury import actions, queries
from kechuang.treasury.checking import check_ledger
from kechuang.treasury.exporting import csv_of
from kechuang.treasury.models import Award, Part, Payment
from treasury.factories import (
    YUAN,
    make_accountant,
    make_appropriation,
    make_award,
    make_payable_award,
    make_payee,
    make_treasurer,
    paid,
    refused,
    returned,
)
from treasury.test_api import program_of

pytestmark = pytest.mark.django_db

CONTRIBUTORS = actions.Share("主要完成人", 300 * YUAN, "李明", "威海银行环翠支行", "6217000000000001")
RESEARCH = actions.Share("自主选题科研经费", 300 * YUAN)


def divided(award: Award, *shares: actions.Share) -> list[Part]:
    return actions.divide(award, shares, actor=make_accountant(), at=AT)


def staged(yuan: int = 600) -> Award:
    """An award of two halves, the first paid from the beginning, the second waiting."""
    award = make_payable_award(yuan=yuan)
    half = yuan * YUAN // 2
    divided(award, actions.Share("第一阶段", half), actions.Share("第二阶段", half, waits=True))
    return award


def sent(batch):
    actions.approve_batch(batch, actor=make_treasurer(), at=AT)
    return actions.mark_sent(batch, actor=make_accountant(), at=AT)


def test_one_award_goes_to_several_payees_each_with_an_account_and_a_sum():
    award = make_payable_award(yuan=600)
    actions.divide_among(award, [CONTRIBUTORS, RESEARCH], actor=make_accountant(), at=AT)

    batch = actions.prepare_batch([award], actor=make_accountant(), at=AT)

    own = award.organisation.bank_accounts.get()
    found = [(one.part, one.holder, one.account, one.amount_fen) for one in batch.payments.order_by("number")]
    assert found == [
        (1, "李明", "6217000000000001", 300 * YUAN),
        (2, own.holder, own.number, 300 * YUAN),
    ]
    assert "主要完成人" in csv_of(batch).decode()
    sent(batch)
    actions.settle(batch, [paid(one.number) for one in batch.payments.all()], actor=make_accountant(), at=AT)
    award.refresh_from_db()
    assert award.paid_fen == award.amount_fen
    assert check_ledger() == []


def test_only_an_accountant_divides_among_payees():
    with refused("财政"):
        actions.divide_among(
            make_payable_award(yuan=600), [CONTRIBUTORS, RESEARCH], actor=make_treasurer(), at=AT
        )


def test_the_parts_add_up_to_the_award_and_are_fixed_once():
    award = make_payable_award(yuan=600)
    with refused("两者要相等"):
        divided(award, CONTRIBUTORS)
    made = divided(award, CONTRIBUTORS, RESEARCH)

    assert divided(award, CONTRIBUTORS, RESEARCH) == made
    with refused("不能再改"):
        divided(award, RESEARCH, CONTRIBUTORS)


def shares_sent(*rows: tuple[str, ...], **more: str) -> dict[str, str]:
    """What the page sends: title, amount, holder, bank and account of each row."""
    names = ("title", "amount", "holder", "bank", "account")
    sent = {
        f"share-{at}-{name}": value
        for at, row in enumerate(rows)
        for name, value in zip(names, row, strict=True)
    }
    return sent | {"share-TOTAL_FORMS": str(len(rows)), "share-INITIAL_FORMS": "0", **more}


LI = ("主要完成人", "300", "李明", "威海银行环翠支行", "6217 0000 0000 0001")


def at_the_page_of(award: Award) -> tuple[Client, str]:
    client = Client()
    client.force_login(make_accountant().user)
    return client, f"/treasury/awards/{award.pk}/parts/"


def test_an_accountant_divides_an_award_on_its_page_and_rows_left_empty_are_no_payees():
    award = make_payable_award(yuan=600)
    client, address = at_the_page_of(award)

    response = client.post(address, shares_sent(LI, ("", "", "", "", ""), ("科研经费", "300", "", "", "")))

    assert response.status_code == 302
    found = [(one.number, one.title, one.holder, one.account, one.amount_fen) for one in award.parts.all()]
    assert found == [
        (1, "主要完成人", "李明", "6217000000000001", 300 * YUAN),
        (2, "科研经费", "", "", 300 * YUAN),
    ]
    assert "已分定" in client.get(address).text


def test_each_part_says_how_it_stands():
    award = make_payable_award(yuan=600)
    divided(
        award,
        actions.Share("第一阶段", 200 * YUAN),
        actions.Share("第二阶段", 300 * YUAN, waits=True),
        actions.Share("第三阶段", 100 * YUAN, waits=True),
    )
    client, address = at_the_page_of(award)

    before = client.get(address).text
    actions.give_back(award, reason="终止", actor=make_accountant(), at=AT)
    after = client.get(address).text

    assert "<h1>分阶段拨付</h1>" in before
    assert (before.count("待拨付</span>"), before.count("未到拨付条件"), before.count("不再拨付")) == (
        1,
        2,
        0,
    )
    assert (after.count("未到拨付条件"), after.count("不再拨付")) == (0, 2)


def test_a_row_more_keeps_what_was_typed_and_a_wrong_sum_says_both_figures():
    award = make_payable_award(yuan=600)
    client, address = at_the_page_of(award)

    more = client.post(address, shares_sent(LI, more="1"))
    wrong = client.post(address, shares_sent(LI))

    assert (more.status_code, more.text.count('class="share"')) == (200, 2)
    assert "李明" in more.text
    assert wrong.status_code == 422
    assert "各部分合计 300.00 元，核定 600.00 元，两者要相等。" in wrong.text
    assert "李明" in wrong.text
    assert not award.parts.exists()


def test_a_payee_has_a_whole_account_or_none():
    with refused("一起填写"):
        divided(make_payable_award(yuan=300), actions.Share("主要完成人", 300 * YUAN, holder="李明"))


def test_an_award_on_its_way_is_no_longer_divided():
    award = make_payable_award(yuan=600)
    actions.prepare_batch([award], actor=make_accountant(), at=AT)

    with refused("已开始拨付"):
        divided(award, CONTRIBUTORS, RESEARCH)


def test_the_database_refuses_parts_that_do_not_add_up():
    award = make_payable_award(yuan=600)

    Part.objects.create(award=award, number=1, title="一", amount_fen=1)

    with (
        pytest.raises(IntegrityError, match="do not add up"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    transaction.set_rollback(True)


def test_the_page_of_what_is_due_lists_stages_and_prepares_one_of_them():
    award = staged()
    accountant = Client()
    accountant.force_login(make_accountant().user)

    page = accountant.get("/treasury/to-pay/").content.decode()
    answer = accountant.post("/treasury/to-pay/", {"part": [award.parts.get(number=1).pk], "which": "ticked"})

    assert "第一阶段" in page
    assert "第二阶段" not in page
    assert answer.status_code == 302
    payment = Payment.objects.get(award=award)
    assert (payment.part, payment.amount_fen) == (1, 300 * YUAN)
    assert "第一阶段" in accountant.get(answer.url).content.decode()


def test_programs_divide_an_award_and_prepare_a_part(settings):
    settings.API_RATE = 0
    award, ask = make_payable_award(yuan=600), program_of(make_accountant())
    parts = [
        {
            "title": "主要完成人",
            "amount_fen": 30_000,
            "holder": "李明",
            "bank": "威海银行",
            "account": "621700001",
        },
        {"title": "自主选题", "amount_fen": 30_000},
    ]

    made = ask(f"awards/{award.pk}/parts", {"parts": parts}).json()
    due = ask("due").json()
    batch = ask("batches", {"parts": [made["parts"][0]["id"]]}).json()

    assert [one["title"] for one in due["awards"][0]["parts"]] == ["主要完成人", "自主选题"]
    assert [one["amount_fen"] for one in batch["payments"]] == [30_000]


def test_the_database_lets_nobody_release_a_part_by_hand():
    part = staged().parts.get(number=2)

    with pytest.raises(IntegrityError, match="only released"), transaction.atomic():
        Part.objects.filter(pk=part.pk).update(released_at=AT)


def test_a_stage_that_waits_is_not_due_and_cannot_be_prepared():
    award = staged()
    waiting = award.parts.get(number=2)

    (due,) = queries.to_pay(make_accountant(), AT)
    assert [one.number for one in due.due_parts] == [1]
    assert due.left_fen == 300 * YUAN
    with refused("还没有到拨付条件"):
        actions.prepare_batch([], parts=[waiting], actor=make_accountant(), at=AT)


def test_an_award_whose_stages_all_wait_is_not_on_the_list():
    award = make_payable_award(yuan=600)
    divided(award, actions.Share("第一阶段", 600 * YUAN, waits=True))

    assert list(queries.to_pay(make_accountant(), AT)) == []
    with refused("还没有到拨付条件"):
        actions.prepare_batch([award], actor=make_accountant(), at=AT)


def test_the_database_pays_no_stage_before_it_is_released_and_no_other_sum():
    award = staged()
    batch = actions.prepare_batch([make_payable_award()], actor=make_accountant(), at=AT)
    account = award.organisation.bank_accounts.get()
    to = {"holder": account.holder, "bank": account.bank, "account": account.number}
    for part, fen in ((2, 300 * YUAN), (1, 299 * YUAN), (3, 1)):
        with pytest.raises(IntegrityError, match="no released part"), transaction.atomic():
            Payment.objects.create(
                award=award, batch=batch, number=f"x{part}", part=part, amount_fen=fen, **to
            )


def test_a_stage_comes_back_from_the_bank_and_is_paid_again():
    award = staged()
    batch = sent(actions.prepare_batch([award], actor=make_accountant(), at=AT))
    actions.settle(batch, [returned(batch.payments.get().number)], actor=make_accountant(), at=AT)

    again = actions.prepare_batch([award], actor=make_accountant(), at=AT)

    assert [(one.part, one.amount_fen) for one in again.payments.all()] == [(1, 300 * YUAN)]


def test_what_will_not_be_paid_any_more_is_free_again():
    award = staged()
    money = award.appropriation
    batch = sent(actions.prepare_batch([award], actor=make_accountant(), at=AT))
    with refused("正在办理"):
        actions.give_back(award, reason="终止", actor=make_accountant(), at=AT)
    actions.settle(batch, [paid(batch.payments.get().number)], actor=make_accountant(), at=AT)

    freed = actions.give_back(award, reason="终止", actor=make_accountant(), at=AT)

    award.refresh_from_db()
    money.refresh_from_db()
    assert freed == 300 * YUAN == award.paid_fen == award.committed_fen == money.committed_fen
    assert check_ledger() == []


def test_a_released_stage_stays_owed_when_the_rest_is_given_back():
    award = staged()

    assert actions.give_back(award, reason="终止", actor=make_accountant(), at=AT) == 300 * YUAN
    (due,) = queries.to_pay(make_accountant(), AT)
    assert due.left_fen == 300 * YUAN
    assert (
        actions.give_back(award, released=True, reason="追回", actor=make_accountant(), at=AT) == 300 * YUAN
    )
    assert list(queries.to_pay(make_accountant(), AT)) == []


CAP_FEN = 900
ACTS = st.tuples(
    st.sampled_from(["prepare", "send", "withdraw", "paid", "returned", "hold", "free", "give back"]),
    st.integers(0, 5),
)


@settings(
    max_examples=12, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sums=st.lists(st.lists(st.integers(1, 300), min_size=1, max_size=3), min_size=2, max_size=4),
    acts=st.lists(ACTS, min_size=5, max_size=25),
)
def test_no_payment_passes_any_cap_in_whatever_order(sums, acts):
    """Awards of one enterprise under one yearly ceiling, divided at random, paid and sent back in any order."""
    with transaction.atomic():
        payee, money = make_payee(), make_appropriation(20)
        accountant, treasurer = make_accountant(), make_treasurer()
        for place, parts in enumerate(sums):
            award = make_award(
                money, organisation=payee, amount_fen=sum(parts), cap="x/yearly", cap_fen=CAP_FEN
            )
            try:
                actions.commit(award, actor=accountant, at=AT)
            except Refused:
                continue
            actions.make_payable(award, actor=accountant, at=AT)
            actions.divide(
                award,
                [
                    actions.Share(f"第 {n} 部分", fen, waits=place % 2 == 1 and n == 1)
                    for n, fen in enumerate(parts)
                ],
                actor=accountant,
                at=AT,
            )
        for act, place in acts:
            _try(act, place, accountant, treasurer)
            _nothing_is_passed(payee)
        assert check_ledger() == []
        transaction.set_rollback(True)


def _try(act, place, accountant, treasurer):
    parts, payments = list(Part.objects.order_by("id")), list(Payment.objects.order_by("id"))
    awards = list(Award.objects.order_by("id"))
    part = parts[place % len(parts)] if parts else None
    payment = payments[place % len(payments)] if payments else None
    award = awards[place % len(awards)]
    later = {"actor": accountant, "at": AT + timedelta(hours=1)}
    try:
        if act == "prepare" and part:
            actions.prepare_batch([], parts=[part], **later)
        elif act == "send" and payment:
            actions.approve_batch(payment.batch, actor=treasurer, at=later["at"])
            actions.mark_sent(payment.batch, **later)
        elif act == "withdraw" and payment:
            actions.withdraw_payment(payment, reason="x", **later)
        elif act in {"paid", "returned"} and payment:
            answer = paid if act == "paid" else returned
            actions.settle(payment.batch, [answer(payment.number)], **later)
        elif act in {"hold", "free"}:
            (actions.hold if act == "hold" else actions.unhold)(award, subject="objection:1", **later)
        elif act == "give back":
            actions.give_back(award, reason="x", **later)
    except Refused:
        pass


def _nothing_is_passed(payee):
    awards = Award.objects.filter(organisation=payee).prefetch_related("payments", "parts")
    for award in awards:
        out = [one for one in award.payments.all() if one.state in {"prepared", "sent", "paid"}]
        released = {one.number: one.amount_fen for one in award.parts.all() if one.released_at}
        assert sum(one.amount_fen for one in out) <= award.committed_fen <= award.amount_fen
        assert all(released[one.part] == one.amount_fen for one in out)
        assert len({one.part for one in out}) == len(out)
    assert sum(one.paid_fen for one in awards) <= CAP_FEN
