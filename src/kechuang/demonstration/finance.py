"""Banks and an insurer: loans, a claim, a loss filed; a pool that shares it, a letter, a call for interest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from kechuang.accounts.models import Membership, Organisation
from kechuang.demonstration.city import WAN
from kechuang.demonstration.people import cast, make_enterprise
from kechuang.entitlements import releasing
from kechuang.finance import letters, partners, pools, working
from kechuang.finance.filing import actions as filing
from kechuang.finance.models import FiledLine, Letter, Partner, Pool
from kechuang.fulfilment import calls
from kechuang.fulfilment.models import Call
from kechuang.journal.actions import CLOCK
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact
from kechuang.treasury.models import Appropriation

BANK: Final = "weishang"
BORROWER: Final = "威海拓新纤维有限公司（演示）"
DEBTOR: Final = "威海双岛新材料有限公司（演示）"
LOSER: Final = "威海里口山环保设备有限公司（演示）"
INSURED: Final = "威海北洋光电仪器有限公司（演示）"
EMPLOYER: Final = "威海海智碳纤维有限公司（演示）"
TALENT: Final = {
    "kind": "innovation", "level": "municipal", "managed_from": date(2023, 1, 1), "managed_until": date(2027, 12, 31),
}  # fmt: skip
POOL: Final = "科技成果转化贷款风险补偿资金池（演示）"
PARTS: Final = (
    pools.Part("省级", Fraction(35, 100), borne_by_pool=True),
    pools.Part("市级", Fraction(35, 100), borne_by_pool=True),
    pools.Part("银行", Fraction(30, 100)),
)


def make_filers(at: datetime) -> dict[str, Membership]:
    """The banks and the insurer of people.yaml; who acts for each, by user name."""
    return {
        username: one for row in cast()["filers"] for username, one in make_enterprise(row, at)[1].items()
    }


def name_partner(people: Mapping[str, Membership], since: date, at: datetime) -> Partner:
    """The bank is on the list of selected ones."""
    source = "威科字〔2025〕3号（演示）"
    officer = people["keji-jingban"]
    return partners.name(people[BANK].organisation, since, None, source, actor=officer, at=at)


def file_loans(people: Mapping[str, Membership], at: datetime) -> None:
    """Commercialisation loans, one of them repaid on time so far; and a talent's loan, which counts to the firm."""
    common = {"kind": "commercialisation", "rate": "3.45%", "risk_compensated": True, "first_filed": True}
    loans = [
        {"uscc": _uscc(BORROWER), "number": "ZH-2025-018", "principal": "500万元", "balance": "300万元",
         "signed_on": "2025-03-10", "due_on": "2027-03-09", **common},
        {"uscc": _uscc(DEBTOR), "number": "ZH-2025-021", "principal": "200万元", "balance": "120万元",
         "signed_on": "2025-05-20", "due_on": "2026-05-19", **common},
        {"uscc": _uscc(LOSER), "number": "ZH-2024-033", "principal": "100万元", "balance": "40万元",
         "signed_on": "2024-12-02", "due_on": "2025-12-01", **common},
    ]  # fmt: skip
    repaid = {"uscc": _uscc(BORROWER), "number": "ZH-2025-018", "balance": "280万元", "repaid_on_time": True}
    _file(people[BANK], "loans", loans, "二季度贷款.jsonl", at)
    _file(people[BANK], "repayments", [repaid], "七月还款.jsonl", at + timedelta(hours=1))
    own = {"uscc": _uscc(_person()["name"]), "number": "RC-2025-006", "kind": "talent", "principal": "100万元",
           "balance": "100万元", "signed_on": "2025-11-03", "due_on": "2026-11-02", "secured": False,
           "guaranteed": False}  # fmt: skip
    _file(people["qilu"], "loans", [own], "人才贷.jsonl", at + timedelta(hours=2))


def employ_talent(at: datetime) -> None:
    """A talent on file as oneself and as employed by a firm, as the list of talents says."""
    person, _ = make_enterprise(_person(), at)
    for organisation, relation in ((person, "self"), (Organisation.objects.get(name=EMPLOYER), "employed")):
        said = {**TALENT, "relation": relation}.items()
        statements = [registry.Statement("talents", name, value, "RC-2023-118") for name, value in said]
        registry.state_many(organisation, statements, actor=CLOCK, at=at, source=Fact.Source.LIST)


def _person() -> Mapping[str, Any]:
    return dict(cast()["persons"][0])


def file_claim(people: Mapping[str, Membership], at: datetime) -> None:
    """A cover of R&D losses and what was paid for one."""
    policy = {"uscc": _uscc(INSURED), "number": "YF-2025-012"}
    cover = {**policy, "kind": "rd_loss", "starts_on": "2025-01-01", "ends_on": "2025-12-31", "sum_insured": "200万元",
             "premium_paid": "4万元", "paid_on": "2025-01-06"}  # fmt: skip
    claim = {
        **policy,
        "claim": "PA-2025-03",
        "claimed_on": "2025-10-13",
        "paid_on": "2025-12-01",
        "amount": "18.6万元",
    }
    _file(people["haian"], "covers", [cover], "研发损失保险.jsonl", at)
    _file(people["haian"], "claims", [claim], "理赔.jsonl", at + timedelta(hours=1))


def share_loss(people: Mapping[str, Membership], pool: Pool, at: datetime) -> None:
    """A loss that the bank files, shared by the declared ratios; all of it comes back later."""
    line = {"uscc": _uscc(LOSER), "number": "ZH-2024-033", "lost_on": "2026-06-30", "amount": "40万元"}
    _file(people[BANK], "losses", [line], "损失.jsonl", at)
    filed = FiledLine.objects.get(record="losses", ended_at__isnull=True)
    why = "逾期半年，催收无果。"
    loss = pools.lose(pool, filed, why, actor=people["keji-shending"], at=at + timedelta(hours=2))
    officer, later = people["keji-jingban"], at + timedelta(days=18)
    pools.recover(loss, 40 * WAN, "抵押设备处置变现，本金全部收回。", actor=officer, at=later)


def write_letter(people: Mapping[str, Membership], at: datetime) -> Letter:
    """What the bank is told: the firm's limit of loans under compensation."""
    firm = Organisation.objects.get(name=BORROWER)
    officer = people["keji-jingban"]
    letter = letters.prepare("23.risk_compensation", firm, 2025, actor=officer, on=at.date(), at=at)
    return letters.issue(letter, actor=people["keji-shending"], at=at + timedelta(hours=2))


def _file(bank: Membership, kind: str, lines: Sequence[Mapping[str, Any]], name: str, at: datetime) -> None:
    data = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    taken = filing.take([data], name, kind, actor=bank, at=at)
    working.read_filing(taken.list_import_id)
    filing.apply(taken, actor=bank, at=at + timedelta(minutes=5))
    working.apply_filing(taken.list_import_id, lambda: at + timedelta(minutes=6))


def open_pool(people: Mapping[str, Membership], at: datetime) -> Pool:
    """Province and city fill the pool, and it sets aside what its part of the overdue loan comes to."""
    officer = people["keji-jingban"]
    setup = pools.Setup(POOL, "23", "威财金〔2025〕2号（演示）", PARTS, floor_fen=300 * WAN)
    pool = pools.open_pool(setup, actor=officer, at=at)
    for place, party in enumerate(("省级", "市级"), start=1):
        given = f"{party}首期出资"
        pools.move(pool, "contribute", 400 * WAN, given, actor=officer, at=at + timedelta(hours=place))
    debtor = Organisation.objects.get(name=DEBTOR)
    reason = "备案贷款 ZH-2025-021"
    later = at + timedelta(hours=3)
    pools.move(pool, "reserve", 84 * WAN, reason, actor=officer, at=later, organisation=debtor)
    return pool


def call_for_interest(
    people: Mapping[str, Membership], money: Appropriation, window: tuple[datetime, datetime]
) -> Call:
    """The call for interest on loans that intellectual property secures, of the office for market regulation."""
    officer, at = people["zhiquan-jingban"], window[0] - timedelta(days=3)
    plan = calls.Plan("25.interest", releasing.version_in_force(), 2025, window[0].date(), window, money)
    call = calls.draft(plan, actor=officer, at=at)
    return calls.publish(call, reserve_fen=100 * WAN, actor=officer, at=at)


def _uscc(name: str) -> str:
    return Organisation.objects.get(name=name).uscc
