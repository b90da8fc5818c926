"""What the pages of applicants read: an application with its sections and its assessment, own cases, what waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Final

from django.db.models import Prefetch
from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.fulfilment import guards, payee_accounts, recovery, sections
from kechuang.fulfilment.asking import FactSection, fact_sections, missing_of
from kechuang.fulfilment.assessing import CaseAssessment, assess_case, left_to_selection
from kechuang.fulfilment.holding import said_of
from kechuang.fulfilment.models import Bid, Call, Case, CaseMember, Document
from kechuang.fulfilment.table import transitions
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.language.values import Words
from kechuang.policy.words.explanation import Explanation, RecordExplanation, explain
from kechuang.policy.words.reasons import missing_fact
from kechuang.reference.workdays import days_left
from kechuang.registry.provenance import Sources

PART_STATES: Final[Mapping[str, Words]] = {
    "missing": Words("未填", "not yet filled in"),
    "filled": Words("已填", "filled in"),
    "known": Words("城市已掌握", "known to the city"),
    "asked": Words("需补正", "to be supplemented"),
    "supplemented": Words("已补正", "supplemented"),
    "optional": Words("可不填", "not needed"),
    "locked": Words("不用改", "nothing to change"),
}
FILLING: Final = ("draft", "returned")
DONE: Final = frozenset({"filled", "known", "supplemented", "optional", "locked"})


@dataclass(frozen=True)
class Part:
    """One line of the task list."""

    key: str
    title: Words
    state: str
    count: int = 0  # how many things are still missing

    @property
    def words(self) -> Words:
        """The state in words."""
        return PART_STATES[self.state]

    @property
    def done(self) -> bool:
        """Whether nothing has to be done here."""
        return self.state in DONE

    @property
    def open(self) -> bool:
        """Whether it may be changed now."""
        return self.state != "locked"


class Filling:
    """One application as its applicant sees it at a time: everything is worked out when a page asks for it."""

    def __init__(self, case: Case, at: datetime, language: str) -> None:
        self.case, self.at, self.language = case, at, language

    @property
    def seen_at(self) -> datetime:
        """The time of the facts: now while they may be changed, later that of the ones that the case rests on."""
        filling = self.case.state in {*FILLING, "offered"}
        return self.at if filling else self.case.known_at or self.at

    @cached_property
    def found(self) -> CaseAssessment:
        """The assessment."""
        return assess_case(self.case, self.seen_at)

    @cached_property
    def told(self) -> Explanation:
        """The benefit's result in words."""
        return explain(self.found.assessment, self.case.call.benefit, self.language)

    @cached_property
    def record(self) -> RecordExplanation | None:
        """The record that the case is about, in words; None when it is about the organisation."""
        item = self.found.item
        return next(
            (one for one in self.told.records if item is not None and one.item.index == item.index), None
        )

    @property
    def outcome(self) -> Outcome:
        """What comes out."""
        return self.found.outcome

    @property
    def held(self) -> Words | None:
        """That it has been applied for, or what has come of it, in the place of what it promised before."""
        return said_of(self.case)

    @property
    def reason(self) -> str:
        """One sentence."""
        return self.told.reason

    @cached_property
    def missing(self) -> list[tuple[str, str, str | None]]:
        """What is still needed: title, section that asks for it, register that holds it."""
        seen = {}
        for one in missing_of(self.found):
            if left_to_selection(self.case, one):
                continue
            fact = missing_fact(one, self.found.assessment, self.language)
            seen[fact.title] = (fact.title, one.record, fact.source)
        return list(seen.values())

    @cached_property
    def facts(self) -> dict[str, FactSection]:
        """The sections of facts."""
        return fact_sections(self.case, self.found, self.seen_at)

    @cached_property
    def sources(self) -> Sources:
        """Who said the facts of these sections."""
        known = [
            one
            for section in self.facts.values()
            for record in section.records
            for one in (*record.known, *record.stated)
        ]
        facts = [(one.fact, one.source) for one in known if one.fact]
        return Sources({(fact.record, fact.key, fact.field): source for fact, source in facts})

    @cached_property
    def documents(self) -> list[Document]:
        """The files that are in."""
        found = self.case.documents.filter(removed_at__isnull=True)
        return list(found.select_related("evidence", "added_by__user"))

    @cached_property
    def proposal(self) -> Bid | None:
        """How a bidder would meet the need."""
        return Bid.objects.filter(case=self.case).first() if self.case.pk else None

    @cached_property
    def members(self) -> list[CaseMember]:
        """Who undertakes a project together."""
        return list(self.case.members.select_related("organisation")) if self.case.pk else []

    @cached_property
    def touched(self) -> set[str]:
        """The sections that say something else than at the last submission."""
        return sections.changed(self.case.sections, self.hashes) if self.case.sections else set()

    @cached_property
    def hashes(self) -> dict[str, str]:
        """What each section says, by hash."""
        return sections.hashes(sections.content_of(self.case, self.at))

    @cached_property
    def fingerprint(self) -> str:
        """All sections together: who submits sends along what the page showed."""
        return guards.fingerprint(self.hashes)

    @cached_property
    def parts(self) -> list[Part]:
        """The task list."""
        return [self._part(key, title) for key, title in sections.sections_of(self.case).items()]

    @property
    def keys(self) -> list[str]:
        """The sections by key."""
        return [one.key for one in self.parts]

    @property
    def open_parts(self) -> list[Part]:
        """What still has to be done before submitting."""
        return [one for one in self.parts if not one.done]

    def next_part(self, after: str) -> Part | None:
        """The next section with something to do, after this one, else from the beginning."""
        keys = [one.key for one in self.parts]
        place = keys.index(after) + 1 if after in keys else 0
        return next(
            (one for one in [*self.parts[place:], *self.parts[:place]] if not one.done and one.key != after),
            None,
        )

    def _part(self, key: str, title: Words) -> Part:
        if self.case.state == "returned":
            if key not in self.case.asked_back:
                return Part(key, title, "locked")
            if key not in self.touched:
                return Part(key, title, "asked")
            state, count = self._filled(key)
            return Part(key, title, "supplemented" if state != "missing" else state, count)
        return Part(key, title, *self._filled(key))

    def _filled_of_project(self, key: str) -> tuple[str, int]:
        if key == sections.PROPOSAL:
            return ("filled" if self.proposal else "missing"), 0
        waiting = sum(one.confirmed_at is None for one in self.members)
        return ("missing" if waiting else "filled" if self.members else "optional"), waiting

    def _filled(self, key: str) -> tuple[str, int]:
        if key in {sections.PROPOSAL, sections.CONSORTIUM}:
            return self._filled_of_project(key)
        if key in {sections.ACCOUNT, sections.STATEMENT}:
            given = self.case.account if key == sections.ACCOUNT else self.case.statement.get("agreed")
            return ("filled" if given else "missing"), 0
        if key == sections.DOCUMENTS:
            given = {one.key for one in self.documents}
            lacking = sum(one["key"] not in given for one in self.case.call.documents)
            return ("missing" if lacking else "filled"), lacking
        section = self.facts[key]
        if section.missing or section.city_knows:
            return ("missing", len(section.missing)) if section.missing else ("known", 0)
        return ("filled" if section.answered else "optional"), 0


@dataclass(frozen=True)
class Row:
    """A case in a list: what to do next and by when."""

    case: Case
    act: str  # confirm, fill, supplement, sign, report, hear, repay, correct; '' when others act
    due_on: date | None
    left: int | None
    late: bool = False
    owed: tuple[int, int] | None = None  # fen to repay by that day, and in all; None where nothing is claimed

    @property
    def mine(self) -> bool:
        """Whether the organisation has to act."""
        return bool(self.act)


ACTS: Final = {
    "offered": "confirm", "draft": "fill", "returned": "supplement", "breached": "hear", "recovering": "repay",
    "running": "report", "contracting": "sign",
}  # fmt: skip


def row_of(case: Case, today: date) -> Row:
    """The case with its next act."""
    due = timezone.localdate(case.call.closes_at) if case.state in {"offered", "draft"} else case.due_on
    corrected_in = transitions()["correct_account"].sources
    wants_account = case.state in corrected_in and getattr(case, "waits_for_account", False)
    act = "correct" if wants_account else ACTS.get(case.state, "")
    return Row(case, act, due, days_left(today, due), late=due is not None and due < today)


def own_cases(membership: Membership, today: date) -> list[Row]:
    """The organisation's cases: what it must do first, the most due first; two queries, and three for each claim."""
    found = Case.objects.filter(organisation=membership.organisation_id).select_related("call__department")
    found = found.annotate(waits_for_account=payee_accounts.waits_for_account())
    rows = [_with_owed(row_of(case, today), today) for case in found.order_by("-id")]
    return sorted(rows, key=lambda one: (not one.mine, one.due_on or date.max if one.mine else date.max))


def _with_owed(row: Row, today: date) -> Row:
    """What is still to be repaid, where money is being recovered."""
    if row.case.state != "recovering":
        return row
    receivable = row.case.findings.select_related("receivable").latest("id").receivable
    return row if receivable is None else replace(row, owed=recovery.owed(receivable, today))


@dataclass(frozen=True)
class Fitting:
    """An open call, and what comes out of it for the organisation."""

    call: Call
    filling: Filling
    case: Case | None  # begun already


def calls_that_fit(membership: Membership, at: datetime, language: str) -> list[Fitting]:
    """Open calls whose benefit the organisation is entitled to, may apply for, or might; what is certain first."""
    from kechuang.fulfilment import applying, queries

    own = Case.objects.filter(organisation=membership.organisation_id).exclude(
        state__in=["withdrawn", "declined"]
    )
    calls = queries.calls_open(at).prefetch_related(Prefetch("cases", queryset=own, to_attr="own_cases"))
    found = []
    for call in calls:
        probe = applying.probe(call, membership.organisation, at)
        filling = Filling(probe, at, language)
        if filling.found.outcome in {Outcome.ENTITLED, Outcome.MAY_APPLY, Outcome.UNDETERMINED}:
            begun: list[Case] = call.own_cases
            found.append(Fitting(call, filling, begun[0] if begun else None))
    order = list(Outcome)
    return sorted(
        found, key=lambda one: (order.index(one.filling.outcome), one.case is not None, one.call.closes_at)
    )
