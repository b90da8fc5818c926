"""The API of what an office sees of a case: facts, documents, opinions, acts, notes, overlaps, findings, people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from kechuang.accounts.calling import acting
from kechuang.accounts.tokens import bearer
from kechuang.fulfilment import casework, office_facts, queries, stacking
from kechuang.fulfilment.api_office import CaseNumber
from kechuang.fulfilment.models import Finding
from kechuang.fulfilment.office_views.frame import OFFICES
from kechuang.journal import clock
from kechuang.journal.models import Event
from kechuang.policy.language.values import Words
from kechuang.reader.answers import answer, language_of
from kechuang.reader.api_shapes import Said, Shape
from kechuang.reader.told import told

router = Router(tags=["cases"], auth=bearer)


class FactOfCase(Shape):
    """One field that the benefit reads: what prevails, who says so, what others say."""

    field: str
    title: Said
    value: Said
    fact: int | None = Field(
        description="事实编号 · number of the fact; none: the register itself, or nobody"
    )
    source: Said | None
    evidence: int | None
    disputed: bool
    others: list[Said]


class RecordOfCase(Shape):
    """One record: its fields."""

    label: Said | None
    fields: list[FactOfCase]


class SectionOfCase(Shape):
    """A section of facts. changed: it says something else now than when it was submitted."""

    key: str
    title: Said
    changed: bool
    records: list[RecordOfCase]


class FileOfCase(Shape):
    """A file handed in; its number opens it at /registry/evidence/{number}/file."""

    id: int
    evidence: int
    name: str
    hash: str


class DocumentOfCase(Shape):
    """A document that the call asks for, with the files handed in."""

    key: str
    title: Said
    files: list[FileOfCase]


class Opinion(Shape):
    """What an office said, what it rests on, and what of that has changed since."""

    kind: str
    result: str = Field(description="pending, agreed, opposed, silent")
    note: str
    by: str
    asked_at: datetime
    given_at: datetime | None
    due_on: date | None
    voided_at: datetime | None
    rests_on: list[Said]
    changed: list[Said]
    voided_by: list[Said]


class ActOnCase(Shape):
    """An act: what, who, when, and what it said."""

    event: int
    at: datetime
    actor: str
    kind: str
    title: Said
    said: list[Said]
    hash: str


class NoteOnCase(Shape):
    """A note of a colleague."""

    at: datetime
    actor: str
    text: str


class OverlapOfCase(Shape):
    """Another case that may support the same thing; counts: an officer said that it does."""

    case: str
    title: Said
    decided: bool
    counts: bool
    why: str


class FindingOfCase(Shape):
    """A breach that was found, and what became of it."""

    id: int
    ground: str
    found_at: datetime
    hearing_on: date | None
    heard: str
    defences: list[str]
    receivable: int | None
    credit_record: str
    dropped_at: datetime | None


class ToldContent(Shape):
    """What a case says and what was done on it, as far as the bearer's role sees it.

    A reviewer of a gate is told what its gate rests on, and nothing of sums, acts, notes, overlaps, findings, people.
    """

    number: str
    changed: list[Said] = Field(description="提交后有变化的部分 · sections that changed since")
    facts: list[SectionOfCase]
    documents: list[DocumentOfCase]
    opinions: list[Opinion]
    reason: str | None
    cap_left_fen: int | None = Field(description="年度上限的余额 · what the yearly ceiling still leaves")
    overlaps: list[OverlapOfCase]
    findings: list[FindingOfCase]
    acts: list[ActOnCase]
    notes: list[NoteOnCase]
    people: list[str]


@router.get(
    "/{number}/content",
    response=ToldContent,
    **told(
        "caseContent",
        "申报内容和办理经过",
        "What a case says",
        "事实、材料、各方意见、办理经过、备注、可能重复的申报和违约；会审岗只见本关所依据的部分。",
    ),
)
def content(request: HttpRequest, number: CaseNumber) -> HttpResponse:
    """What a case says and what was done on it, as far as the bearer's role sees it."""
    membership = acting(request, *OFFICES)
    case = queries.case_at(number, membership)
    found = casework.dossier(case, membership, clock.now(), language_of(request))
    whole = _whole(found) if found["whole"] else {}
    return answer(
        ToldContent(
            number=case.number,
            changed=[_said(one) for one in found["changed"]],
            facts=[_section(one) for one in found["facts"]],
            documents=[_document(one) for one in found["documents"]],
            opinions=[_opinion(one) for one in found["opinions"]],
            **{**_NOTHING, **whole},
        )
    )


_NOTHING: dict[str, Any] = {
    "reason": None, "cap_left_fen": None, "overlaps": [], "findings": [], "acts": [], "notes": [], "people": [],
}  # fmt: skip


def _whole(found: dict[str, Any]) -> dict[str, Any]:
    """What a reviewer is not told."""
    return {
        "reason": found["told"].reason,
        "cap_left_fen": found["cap_left"],
        "overlaps": [_overlap(one) for one in found["overlaps"]],
        "findings": [_finding(one["finding"]) for one in found["findings"]],
        "acts": [_act(one) for one in found["timeline"]],
        "notes": [_note(one) for one in found["notes"]],
        "people": [one.label for one in found["people"]],
    }


def _section(one: office_facts.Section) -> SectionOfCase:
    records = [
        RecordOfCase(label=_said(each.label) if each.label else None, fields=[_row(row) for row in each.rows])
        for each in one.records
    ]
    return SectionOfCase(key=one.key, title=_said(one.title), changed=one.changed, records=records)


def _row(one: office_facts.Row) -> FactOfCase:
    return FactOfCase(
        field=one.field.name,
        title=_said(one.field.title),
        value=_said(one.shown),
        fact=one.fact.pk if one.fact else None,
        source=_said(one.source) if one.source else None,
        evidence=one.fact.evidence_id if one.fact else None,
        disputed=one.dispute is not None,
        others=[_said(words) for _fact, words in one.others],
    )


def _document(one: dict[str, Any]) -> DocumentOfCase:
    files = [
        FileOfCase(id=file.pk, evidence=file.evidence_id, name=file.evidence.name, hash=file.evidence.hash)
        for file in one["files"]
    ]
    return DocumentOfCase(key=one["key"], title=Said(**one["title"]), files=files)


def _opinion(one: dict[str, Any]) -> Opinion:
    given = one["approval"]
    names = ("kind", "result", "note", "asked_at", "given_at", "due_on", "voided_at")
    return Opinion(
        by=given.given_by.label if given.given_by else "",
        **{name: getattr(given, name) for name in names},
        rests_on=[_said(words) for words in one["rests_on"]],
        changed=[_said(words) for words in one["changed"]],
        voided_by=[_said(words) for words in one["voided_by"]],
    )


def _overlap(one: stacking.Overlap) -> OverlapOfCase:
    return OverlapOfCase(
        case=one.case.number,
        title=Said(**one.case.call.title),
        decided=one.decided,
        counts=one.counts,
        why=one.why,
    )


def _finding(one: Finding) -> FindingOfCase:
    names = ("ground", "found_at", "hearing_on", "heard", "credit_record", "dropped_at")
    return FindingOfCase(
        id=one.pk,
        receivable=one.receivable_id,
        defences=[each.text for each in one.defences.all()],
        **{name: getattr(one, name) for name in names},
    )


def _act(one: dict[str, Any]) -> ActOnCase:
    event: Event = one["event"]
    return ActOnCase(
        event=event.number,
        at=event.at,
        actor=event.actor,
        kind=event.kind,
        title=_said(one["title"]),
        said=[_said(words) for words in one["said"]],
        hash=event.hash,
    )


def _note(one: Event) -> NoteOnCase:
    return NoteOnCase(at=one.at, actor=one.actor, text=one.data["text"])


def _said(words: Words) -> Said:
    return Said(zh=words.zh, en=words.en)
