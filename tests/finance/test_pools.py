"""Risk pools: losses shared to the fen, balances that always add up, never below zero without a finding."""

from __future__ import annotations

import io
import random
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import openpyxl
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import AT, TODAY, make_department, make_membership, make_organisation
from finance.factories import WAN, apply, faults, file, loan, make_filer, take, undo
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.finance import overlaps, pools, queries
from kechuang.finance.alerts import alerts_of
from kechuang.finance.models import FiledLine, Overlap, Pool, PoolEntry
from kechuang.finance.splitting import split
from kechuang.finance.views.pools import workbook_of
from kechuang.journal.models import Event

Act = PoolEntry.Act
THIRDS = (
    pools.Part("省级", Fraction(35, 100), borne_by_pool=True),
    pools.Part("市级", Fraction(35, 100), borne_by_pool=True),
    pools.Part("银行", Fraction(30, 100)),
)
WEIGHTS = st.lists(
    st.fractions(min_value=0, max_value=100, max_denominator=97), min_size=1, max_size=7
).filter(any)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first draw is slow on a machine under load
@given(amount=st.integers(0, 10**16), weights=WEIGHTS)
def test_parts_add_up_and_lie_within_a_fen_of_the_exact_share(amount, weights):
    parts = split(amount, weights)

    assert sum(parts) == amount
    assert all(abs(part - amount * one / sum(weights)) < 1 for part, one in zip(parts, weights, strict=True))


def test_equal_remainders_go_to_whoever_stands_first():
    assert split(1, [Fraction(1, 3)] * 3) == [1, 0, 0]
    assert split(101, [35, 35, 30]) == [36, 35, 30]


@pytest.fixture
def people():
    bureau = make_department()
    return make_membership(Role.OFFICER, bureau), make_membership(Role.DECIDER, bureau)


def make_pool(officer, parts=THIRDS, **more) -> Pool:
    name = more.pop("name", "成果转化贷款风险补偿资金池")
    setup = pools.Setup(name, "23", "威财金〔2023〕2号", parts, **more)
    return pools.open_pool(setup, actor=officer, at=AT)


def make_loss(bank, firm, number="HT-1", amount="100万元", whole="3000万元"):
    """A filed loan and its filed loss."""
    file(bank, "loans", [loan(firm, number, principal=whole, balance=whole, risk_compensated=True)])
    file(bank, "losses", [{"uscc": firm.uscc, "number": number, "lost_on": "2026-02-01", "amount": amount}])
    return FiledLine.objects.get(
        record="losses", organisation=firm, values__number__endswith=number, ended_at=None
    )


@pytest.mark.django_db
def test_a_loss_is_shared_by_the_declared_ratios_and_comes_back_by_them(people):
    officer, decider = people
    pool = make_pool(officer)
    pools.move(pool, Act.CONTRIBUTE, 500 * WAN, "首期出资", actor=officer, at=AT)
    loss = make_loss(make_filer(), make_organisation(), amount="100.01元")

    entry = pools.lose(pool, loss, "逾期九十天", actor=decider, at=AT)
    back = pools.recover(entry, 5_000, "处置抵债", actor=officer, at=AT)

    assert entry.parts == {"省级": 3501, "市级": 3500, "银行": 3000}
    assert back.parts == {"省级": 1750, "市级": 1750, "银行": 1500}
    pool.refresh_from_db()
    assert pool.balance_fen == 500 * WAN - 7001 + 3500
    assert Event.objects.filter(subject=f"pool:{pool.pk}").count() == 4
    with pytest.raises(Refused, match="of the loss have not come back"):
        pools.recover(entry, 5_002, "再多", actor=officer, at=AT)


@pytest.mark.django_db
def test_a_loss_is_shared_once_and_its_filing_stays(people):
    officer, decider = people
    pool = make_pool(officer)
    pools.move(pool, Act.CONTRIBUTE, 500 * WAN, "出资", actor=officer, at=AT)
    bank = make_filer()
    loss = make_loss(bank, make_organisation())
    pools.lose(pool, loss, "逾期", actor=decider, at=AT)

    with pytest.raises(Refused, match="shared already"):
        pools.lose(pool, loss, "再来", actor=decider, at=AT)
    with pytest.raises(Refused, match="cannot be undone"):
        undo(loss.filing, bank)


@pytest.mark.django_db
def test_a_loss_that_is_shared_is_not_filed_anew_nor_shared_anew(people):
    officer, decider = people
    pool, other = make_pool(officer), make_pool(officer, name="第二资金池")
    for one in (pool, other):
        pools.move(one, Act.CONTRIBUTE, 900 * WAN, "出资", actor=officer, at=AT)
    bank, firm = make_filer(), make_organisation()
    loss = make_loss(bank, firm)
    line = {"uscc": firm.uscc, "number": "HT-1", "lost_on": "2026-02-01", "amount": "101万元"}
    before = take(bank, "losses", [line], at=AT)
    pools.lose(pool, loss, "逾期", actor=decider, at=AT)
    more = {"amount_fen": 1, "whole_fen": 1, "reason": "x", "loan": loss.values["number"]}
    with pytest.raises(IntegrityError, match="pool_loan_loses_once"), transaction.atomic():
        PoolEntry.objects.create(pool=other, act="lose", made_by=decider, made_at=AT, **more)

    assert faults(take(bank, "losses", [line])) == [(1, "本金损失")]
    assert faults(take(bank, "losses", [{**line, "amount": "100万元"}])) == []
    apply(before, bank)  # checked before the loss was shared
    again = FiledLine.objects.get(record="losses", ended_at=None)
    assert queries.losses_waiting(other, decider) == []
    with pytest.raises(Refused, match="shared already"):
        pools.lose(other, again, "逾期", actor=decider, at=AT)


@pytest.mark.django_db
def test_losses_that_no_pool_shares_say_why(people):
    officer, decider = people
    pool = make_pool(officer)
    pools.move(pool, Act.CONTRIBUTE, 9000 * WAN, "出资", actor=officer, at=AT)
    bank, firm = make_filer(), make_organisation()
    loss = make_loss(bank, firm, "A", "100万元")
    repaid = {"uscc": firm.uscc, "number": "A", "balance": "50万元"}
    line = {"uscc": firm.uscc, "number": "A", "lost_on": "2026-02-01", "amount": "60万元"}

    file(bank, "repayments", [repaid])
    with pytest.raises(Refused, match="loan's balance of"):
        pools.lose(pool, loss, "逾期", actor=decider, at=AT)
    assert faults(take(bank, "losses", [line])) == [(1, "本金损失")]
    early = {**line, "amount": "50万元", "lost_on": "2025-02-28"}
    assert faults(take(bank, "losses", [early])) == [(1, "认定损失日")]
    file(bank, "loans", [loan(firm, "B", principal="90万元", balance="90万元", risk_compensated=False)])
    file(bank, "losses", [{**line, "number": "B"}])
    outside = FiledLine.objects.get(record="losses", values__number__endswith="/B")
    assert outside not in queries.losses_waiting(pool, decider)
    with pytest.raises(Refused, match="not under compensation"):
        pools.lose(pool, outside, "逾期", actor=decider, at=AT)


@pytest.mark.django_db
def test_no_loss_is_shared_while_it_is_open_whether_its_loan_was_filed_twice(people):
    officer, decider = people
    pool = make_pool(officer)
    pools.move(pool, Act.CONTRIBUTE, 9000 * WAN, "出资", actor=officer, at=AT)
    firm, banks = make_organisation(), [make_filer(), make_filer()]
    first = make_loss(banks[0], firm, "S")
    file(banks[1], "loans", [loan(firm, "S", risk_compensated=True)])
    with pytest.raises(Refused, match="decide on the overlap first"):
        pools.lose(pool, first, "逾期", actor=decider, at=AT)

    overlaps.decide(Overlap.objects.get(), "first", "第二家误报", actor=officer, at=AT)

    assert pools.lose(pool, first, "逾期", actor=decider, at=AT).whole_fen == 100 * WAN


@pytest.mark.django_db
def test_no_more_of_an_enterprise_is_shared_than_the_law_takes_under_compensation(people):
    officer, decider = people
    pool, other = make_pool(officer), make_pool(officer, name="另一个资金池")
    for one in (pool, other):
        pools.move(one, Act.CONTRIBUTE, 9000 * WAN, "财政出资", actor=officer, at=AT)
    firm, banks = make_organisation(), [make_filer() for _ in range(3)]
    first = make_loss(banks[0], firm, "A", "1500万元")
    second, third = make_loss(banks[1], firm, "B", "500万元"), make_loss(banks[2], firm, "C", "0.01元")
    for one in Overlap.objects.all():
        overlaps.decide(one, "both", "三家银行各一笔", actor=officer, at=AT)
    whole = make_loss(make_filer(), make_organisation(), "D", "2000.01万元")
    with pytest.raises(Refused, match=r"20,000,000\.00 yuan of an enterprise"):
        pools.lose(pool, whole, "逾期", actor=decider, at=AT)

    loss = pools.lose(pool, first, "逾期", actor=decider, at=AT)
    pools.lose(other, second, "逾期", actor=decider, at=AT)
    with pytest.raises(Refused, match=r"20,000,000\.00 are shared and not back"):
        pools.lose(pool, third, "逾期", actor=decider, at=AT)
    pools.recover(loss, 1, "收回一分", actor=officer, at=AT)

    assert pools.lose(pool, third, "逾期", actor=decider, at=AT).whole_fen == 1


@pytest.mark.django_db
@pytest.mark.parametrize("miss", [{"secured": True}, {"due_on": "2028-03-02"}, {"rate": "4.76%"}])
def test_no_loss_of_a_bottleneck_loan_that_misses_its_terms_is_shared(people, miss):
    officer, decider = people
    setup = pools.Setup("攻关贷风险资金池", "24", "威财金〔2023〕3号", THIRDS)
    pool, bank, firm = pools.open_pool(setup, actor=officer, at=AT), make_filer(), make_organisation()
    pools.move(pool, Act.CONTRIBUTE, 900 * WAN, "财政出资", actor=officer, at=AT)
    kept = {"kind": "bottleneck", "secured": False, "rate": "4.75%", "due_on": "2028-03-01"}
    file(bank, "loans", [loan(firm, "S", **kept), loan(firm, "M", **{**kept, **miss})])
    lost = {"uscc": firm.uscc, "lost_on": "2026-02-01", "amount": "10万元"}
    file(bank, "losses", [{**lost, "number": "S"}, {**lost, "number": "M"}])
    good, bad = FiledLine.objects.filter(record="losses").order_by("row")

    with pytest.raises(Refused, match="misses a term"):
        pools.lose(pool, bad, "逾期", actor=decider, at=AT)

    assert pools.lose(pool, good, "逾期", actor=decider, at=AT).whole_fen == 10 * WAN


@pytest.mark.django_db
def test_a_loss_that_is_shared_is_no_warning_any_more(people):
    officer, decider = people
    pool = make_pool(officer)
    pools.move(pool, Act.CONTRIBUTE, 9000 * WAN, "出资", actor=officer, at=AT)
    firm, after = make_organisation(), date(2026, 9, 1)
    loss = make_loss(make_filer(), firm, amount="1990万元", whole="2000万元")
    assert [one.ground for one in alerts_of(pool, after)] == ["past_due"]

    entry = pools.lose(pool, loss, "逾期", actor=decider, at=AT)
    assert "余额 10" in alerts_of(pool, after)[0].words.zh
    pools.recover(entry, 1990 * WAN, "收回", actor=officer, at=AT)

    assert "余额 10" in alerts_of(pool, after)[0].words.zh


@pytest.mark.django_db
def test_the_balance_goes_below_zero_with_a_written_finding_only(people):
    officer, decider = people
    pool = make_pool(officer)
    pools.move(pool, Act.CONTRIBUTE, 10 * WAN, "出资", actor=officer, at=AT)
    loss = make_loss(make_filer(), make_organisation())

    with pytest.raises(Refused, match="finding"):
        pools.lose(pool, loss, "逾期", actor=decider, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        PoolEntry.objects.create(
            pool=pool, act="lose", amount_fen=70 * WAN, reason="x", made_by=decider, made_at=AT
        )
    pools.lose(pool, loss, "逾期", actor=decider, at=AT, finding="局长办公会〔2026〕3 号认定")

    pool.refresh_from_db()
    assert pool.balance_fen == -60 * WAN
    with pytest.raises(Refused, match="are free"):
        pools.move(pool, Act.RESERVE, 1, "预留", actor=officer, at=AT, organisation=make_organisation())


@pytest.mark.django_db
def test_what_was_reserved_for_a_debtor_meets_its_loss(people):
    officer, decider = people
    firm = make_organisation()
    pool = make_pool(officer)
    pools.move(pool, Act.CONTRIBUTE, 100 * WAN, "出资", actor=officer, at=AT)
    pools.move(pool, Act.RESERVE, 90 * WAN, "备案", actor=officer, at=AT, organisation=firm)
    with pytest.raises(Refused, match="are free"):
        pools.move(pool, Act.WITHDRAW, 11 * WAN, "退回", actor=decider, at=AT)

    pools.lose(pool, make_loss(make_filer(), firm), "逾期", actor=decider, at=AT)

    pool.refresh_from_db()
    assert (pool.balance_fen, pool.reserved_fen) == (30 * WAN, 20 * WAN)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((pools.Part("市级", Fraction(1, 2), True), pools.Part("银行", Fraction(1, 3))), "add up to 1"),
        ((pools.Part("市级", Fraction(1, 2)), pools.Part("银行", Fraction(1, 2))), "pool must bear"),
        ((pools.Part("市级", Fraction(1, 2), True), pools.Part("市级", Fraction(1, 2))), "each party once"),
    ],
)
def test_ratios_are_exact_and_add_up_to_one(people, parts, words):
    with pytest.raises(Refused, match=words):
        make_pool(people[0], parts)


@pytest.mark.django_db
def test_money_leaves_by_the_decider_and_the_department_of_the_measure_only(people):
    officer, decider = people
    pool = make_pool(officer)
    pools.move(pool, Act.CONTRIBUTE, WAN, "出资", actor=officer, at=AT)
    other = make_membership(Role.OFFICER, make_department("市教育局"))

    for actor, act in ((officer, Act.WITHDRAW), (decider, Act.CONTRIBUTE), (other, Act.CONTRIBUTE)):
        with pytest.raises(Refused, match="responsible"):
            pools.move(pool, act, 1, "试", actor=actor, at=AT)


@pytest.mark.django_db
def test_nobody_moves_totals_or_changes_entries_by_hand(people):
    pool = make_pool(people[0])
    pools.move(pool, Act.CONTRIBUTE, WAN, "出资", actor=people[0], at=AT)

    for act in (
        lambda: Pool.objects.update(balance_fen=5),
        lambda: PoolEntry.objects.update(amount_fen=5),
        lambda: PoolEntry.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


@pytest.mark.django_db
def test_early_warnings_name_loans_past_due_large_debtors_and_a_low_balance(people):
    pool = make_pool(people[0], floor_fen=WAN)
    bank, late, small = make_filer(), make_organisation(), make_organisation()
    more = {"risk_compensated": True}
    file(
        bank,
        "loans",
        [
            loan(late, "A", due_on="2026-03-01", **more),
            loan(small, "B", due_on="2026-03-02", principal="100万元", balance="50万元", **more),
        ],
    )

    found = {(one.ground, one.organisation) for one in alerts_of(pool, TODAY)}

    assert found == {("floor", None), ("past_due", late), ("concentration", late)}
    assert ("past_due", small) in {
        (one.ground, one.organisation) for one in alerts_of(pool, date(2026, 3, 3))
    }


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_in_any_world_balances_are_the_sums_of_entries_and_losses_add_up(people, seed):
    """Random movements, losses and recoveries: what is refused changes nothing."""
    dice = random.Random(seed)
    officer, decider = people
    cuts = sorted(dice.sample(range(1, 97), 2))
    ratios = [Fraction(one, 97) for one in (cuts[0], cuts[1] - cuts[0], 97 - cuts[1])]
    parts = [pools.Part(f"第{n}方", one, borne_by_pool=n < 2) for n, one in enumerate(ratios)]
    pool = make_pool(officer, parts)
    bank, firms = make_filer(), [make_organisation() for _ in range(3)]
    lines = []
    for place, firm in enumerate(firms):
        lines += [make_loss(bank, firm, f"N{place}-{n}", f"{dice.randint(1, 10**9)}分") for n in range(3)]
    losses = []
    for step in range(50):
        at = AT + timedelta(minutes=step)
        try:
            kind = dice.choice([*Act.values, Act.LOSE])
            if kind == Act.LOSE:
                finding = dice.choice(["", "", "认定"])
                losses.append(
                    pools.lose(pool, dice.choice(lines), "损失", actor=decider, at=at, finding=finding)
                )
            elif kind == Act.RECOVER:
                if losses:
                    pools.recover(dice.choice(losses), dice.randint(1, 10**9), "收回", actor=officer, at=at)
            else:
                by = decider if kind == Act.WITHDRAW else officer
                firm = dice.choice(firms)
                pools.move(pool, kind, dice.randint(1, 2 * 10**9), "动", actor=by, at=at, organisation=firm)
        except Refused:
            pass
    pool.refresh_from_db()
    entries = list(PoolEntry.objects.filter(pool=pool))
    sums = {act: sum(one.amount_fen for one in entries if one.act == act) for act in Act.values}

    assert pool.balance_fen == sums["contribute"] + sums["recover"] - sums["withdraw"] - sums["lose"]
    assert pool.reserved_fen == sums["reserve"] - sums["release"]
    for one in entries:
        if one.parts:
            assert sum(one.parts.values()) == one.whole_fen
            assert one.amount_fen == one.parts["第0方"] + one.parts["第1方"]
    assert all(part >= 0 for one in losses for part in pools.unrecovered(one).values())
    assert pool.balance_fen >= pool.reserved_fen or any(one.finding for one in entries)
    for firm in firms:
        own = [one for one in entries if one.organisation == firm]
        open_fen = sum(
            one.whole_fen * {"lose": 1, "recover": -1}.get(one.act, 0) for one in own if one.whole_fen
        )
        assert 0 <= open_fen <= 2000 * WAN


@pytest.mark.django_db
def test_the_workbook_of_a_pool_has_the_city_s_time_and_sums_that_add_up(people):
    officer, _ = people
    evening = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)  # in Weihai half past one of the next morning
    pool = make_pool(officer)
    pools.move(pool, Act.CONTRIBUTE, 50_000_050, "首期出资", actor=officer, at=evening)

    answer = workbook_of(pool.pk, officer)

    [_, row] = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active.values
    answer.close()
    assert row[0] == "2026-03-03 01:30"
    assert row[3] == 500_000.5
