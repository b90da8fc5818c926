"""What an expert is shown of a case: the facts that the clause reads, and its documents; nameless where it is blind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import Http404

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import rules, sections
from kechuang.fulfilment.assessing import benefit_of, pack_of, round_of
from kechuang.fulfilment.judging.evaluated import evaluated_by, figures_of, row_at, rows_for
from kechuang.fulfilment.judging.indicators import Figure, figure_text
from kechuang.fulfilment.judging.models import Assignment, BlindCopy
from kechuang.fulfilment.models import Case, Document
from kechuang.journal.actions import record as journal
from kechuang.policy.language.values import RATE, TEXT, Words
from kechuang.policy.language.vocabulary import SUBJECT, Field, RecordKind, Vocabulary
from kechuang.policy.words.wording import value_text
from kechuang.reference.divisions import divisions
from kechuang.registry.assembly import case_of
from kechuang.registry.models import Evidence

TELLING: Final = frozenset({"uscc", "name", "district"})
"""What of the organisation itself tells who it is; no blind expert sees it, nor any text that somebody wrote."""


@dataclass(frozen=True)
class Part:
    """A record of the material: its kind, and its fields in words."""

    title: Words
    rows: list[tuple[Words, Words]]


@dataclass(frozen=True)
class Paper:
    """A document: what the call asks for, and the file that this expert may open. None: nothing to open."""

    title: Words
    document: Document
    evidence: Evidence | None


def parts(assignment: Assignment, at: datetime) -> list[Part]:
    """The facts that the benefit reads, as known now: of the evaluated record alone where the case is about one."""
    case, blind = assignment.case, assignment.panel.blind
    vocabulary = pack_of(case).vocabulary
    facts = case_of(case.organisation, at, case.on, vocabulary)
    what = evaluated_by(benefit_of(case))
    found = []
    for kind, names in sections.fields_of(case).items():
        if kind == SUBJECT:
            wanted = names | {"kind"} if blind else names | {"name", "uscc", "district", "kind"}
            found.append(_part(vocabulary.records[kind], facts, wanted, vocabulary, blind=blind))
            continue
        rows = facts.get(kind) or []
        wanted = names
        if what is not None and kind == what.record:
            rows = rows_for(facts, what, round_of(case)) or []
            mine = row_at(rows, what, case.key) if case.key else None
            rows = [mine] if mine else rows
            figures = {name for one in what.indicators for name in one.fields}
            wanted = (names | figures) - {what.grade, what.selected, what.outstanding}
            if mine:
                found.append(_indicators(figures_of(facts, what, mine, round_of(case), pack_of(case))))
        found += [_part(vocabulary.records[kind], row, wanted, vocabulary, blind=blind) for row in rows]
    return [one for one in found if one.rows]


def _indicators(figures: list[Figure]) -> Part:
    """What the evaluation looks at beside the facts: each figure, that of the year before and the growth."""
    return Part(
        Words("评价指标", "Indicators"),
        [(one.indicator.title, Words(_line(one, "zh"), _line(one, "en"))) for one in figures],
    )


def _line(one: Figure, language: str) -> str:
    said = figure_text(one.value, one.indicator.type, language)
    before = [
        f"{year} {figure_text(value, one.indicator.type, language)}"
        for year, value in one.before
        if value is not None
    ]
    if one.growth is not None:
        grown = ("+" if one.growth >= 0 else "") + figure_text(one.growth, RATE, language)
        before.insert(0, f"较上年 {grown}" if language == "zh" else f"{grown} on the year before")
    return (
        said + (f"（{'；'.join(before)}）" if language == "zh" else f" ({'; '.join(before)})")
        if before
        else said
    )


def papers(assignment: Assignment) -> list[Paper]:
    """The documents handed in; a blind expert opens what the officer has put in without names, and no original."""
    titles = {one["key"]: one["title"] for one in assignment.case.call.documents}
    there = assignment.case.documents.filter(removed_at__isnull=True).select_related(
        "evidence", "blind_copy__evidence"
    )
    blind = assignment.panel.blind
    return [
        Paper(Words(**titles[one.key]), one, _open(one, blind=blind)) for one in there if one.key in titles
    ]


def paper_at(assignment: Assignment, number: int) -> Evidence:
    """The file of a document that this expert may open, under a name that tells a blind one nothing; else 404."""
    found = next((one for one in papers(assignment) if one.document.pk == number), None)
    if found is None or found.evidence is None:
        raise Http404
    if assignment.panel.blind:
        suffix = found.evidence.name.rpartition(".")[2]
        found.evidence.name = f"{assignment.place}-{number}.{suffix}"  # type: ignore[attr-defined]
    return found.evidence


def put_blind_copy(document: Document, evidence: Evidence, *, actor: Membership, at: datetime) -> BlindCopy:
    """Put a copy without names beside a document, for blind experts; a later copy takes the place of the former."""
    if not rules.may_manage(actor, document.case.call):
        raise Refused("这次申报不由您的部门办理。", "This call is run by another department.")
    given = {"evidence": evidence, "added_by": actor, "added_at": at}
    copy, _ = BlindCopy.objects.update_or_create(document=document, defaults=given)
    said = {"number": document.case.number, "document": document.key, "hash": evidence.hash}
    journal("case.blind_copy_added", f"case:{document.case_id}", actor=actor, at=at, data=said)
    return copy


def documents_of(cases: list[Case]) -> list[tuple[Document, Words, BlindCopy | None]]:
    """The documents of these cases, each with what it is and its copy without names."""
    found = Document.objects.filter(case__in=cases, removed_at__isnull=True)
    made = []
    for one in found.select_related("case__organisation", "case__call", "evidence", "blind_copy").order_by(
        "case", "pk"
    ):
        title = next((asked["title"] for asked in one.case.call.documents if asked["key"] == one.key), None)
        if title:
            made.append((one, Words(**title), getattr(one, "blind_copy", None)))
    return made


def _open(document: Document, *, blind: bool) -> Evidence | None:
    copy = getattr(document, "blind_copy", None)
    evidence = copy.evidence if copy else None if blind else document.evidence
    return (
        evidence if evidence and evidence.scan in {Evidence.Scan.CLEAN, Evidence.Scan.NOT_SCANNED} else None
    )


def _district(code: str) -> Words:
    found = divisions().get(code)
    return Words(found.zh, found.en) if found else Words(code, code)


def _said(value: Any, field: Field, vocabulary: Vocabulary) -> Words:
    return Words(*(value_text(value, field.type, vocabulary, language) for language in ("zh", "en")))


def _part(
    kind: RecordKind,
    row: Mapping[str, Any],
    names: frozenset[str] | set[str],
    vocabulary: Vocabulary,
    *,
    blind: bool,
) -> Part:
    rows = []
    for name, field in kind.fields.items():
        hidden = blind and (field.type == TEXT or (kind.name == SUBJECT and name in TELLING))
        if name in names and not hidden and row.get(name) is not None:
            place = kind.name == SUBJECT and name == "district"
            rows.append((field.title, _district(row[name]) if place else _said(row[name], field, vocabulary)))
    return Part(kind.title, rows)
