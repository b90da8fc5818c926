"""People and filings for the browser, made in the database of a running site; prints their sessions as JSON."""

from __future__ import annotations

import json
import time

import django

django.setup()

from factories import (  # noqa: E402 - Django must be set up first
    make_department,
    make_membership,
    make_organisation,
    session_of,
)
from finance.factories import WAN, interest, loan, make_filer, make_partner  # noqa: E402
from kechuang.accounts.roles import Role  # noqa: E402
from kechuang.finance import letters, pools  # noqa: E402
from kechuang.finance.filing import actions as filing_actions  # noqa: E402
from kechuang.finance.models import FiledLine, Overlap  # noqa: E402
from kechuang.finance.pools import Part, Setup  # noqa: E402
from kechuang.journal import clock  # noqa: E402
from kechuang.registry import actions  # noqa: E402


def take(filer, kind, lines, *, at, name="报送.jsonl"):
    """A filing, once the site's own worker has checked it."""
    data = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    return waited(filing_actions.take([data], name, kind, actor=filer, at=at), "checked")


def file(filer, kind, lines, *, at):
    """A filing, once the site's own worker has applied it."""
    return waited(filing_actions.apply(take(filer, kind, lines, at=at), actor=filer, at=at), "applied")


def waited(filing, state):
    until = time.monotonic() + 120
    while time.monotonic() < until:
        filing.list_import.refresh_from_db()
        if filing.list_import.state == state:
            return filing
        time.sleep(0.1)
    message = f"filing {filing.pk} is {filing.list_import.state}: {filing.list_import.problem}"
    raise TimeoutError(message)


def make_firm():
    """A small technology SME that can get most of what there is."""
    manager = make_membership(Role.MANAGER, make_organisation(name="海创智能装备有限公司"))
    year, at = clock.today().year, clock.now()
    actions.state(manager.organisation, "subject", "size", "small", actor=manager, at=at)
    status = {"kind": "tech_sme", "granted_on": f"{year}-01-02", "expires_on": f"{year}-12-31"}
    for name, value in status.items():
        actions.state(
            manager.organisation, "statuses", name, value, key=f"tech_sme||{year}", actor=manager, at=at
        )
    for record in ("projects", "talents"):
        actions.state_none(manager.organisation, record, actor=manager, at=at)
    return manager


def make_pool(officer, decider, bank, firm):
    """A pool with a contribution, a reserve, a shared loss and one that waits."""
    from fractions import Fraction

    now = clock.now()
    parts = (
        Part("省级", Fraction(35, 100), borne_by_pool=True),
        Part("市级", Fraction(35, 100), borne_by_pool=True),
        Part("银行", Fraction(30, 100)),
    )
    setup = Setup("科技成果转化贷款风险补偿资金池", "23", "威财金〔2023〕2号", parts, floor_fen=600 * WAN)
    pool = pools.open_pool(setup, actor=officer, at=now)
    pools.move(pool, "contribute", 500 * WAN, "首期出资", actor=officer, at=now)
    pools.move(pool, "reserve", 80 * WAN, "备案贷款", actor=officer, at=now, organisation=firm)
    for number, amount in (("HT-2025-3", "60万元"), ("HT-2025-4", "33.33万元")):
        line = {"uscc": firm.uscc, "number": number, "lost_on": "2026-02-01", "amount": amount}
        file(bank, "losses", [line], at=now)
    first = FiledLine.objects.get(record="losses", key__endswith="HT-2025-3")
    pools.lose(pool, first, "逾期九十天，催收无果", actor=decider, at=now)
    return pool


def main() -> None:
    now, bureau = clock.now(), make_department()
    officer, decider = make_membership(Role.OFFICER, bureau), make_membership(Role.DECIDER, bureau)
    bank = make_filer(name="威海市商业银行科技支行")
    other = make_filer(name="齐鲁银行威海分行")
    make_partner(bank, officer)
    manager = make_firm()
    firm = manager.organisation
    more = {"risk_compensated": True, "rate": "3.45%", "due_on": "2026-03-01"}
    lines = [loan(firm, f"HT-2025-{number}", **more) for number in range(1, 5)]
    file(bank, "loans", lines, at=now)
    lent = loan(
        firm, "ZY-1", kind="pledge", principal="1000万元", signed_on="2025-01-10", due_on="2028-12-31"
    )
    file(bank, "loans", [lent], at=now)
    file(bank, "interest", [interest(firm, year=clock.today().year, interest_days=120)], at=now)
    file(other, "loans", [loan(firm, "HT-2025-1", principal="480万元", balance="480万元", **more)], at=now)
    pool = make_pool(officer, decider, bank, firm)
    letter = letters.prepare(
        "24.investment",
        _in_library(officer),
        clock.today().year - 1,
        actor=officer,
        on=clock.today(),
        at=clock.now(),
    )
    wrong = loan(firm, "HT-2026-2", principal="五百万", due_on="2024-01-01")
    bad = loan(firm, "HT-2026-3", due_on="2024-01-01")
    good = loan(firm, "HT-2026-1", kind="bottleneck", rate="5%", secured=True)
    filing = take(
        bank,
        "loans",
        [good, wrong, bad, loan(firm, "HT-2025-1", balance="100万元")],
        at=now,
        name="三月贷款.jsonl",
    )
    operator = make_membership(Role.OPERATOR)
    told = {
        "bank": session_of(bank), "firm": session_of(manager), "officer": session_of(officer),
        "decider": session_of(decider), "operator": session_of(operator), "filing": filing.pk, "pool": pool.pk,
        "letter": letter.pk, "overlap": Overlap.objects.first().pk,
    }  # fmt: skip
    print(json.dumps(told))  # noqa: T201 - the answer


def _in_library(officer):
    """An enterprise with a project in the library."""
    found, now = make_organisation(name="威海碳纤维复合材料有限公司"), clock.now()
    year = clock.today().year
    status = {
        "kind": "high_tech_enterprise",
        "granted_on": f"{year}-01-02",
        "expires_on": f"{year + 2}-12-31",
    }
    project = {
        "code": "KBZ-1", "organisation": "bottleneck_library", "role": "lead", "library_from": f"{year}-01-02",
        "library_until": f"{year + 2}-12-31",
    }  # fmt: skip
    key = f"high_tech_enterprise||{year}"
    for record, name, told in (("statuses", key, status), ("projects", "KBZ-1", project)):
        for field, value in told.items():
            actions.state(found, record, field, value, key=name, actor=officer, at=now, source="list")
    return found


main()
