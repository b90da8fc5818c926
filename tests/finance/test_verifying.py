"""`kechuang verify` derives pools and letters again: one changed value is named, also where its seal was renewed."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import WAN, file, loan, make_filer, make_tech_sme
from finance.test_every_finance import make_filed_once
from finance.test_pools import Act, make_loss, make_pool
from fulfilment.city import make_city
from fulfilment.test_seals import past_triggers
from kechuang.accounts.roles import Role
from kechuang.finance import letters, pools
from kechuang.fulfilment.problems import Problem
from kechuang.fulfilment.sealed import sealed_tables
from kechuang.fulfilment.verifying import checks
from kechuang.journal import sealing

pytestmark = pytest.mark.django_db
ROOM = {"risk pools", "letters"}


def problems() -> list[Problem]:
    """What this room's checks and the seals name."""
    wanted = [check for check in checks() if check.title.en in ROOM | {"seals"}]
    return [one for check in wanted for one in check.run() if one is not None]


def forged(query: str) -> set[tuple[str, str]]:
    """What is named once a value is changed past the triggers and everything sealed anew."""
    assert past_triggers(query) == 1
    sealing.seal_again(sealed_tables())
    return {(one.place, one.what) for one in problems()}


@pytest.fixture
def moved():
    """A pool that was filled, reserved from, has shared a loss and got some of it back; its entries by act."""
    bureau = make_department()
    officer, decider = make_membership(Role.OFFICER, bureau), make_membership(Role.DECIDER, bureau)
    pool, firm = make_pool(officer), make_organisation()
    pools.move(pool, Act.CONTRIBUTE, 500 * WAN, "首期出资", actor=officer, at=AT)
    pools.move(pool, Act.RESERVE, 60 * WAN, "预留", actor=officer, at=AT, organisation=firm)
    loss = pools.lose(
        pool, make_loss(make_filer(), firm, amount="100.01元"), "逾期九十天", actor=decider, at=AT
    )
    pools.recover(loss, 5_001, "处置抵债", actor=officer, at=AT)
    pools.move(pool, Act.RELEASE, WAN, "退出", actor=officer, at=AT, organisation=firm)
    return pool, {one.act: one for one in pool.entries.order_by("-pk")}


def test_nothing_is_wrong_with_pools_that_acts_have_moved(moved):
    assert problems() == []


@pytest.mark.parametrize(
    "column", ["balance_fen", "reserved_fen", "lost_fen", "recovered_fen", "entries_counted"]
)
def test_a_changed_total_of_a_pool_is_named_though_its_seal_was_renewed(moved, column):
    pool, _ = moved

    found = forged(f"UPDATE finance_pool SET {column} = {column} + 1 WHERE id = {pool.pk}")

    assert found == {(f"pool:{pool.pk}", column)}


def test_what_is_found_and_expected_stands_beside_the_place_and_what_to_do(moved):
    pool, _ = moved
    past_triggers(f"UPDATE finance_pool SET balance_fen = 0 WHERE id = {pool.pk}")
    sealing.seal_again(sealed_tables())

    (one,) = problems()

    # 500 万元 less 70.01 yuan of the loss, and 35.01 yuan come back
    assert (one.found, one.expected) == ("0", str(500 * WAN - 7001 + 3501))
    assert all(check.remedy.zh and check.remedy.en for check in checks())


def test_a_changed_move_is_named_also_where_the_total_was_changed_with_it(moved):
    pool, entries = moved
    one = entries["contribute"]
    past_triggers(f"UPDATE finance_pool SET balance_fen = balance_fen - 100 WHERE id = {pool.pk}")

    found = forged(f"UPDATE finance_poolentry SET amount_fen = amount_fen - 100 WHERE id = {one.pk}")

    assert found == {(f"pool_entry:{one.pk}", "as told: amount_fen")}


def test_a_loss_shared_otherwise_than_declared_is_named(moved):
    _, entries = moved
    one = entries["lose"]
    parts = json.dumps({**one.parts, "省级": one.parts["省级"] - 1, "银行": one.parts["银行"] + 1})

    found = forged(f"UPDATE finance_poolentry SET parts = '{parts}' WHERE id = {one.pk}")

    assert (f"pool_entry:{one.pk}", "parts") in found


def test_a_recovery_larger_than_the_loss_is_named(moved):
    _, entries = moved
    one = entries["recover"]

    found = forged(f"UPDATE finance_poolentry SET whole_fen = 10002 WHERE id = {one.pk}")

    assert found == {(f"pool_entry:{one.pk}", "whole_fen")}


def test_a_changed_ratio_is_named(moved):
    pool, _ = moved

    found = forged(
        f"UPDATE finance_share SET numerator = numerator + 1 WHERE pool_id = {pool.pk} AND party = '银行'"
    )

    assert found == {(f"pool:{pool.pk}", "ratios")}


def test_a_loss_that_its_bank_has_not_filed_so_is_named(moved):
    _, entries = moved
    one = entries["lose"]

    found = forged(
        "UPDATE finance_filedline SET values = jsonb_set(values, '{amount}', '10002') "
        f"WHERE id = {one.line_id}"
    )

    assert found == {(f"pool_entry:{one.pk}", "whole_fen")}


def test_a_balance_below_zero_without_a_finding_is_named(moved):
    _, entries = moved
    past_triggers(f"UPDATE finance_poolentry SET amount_fen = 100 WHERE id = {entries['contribute'].pk}")
    sealing.seal_again(sealed_tables())

    found = {one.place: (one.found, one.expected) for one in problems() if one.what == "balance_fen"}

    assert found[f"pool_entry:{entries['reserve'].pk}"] == ("100", f">= {60 * WAN}")


@pytest.fixture
def letter():
    """A letter of confirmation of measure 23 for a firm with two filed loans under compensation."""
    city, firm = make_city(), make_tech_sme()
    more = {"risk_compensated": True, "principal": "900万元", "balance": "900万元"}
    file(make_filer(), "loans", [loan(firm, "A", **more)], at=AT - timedelta(hours=2))
    file(
        make_filer(),
        "loans",
        [loan(firm, "B", **{**more, "signed_on": "2025-06-01"})],
        at=AT - timedelta(hours=1),
    )
    return letters.prepare("23.risk_compensation", firm, 2025, actor=city.officer, on=date(2026, 3, 2), at=AT)


def test_a_letter_agrees_with_the_filed_lines_of_its_moment(letter):
    assert letter.result["values"]["let.outstanding"] == 1800 * WAN
    file(
        make_filer(),
        "loans",
        [loan(letter.organisation, "C", risk_compensated=True)],
        at=AT + timedelta(days=1),
    )

    assert problems() == []


def test_a_changed_limit_of_a_letter_is_named(letter):
    found = forged(f"UPDATE finance_letter SET amount_fen = amount_fen + 1 WHERE id = {letter.pk}")

    assert found == {(f"letter:{letter.number}", "amount_fen"), (f"letter:{letter.number}", "content")}


def test_a_changed_balance_in_a_banks_book_is_named_with_its_loan(letter):
    found = forged(
        "UPDATE finance_filedline SET values = jsonb_set(values, '{balance}', '100') "
        "WHERE key LIKE '%/A' AND record = 'loans'"
    )

    assert found == {(f"letter:{letter.number}", "loan A: balance")}


def test_a_changed_fact_under_a_letter_is_named_with_the_result_that_it_changes(letter):
    found = forged(
        "UPDATE registry_fact SET value = '100' WHERE key LIKE '%/A' AND field = 'balance' AND source = 'list'"
    )

    assert found == {
        (f"letter:{letter.number}", "loan A: balance"),
        (f"letter:{letter.number}", "replay of values"),
    }


def test_words_of_a_letter_that_were_changed_are_named(letter):
    found = forged(f"""UPDATE finance_letter SET words = '{{"zh": [], "en": []}}' WHERE id = {letter.pk}""")

    assert found == {(f"letter:{letter.number}", "content")}


def test_another_loan_than_the_chosen_one_is_named():
    city = make_city()
    firm, bank = make_filed_once("A", "B")
    asked = {"actor": city.officer, "on": date(2026, 3, 2), "at": AT + timedelta(hours=1)}
    one = letters.prepare("23.provincial_interest", firm, 2025, loan="A", **asked)
    assert problems() == []

    found = forged(f"UPDATE finance_letter SET loan = '{bank.organisation.uscc}/Z' WHERE id = {one.pk}")

    assert found == {(f"letter:{one.number}", "loan"), (f"letter:{one.number}", "content")}
