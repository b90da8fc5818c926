"""The sections of an application, what each says, and the hash by which a later change of it is seen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from kechuang.fulfilment.assessing import benefit_of, pack_of
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.projects import bids, consortium
from kechuang.fulfilment.projects.supposing import PROJECTS
from kechuang.fulfilment.table import voices
from kechuang.journal.actions import canonical
from kechuang.policy import bind
from kechuang.policy.columns.projecting import read_by_benefits
from kechuang.policy.encoding.binding import BoundBenefit
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT
from kechuang.registry.assembly import case_of

DOCUMENTS: Final = "documents"
ACCOUNT: Final = "account"
STATEMENT: Final = "statement"
PROPOSAL: Final = bids.SECTION
CONSORTIUM: Final = consortium.SECTION
_PROPOSAL: Final = Words("揭榜方案", "Proposal")
_CONSORTIUM: Final = Words("承担单位和分工", "Who undertakes it")
_ABOUT: Final = Words("单位基本情况", "Your organisation")
_TITLES: Final = {
    DOCUMENTS: Words("证明材料", "Documents"),
    ACCOUNT: Words("收款账户", "Bank account"),
    STATEMENT: Words("申报声明", "Declaration"),
}


def fields_of(case: Case) -> dict[str, frozenset[str]]:
    """The facts that the benefit reads: {record kind: field names}; the subject first."""
    wanted = read_by_benefits([bound_benefit_of(case)], pack_of(case).vocabulary)
    if case.call.needs:  # the project is what is bid for: the department states it when it selects
        wanted = {(record, name) for record, name in wanted if record != PROJECTS}
    kinds = sorted({record for record, _ in wanted} | {SUBJECT}, key=lambda kind: (kind != SUBJECT, kind))
    return {kind: frozenset(name for record, name in wanted if record == kind and name) for kind in kinds}


def bound_benefit_of(case: Case) -> BoundBenefit:
    """The benefit, bound to the case's day, year and readings."""
    bound = bind(pack_of(case), case.on, case.year, case.call.readings)
    return next(one for one in bound.benefits if one.benefit.id == case.call.benefit)


def sections_of(case: Case) -> dict[str, Words]:
    """The sections of the application by key, in the order in which they are filled in."""
    records = pack_of(case).vocabulary.records
    facts = {kind: _ABOUT if kind == SUBJECT else records[kind].title for kind in fields_of(case)}
    needed = {**_TITLES} if case.call.documents else {key: _TITLES[key] for key in (ACCOUNT, STATEMENT)}
    return {**facts, **_of_projects(case), **needed}


def _of_projects(case: Case) -> dict[str, Words]:
    """The sections that a project has beside: how a bidder would meet the need, who undertakes it together."""
    asked = {PROPOSAL: _PROPOSAL} if case.call.needs else {}
    return {**asked, CONSORTIUM: _CONSORTIUM} if benefit_of(case).lifecycle == "project" else asked


def content_of(case: Case, at: datetime) -> dict[str, Any]:
    """What each section says, as plain JSON, from the facts known at `at`."""
    facts = case_of(case.organisation, at)
    said: dict[str, Any] = {}
    for kind, fields in fields_of(case).items():
        if kind == SUBJECT:
            said[kind] = {name: _plain(facts.get(name)) for name in sorted(fields | {"name", "uscc"})}
        else:
            rows = facts.get(kind)
            said[kind] = None if rows is None else [_row(row, fields) for row in rows]
    if case.call.documents:
        documents = case.documents.filter(removed_at__isnull=True).select_related("evidence")
        said[DOCUMENTS] = [[one.key, one.evidence.hash] for one in documents]
    of_projects = _of_projects(case)
    if PROPOSAL in of_projects:
        said[PROPOSAL] = bids.content_of(case)
    if CONSORTIUM in of_projects:
        said[CONSORTIUM] = consortium.content_of(case)
    account = case.account
    said[ACCOUNT] = [account.holder, account.bank, account.number] if account else None
    said[STATEMENT] = bool(case.statement.get("agreed"))
    return said


def hashes(content: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 of what each section says."""
    return {key: hashlib.sha256(canonical(value)).hexdigest() for key, value in content.items()}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """The sections that say something else now."""
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


def rests_on(kind: str, current: Mapping[str, str]) -> dict[str, str]:
    """The sections that an opinion of this kind rests on, with their hashes."""
    named = voices()[kind].rests_on
    return {key: value for key, value in current.items() if named is None or key in named}


def _row(row: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    return {name: _plain(row.get(name)) for name in sorted(fields)}


def _plain(value: object) -> object:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return value.isoformat() if isinstance(value, date) else value
