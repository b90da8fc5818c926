"""Appropriations and awards: what is reserved, granted, committed, held and cancelled, and what is refused."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from factories import AT, make_membership
from kechuang.accounts.roles import Role
from kechuang.journal.models import Event
from kechuang.treasury import actions
from kechuang.treasury.models import Appropriation, Award, CapUse, Entry, Reserve
from treasury.factories import (
    YUAN,
    make_accountant,
    make_appropriation,
    make_award,
    make_paid_award,
    make_payable_award,
    make_payee,
    refused,
)

pytestmark = pytest.mark.django_db


def test_an_appropriation_begins_with_an_entry_and_is_free():
    money = make_appropriation(1000)

    assert (money.amount_fen, money.free_fen) == (1000 * YUAN, 1000 * YUAN)
    assert [(one.act, one.amount_fen) for one in money.entries.all()] == [("appropriate", 1000 * YUAN)]
    assert Event.objects.get(kind="appropriation.granted").subject == f"appropriation:{money.pk}"


def test_the_same_of_the_same_document_is_set_aside_once():
    money = make_appropriation(1000, source="威财预〔2026〕1号")

    again = make_appropriation(1000, source="威财预〔2026〕1号")

    assert again == money
    assert money.entries.count() == 1
    assert Event.objects.filter(kind="appropriation.granted").count() == 1


def test_another_sum_of_the_same_document_is_an_adjustment():
    money = make_appropriation(1000, source="威财预〔2026〕1号")

    with refused(f"第 {money.pk} 号预算"):
        make_appropriation(2000, source="威财预〔2026〕1号")

    other = make_appropriation(2000, source="威财预〔2026〕1号", title="另一项补助")
    assert other != money


def test_only_an_accountant_sets_money_aside():
    with refused("财政经办岗"):
        make_appropriation(actor=make_membership(Role.TREASURER))


def test_an_appropriation_is_made_larger_and_smaller_but_not_below_what_is_bound():
    money = make_appropriation(1000)
    actions.reserve(money, 600 * YUAN, subject="call:1", actor=make_accountant(), at=AT)

    larger = actions.adjust(money, 1500 * YUAN, source="威财预〔2026〕9号", actor=make_accountant(), at=AT)
    smaller = actions.adjust(money, 600 * YUAN, source="威财预〔2026〕12号", actor=make_accountant(), at=AT)

    assert (larger.amount_fen, smaller.amount_fen) == (1500 * YUAN, 600 * YUAN)
    with refused("已预留和承诺 600.00 元，预算不能减到 599.99 元"):
        actions.adjust(money, 600 * YUAN - 1, source="x", actor=make_accountant(), at=AT)


def test_a_call_reserves_no_more_than_is_free():
    money = make_appropriation(1000)
    actor = make_accountant()
    actions.reserve(money, 700 * YUAN, subject="call:1", actor=actor, at=AT)

    with refused("可用 300.00 元，需要 400.00 元，还差 100.00 元"):
        actions.reserve(money, 400 * YUAN, subject="call:2", actor=actor, at=AT)


def test_a_call_releases_what_it_holds_and_no_more():
    money = make_appropriation(1000)
    actor = make_accountant()
    actions.reserve(money, 700 * YUAN, subject="call:1", actor=actor, at=AT)
    actions.reserve(money, 300 * YUAN, subject="call:2", actor=actor, at=AT)

    with refused("call:1 预留 700.00 元，不能释放 800.00 元"):
        actions.release_reserve(money, subject="call:1", amount_fen=800 * YUAN, actor=actor, at=AT)
    actions.release_reserve(money, subject="call:1", actor=actor, at=AT)

    assert actions.release_reserve(money, subject="call:1", actor=actor, at=AT) is None
    assert dict(Reserve.objects.values_list("subject", "amount_fen")) == {
        "call:1": 0,
        "call:2": 300 * YUAN,
    }


def test_an_entitlement_is_granted_once():
    award = make_award(yuan=500)
    again = {
        "entitlement": award.entitlement,
        "subject": award.subject,
        "organisation": award.organisation,
        "appropriation": award.appropriation,
    }

    assert make_award(yuan=500, **again | {"appropriation": award.appropriation}) == award
    with refused("已核定 500.00 元"):
        make_award(yuan=600, **again)
    assert Event.objects.filter(kind="award.granted").count() == 1


def test_an_award_is_committed_from_what_its_call_holds():
    money = make_appropriation(1000)
    actor = make_accountant()
    actions.reserve(money, 1000 * YUAN, subject="call:1", actor=actor, at=AT)
    award = make_award(money, 400)

    committed = actions.commit(award, reserve="call:1", actor=actor, at=AT)

    money.refresh_from_db()
    assert committed.committed_fen == 400 * YUAN
    assert (money.reserved_fen, money.committed_fen, money.free_fen) == (600 * YUAN, 400 * YUAN, 0)


def test_an_award_is_not_committed_beyond_what_is_free_and_its_call_holds():
    money = make_appropriation(1000)
    actor = make_accountant()
    actions.reserve(money, 900 * YUAN, subject="call:2", actor=actor, at=AT)

    with refused("可用 100.00 元，需要 400.00 元，还差 300.00 元"):
        actions.commit(make_award(money, 400), reserve="call:1", actor=actor, at=AT)


def test_committing_twice_does_nothing_twice():
    award = make_award(yuan=400)
    actor = make_accountant()

    actions.commit(award, actor=actor, at=AT)
    actions.commit(award, actor=actor, at=AT)

    assert Entry.objects.filter(act="commit").count() == 1
    assert Event.objects.filter(kind="award.committed").count() == 1


def test_a_cap_holds_across_appropriations():
    payee = make_payee(name="威海限额公司")
    cap = {"organisation": payee, "cap": "9.rd_growth/yearly", "cap_fen": 1000 * YUAN}
    actor = make_accountant()
    actions.commit(make_award(yuan=700, **cap), actor=actor, at=AT)

    with refused("限额 1,000.00 元，已用 700.00 元，还可核定 300.00 元，需要 400.00 元"):
        actions.commit(make_award(yuan=400, **cap), actor=actor, at=AT)
    actions.commit(make_award(yuan=300, **cap), actor=actor, at=AT)

    assert CapUse.objects.get().used_fen == 1000 * YUAN


def test_a_cancelled_award_gives_its_money_and_its_cap_back():
    cap = {"cap": "9.rd_growth/yearly", "cap_fen": 1000 * YUAN}
    award = make_award(yuan=700, **cap)
    actor = make_accountant()
    actions.commit(award, actor=actor, at=AT)

    cancelled = actions.cancel(award, reason="企业放弃", actor=actor, at=AT)
    actions.cancel(award, reason="企业放弃", actor=actor, at=AT)

    assert cancelled.committed_fen == 0
    assert Appropriation.objects.get().committed_fen == 0
    assert CapUse.objects.get().used_fen == 0
    with refused("已取消"):
        actions.commit(award, actor=actor, at=AT)
    assert make_award(award.appropriation, 700, entitlement=award.entitlement) != award


def test_what_is_paid_or_on_its_way_is_not_cancelled():
    actor = make_accountant()
    under_way = make_payable_award()
    actions.prepare_batch([under_way], actor=actor, at=AT)

    with refused("已拨付 50,000.00 元"):
        actions.cancel(make_paid_award(), reason="x", actor=actor, at=AT)
    with refused("正在办理"):
        actions.cancel(under_way, reason="x", actor=actor, at=AT)


def test_an_award_is_held_once_for_one_thing():
    award = make_award()
    actor = make_accountant()

    for subject in ("objection:1", "objection:1", "objection:2"):
        award = actions.hold(award, subject=subject, actor=actor, at=AT)
    assert award.holds == 2
    for subject in ("objection:1", "objection:1", "objection:9"):
        award = actions.unhold(award, subject=subject, actor=actor, at=AT)

    assert award.holds == 1


def test_the_first_end_of_the_notice_counts():
    award = make_award()
    actor = make_accountant()

    actions.make_payable(award, actor=actor, at=AT)
    actions.make_payable(award, actor=actor, at=AT.replace(year=2027))

    award.refresh_from_db()
    assert award.payable_from == AT


@pytest.mark.parametrize(
    "change",
    [
        lambda _: Appropriation.objects.update(committed_fen=0),
        lambda _: Appropriation.objects.update(amount_fen=10**12),
        lambda _: Award.objects.update(paid_fen=1),
        lambda _: Award.objects.update(amount_fen=1),
        lambda _: Award.objects.update(cap="other", cap_fen=5),
        lambda _: CapUse.objects.update(used_fen=0),
        lambda award: Reserve.objects.create(
            appropriation=award.appropriation, subject="call:9", amount_fen=5
        ),
        lambda award: Entry.objects.create(
            act="pay",
            appropriation=award.appropriation,
            award=award,
            subject="case:1",
            amount_fen=5,
            at=AT,
        ),
    ],
)
def test_totals_are_moved_by_entries_and_by_nobody_else(change):
    award = make_award(yuan=700, cap="9.rd_growth/yearly", cap_fen=1000 * YUAN)
    actions.commit(award, actor=make_accountant(), at=AT)

    with pytest.raises(IntegrityError), transaction.atomic():
        change(award)


def test_an_account_is_changed_by_adding_another():
    organisation = make_payee()
    actor = make_membership(organisation=organisation)
    stated = {"holder": "甲", "bank": "乙银行", "number": "123456", "actor": actor, "at": AT}

    first = actions.state_account(organisation, **stated)
    same = actions.state_account(organisation, **stated)

    assert same == first
    assert organisation.bank_accounts.count() == 2
    assert organisation.bank_accounts.get(replaced_at__isnull=True) == first
