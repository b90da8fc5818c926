"""Banks, insurers and what they file, for tests; each call makes what it names."""

from __future__ import annotations

import json
from datetime import date, timedelta

from factories import AT, make_membership, make_organisation
from kechuang.accounts.roles import Role
from kechuang.finance import working
from kechuang.finance.filing import actions
from kechuang.finance.filing.kinds import with_code
from kechuang.finance.models import FiledLine, Partner
from kechuang.registry import actions as registry

WAN = 1_000_000  # fen in 一万元


def make_filer(kind: str = "bank", **more):
    """The manager of a bank, or of an insurer."""
    return make_membership(Role.MANAGER, make_organisation(kind=kind, **more))


def make_partner(filer, officer, since: date = date(2023, 7, 13), until: date | None = None) -> Partner:
    return Partner.objects.create(
        organisation=filer.organisation,
        since=since,
        until=until,
        source="合作机构名单",
        named_by=officer,
        named_at=AT,
    )


def make_tech_sme(on=AT - timedelta(days=2)):
    """A technology SME without loans: what a letter of measure 23 confirms."""
    firm = make_membership(Role.MANAGER, make_organisation())
    status = {"kind": "tech_sme", "granted_on": "2026-01-01", "expires_on": "2026-12-31"}
    for name, value in status.items():
        registry.state(firm.organisation, "statuses", name, value, key="tech_sme||2026", actor=firm, at=on)
    registry.state_none(firm.organisation, "loans", actor=firm, at=on)
    return firm.organisation


def loan(firm, number="HT-1", **more) -> dict:
    """A line of the filing "loans"."""
    return {
        "uscc": firm.uscc,
        "number": number,
        "kind": "commercialisation",
        "principal": "500万元",
        "balance": "500万元",
        "signed_on": "2025-03-01",
        "due_on": "2026-03-01",
        **more,
    }


def interest(firm, number="ZY-1", **more) -> dict:
    """A line of the filing "interest"."""
    return {
        "uscc": firm.uscc,
        "number": number,
        "year": 2025,
        "kind": "pledge",
        "signed_on": "2025-01-10",
        "principal": "1000万元",
        "interest_days": 300,
        **more,
    }


def take(filer, kind, lines, *, at=AT, name="报送.jsonl", **more):
    """A filing taken in and checked: the filing."""
    data = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    filing = actions.take([data], name, kind, actor=filer, at=at, **more)
    working.read_filing(filing.list_import_id)
    filing.list_import.refresh_from_db()
    return filing


def apply(filing, filer, at=AT):
    """A filing applied at a moment."""
    actions.apply(filing, actor=filer, at=at)
    working.apply_filing(filing.list_import_id, lambda: at)
    filing.list_import.refresh_from_db()
    return filing


def undo(filing, filer, at=AT):
    """A filing taken back at a moment."""
    actions.undo(filing, actor=filer, at=at)
    working.undo_filing(filing.list_import_id, lambda: at)
    filing.list_import.refresh_from_db()
    return filing


def loans_of_interest(filer, lines, at=AT) -> None:
    """The loans that these lines of interest are of, filed where they are not on file yet."""
    lent: dict[tuple[str, str], dict] = {}
    for one in lines:
        number = with_code(filer.organisation.uscc, one["number"])
        known = FiledLine.objects.filter(record="loans", values__number=number, ended_at=None)
        if not known.filter(organisation__uscc=one["uscc"]).exists():
            year = max(int(one["year"]), date.fromisoformat(one["signed_on"]).year)
            told = {name: one[name] for name in ("uscc", "number", "kind", "principal", "signed_on")}
            lent[one["uscc"], number] = {**told, "due_on": f"{year + 3}-12-31"}
    if lent:
        apply(take(filer, "loans", list(lent.values()), at=at), filer, at)


def file(filer, kind, lines, at=AT, **more):
    """A filing taken in and applied; of interest after the loans that it is of."""
    if kind == "interest":
        loans_of_interest(filer, lines, at)
    return apply(take(filer, kind, lines, at=at, **more), filer, at)


def faults(filing) -> list[tuple[int, str]]:
    """Row and column of every fault."""
    rows = filing.list_import.rows.filter(change="refused")
    return [(row.row, fault["column"]) for row in rows for fault in row.faults]
