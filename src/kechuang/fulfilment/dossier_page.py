"""What people read of a dossier: the case, its facts, opinions, notices, money and breaches in words, not codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.template.loader import render_to_string

from kechuang.accounts.models import Membership
from kechuang.fulfilment import dossier_money, dossier_project
from kechuang.fulfilment.assessing import assess_case, pack_of
from kechuang.fulfilment.casework import RESULTS, timeline
from kechuang.fulfilment.judging.models import Meeting
from kechuang.fulfilment.models import Approval, Case
from kechuang.fulfilment.office_facts import label_of, shown_of
from kechuang.fulfilment.table import states, voices
from kechuang.journal.queries import events_of
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT
from kechuang.policy.words.explanation import explain
from kechuang.registry.models import Fact
from kechuang.registry.provenance import told_to_offices
from kechuang.registry.queries import facts_known

_NONE: Final = Words("没有这类记录", "no such record")


@dataclass(frozen=True)
class FactRow:
    """A fact in words: of which record, what, and who says so."""

    record: Words
    title: Words
    shown: Words
    source: Words
    known_from: datetime


def page_of(case: Case, at: datetime, language: str, reader: Membership | None = None) -> str:
    """The dossier's page in HTML, as it stands at `at`; facts are those known when the case was decided.

    reader: whom requests that somebody be kept off may be kept from; None: nothing is.
    """
    known_at = case.known_at or at
    found = assess_case(case, known_at)
    told = {
        "case": case,
        "state": states()[case.state].title,
        "pack": pack_of(case),
        "explanation": explain(found.assessment, case.call.benefit, language),
        "assumption": found.assumption,
        "supposed": found.supposing,
        "facts": list(_facts(case, known_at)),
        "approvals": [
            {
                "approval": one,
                "title": voices()[one.kind].title,
                "result": RESULTS[Approval.Result(one.result)],
            }
            for one in case.approvals.select_related("given_by__user", "given_by__organisation")
        ],
        "lines": case.notice_lines.select_related("notice").prefetch_related("objections").order_by("pk"),
        "events": reversed(timeline(case, events_of(f"case:{case.pk}").order_by("-number"))),
        "money": dossier_money.told(case),
        "findings": case.findings.select_related("receivable")
        .prefetch_related("receivable__instalments")
        .order_by("pk"),
        "decisions": case.decisions.order_by("pk"),
        "meetings": meetings_of(case),
        "project": dossier_project.told(case, reader),
        "language": language,
        "at": at,
    }
    return render_to_string("fulfilment/dossier.html", told)


def meetings_of(case: Case) -> QuerySet[Meeting]:
    """The concluded meetings that proposed a grade for the case."""
    found = Meeting.objects.filter(proposals__case=case, concluded_at__isnull=False)
    return found.select_related("panel", "file").order_by("pk")


def _facts(case: Case, known_at: datetime) -> Iterator[FactRow]:
    """All that was known of the organisation; what the vocabulary of the pack does not have keeps its name."""
    records = pack_of(case).vocabulary.records
    for fact in facts_known(case.organisation_id, known_at):
        kind = records.get(fact.record)
        field = kind.fields.get(fact.field) if kind else None
        record = kind.title if kind else Words(fact.record, fact.record)
        if kind and fact.record != SUBJECT and fact.key:
            key = label_of(kind, fact.key)
            record = Words(f"{record.zh} {key.zh}", f"{record.en} {key.en}")
        title = field.title if field else Words(fact.field, fact.field)
        shown = shown_of(field, fact) if field else _bare(fact)
        yield FactRow(record, title, shown, told_to_offices(fact), fact.known_from)


def _bare(fact: Fact) -> Words:
    """The value of a fact that is about a whole kind of records, or about a field that is no more."""
    return Words(str(fact.value), str(fact.value)) if fact.field else _NONE
