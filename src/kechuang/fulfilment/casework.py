"""Everything about one case on one page, for those who work on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import DEPARTMENT, Role
from kechuang.fulfilment import (
    acts,
    caps,
    case_reads,
    findings,
    office_facts,
    provenance,
    rules,
    sections,
    stacking,
    workflow,
)
from kechuang.fulfilment.assessing import assess_case, benefit_of
from kechuang.fulfilment.models import (
    Approval,
    Call,
    Case,
    Change,
    Milestone,
    Report,
)
from kechuang.fulfilment.noting import NOTES
from kechuang.fulfilment.table import CLOCK_ROLE, Transition, states, transitions, voices
from kechuang.journal.actions import record
from kechuang.journal.kinds import title_of
from kechuang.journal.models import Event
from kechuang.policy.language.values import Words, yuan
from kechuang.policy.words.explanation import explain
from kechuang.policy.words.wording import sum_text
from kechuang.registry.rules import SEE_EVIDENCE

NOTED: Final = frozenset({*DEPARTMENT, Role.DISTRICT})
"""Who writes notes; applicants never see them."""
SEES_FILES: Final = frozenset({*SEE_EVIDENCE, Role.DISTRICT, Role.REVIEWER})
"""Who may open the files of the cases that it sees."""


@dataclass(frozen=True)
class Act:
    """An act that the table gives this person now; `hindrance`: why it cannot be done just yet."""

    rule: Transition
    hindrance: Words | None
    primary: bool
    amount_fen: int | None


def open_acts(case: Case, actor: Membership, at: datetime) -> list[Act]:
    """The acts of this person in the order in which they are offered: the next step first, then what turns aside."""
    found = []
    for rule in workflow.possible(case, actor):
        refused = workflow.hindrance(rule, case, actor, at)
        found.append((rule, refused.words if refused else None))
    found.sort(key=lambda one: (one[0].command in acts.ASIDE, one[1] is not None))
    first = next((rule.command for rule, why in found if why is None and rule.command not in acts.ASIDE), "")
    return [
        Act(rule, why, rule.command == first, acts.proposed_fen(case, rule.command)) for rule, why in found
    ]


def waits_for_the_office(case: Case) -> bool:
    """Whether a running project waits for the department: a report or a change is there, or all is accepted."""
    open_ones = Milestone.objects.filter(contract__case=case, accepted_at__isnull=True)
    return (
        not open_ones.exists()
        or Report.objects.filter(milestone__contract__case=case, result="").exists()
        or Change.objects.filter(contract__case=case, result="").exists()
    )


def next_step(case: Case) -> tuple[Words, tuple[str, ...]] | None:
    """What comes next in the case's life, and the roles whose it is; None at the end."""
    onward = [
        rule
        for rule in transitions().values()
        if case.state in rule.sources
        and benefit_of(case).lifecycle in rule.lifecycles
        and rule.command not in acts.ASIDE
        and rule.leads_to(case.state) != case.state
        and _is_provided_for(rule.command, case.call)
    ]
    if case.state == "submitted":
        onward = [rule for rule in onward if (rule.command == "recommend") == case.call.recommended]
    if case.state == "reviewing" and case.pending and not 0 < case.call.quorum <= case.answered:
        rule = transitions()["answer_gate"]
        return rule.title, rule.who
    if case.state == "running" and not waits_for_the_office(case):
        rule = transitions()["report_milestone"]
        return rule.title, rule.who
    onward.sort(key=lambda rule: CLOCK_ROLE in rule.who)
    return (onward[0].title, onward[0].who) if onward else None


def _is_provided_for(command: str, call: Call) -> bool:
    """Whether the call has this step: a joint review only with its gates, experts only with a rubric."""
    return {"ask_review": bool(call.gates), "evaluate": bool(call.rubric)}.get(command, True)


def dossier(case: Case, actor: Membership, at: datetime, language: str) -> dict[str, Any]:
    """What the page of a case shows to this person; a reviewer gets what its own gate rests on, and no sums."""
    whole = rules.sees_whole(actor)
    current = sections.hashes(sections.content_of(case, at))
    changed = sections.changed(case.sections, current) if case.sections else set()
    shown: dict[str, Any] = {
        "whole": whole,
        "due_on": due_day(case, actor),
        "changed": [
            sections.sections_of(case)[key] for key in sorted(changed) if key in sections.sections_of(case)
        ],
        "opinions_matter": case.state in {"submitted", "returned", *transitions()["renew"].sources},
        "facts": office_facts.sections_of_facts(case, at, changed),
        "documents": documents(case),
        "opinions": opinions(case, current),
        "sees_files": actor.role in SEES_FILES,
        "step": next_step(case),
        "state": states()[case.state],
    }
    if not whole:
        return {**_narrowed(shown, actor), "silence": _silence(case, actor)}
    assessed = assess_case(case, case.known_at or at)
    events = case_reads.events(case).rows()
    left = caps.left(case, at)
    return {
        **shown,
        "assessed": assessed,
        "sources": provenance.sources_of(case, case.known_at or at, shown["facts"]),
        "declared": provenance.declared(case, shown["facts"]),
        "told": explain(assessed.assessment, case.call.benefit, language),
        "cap_left": left,
        "overlaps": stacking.overlaps(case),
        "overlaps_open": case.state in stacking.OPEN and actor.role in DEPARTMENT,
        "findings": [
            {"finding": one, "may_record": actor.role in DEPARTMENT and findings.may_record(one)}
            for one in case_reads.findings(case).rows()
        ],
        "timeline": timeline(case, events),
        "notes": [one for one in events if one.subject == f"{NOTES}:{case.pk}"],
        "may_note": actor.role in NOTED,
        "people": case_reads.people(case, at).rows(),
        "letters": case_reads.drafts(case).rows() if actor.role in DEPARTMENT else [],
        "decisions": case_reads.decisions(case).rows(),
        "line": case_reads.notice_line(case).first(),
    }


def _narrowed(shown: Mapping[str, Any], actor: Membership) -> dict[str, Any]:
    rests_on = voices()[actor.scope].rests_on
    return {
        **shown,
        "facts": [one for one in shown["facts"] if rests_on is None or one.key in rests_on],
        "documents": shown["documents"] if rests_on is None or sections.DOCUMENTS in rests_on else [],
        "opinions": [one for one in shown["opinions"] if one["approval"].kind == actor.scope],
        "voice": voices()[actor.scope],
    }


def due_day(case: Case, actor: Membership) -> date | None:
    """By which day the case is to be carried on; for a reviewer by which it answers, None once it has."""
    if rules.sees_whole(actor):
        return case.due_on
    awaited = (actor.scope, Approval.Result.PENDING, None)
    found = (one for one in case.approvals.all() if (one.kind, one.result, one.voided_at) == awaited)
    return next((one.due_on for one in found), None)


def _silence(case: Case, actor: Membership) -> str:
    """What the silence of a reviewer means, as its call says."""
    return next((one["silence"] for one in case.call.gates if one["gate"] == actor.scope), "")


def documents(case: Case) -> list[dict[str, Any]]:
    """The documents that the call asks for, each with the files handed in."""
    if not case.call.documents:
        return []
    files = list(case.documents.filter(removed_at__isnull=True).select_related("evidence"))
    return [
        {**one, "files": [file for file in files if file.key == one["key"]]} for one in case.call.documents
    ]


RESULTS: Final = {
    Approval.Result.PENDING: Words("等待反馈", "waiting"),
    Approval.Result.AGREED: Words("同意", "agreed"),
    Approval.Result.OPPOSED: Words("不同意", "opposed"),
    Approval.Result.SILENT: Words("逾期未反馈", "no answer in time"),
}


def opinions(case: Case, current: Mapping[str, str]) -> list[dict[str, Any]]:
    """Who has said what, what each opinion rests on, and what of that has changed since."""
    titles = sections.sections_of(case)
    return [
        {
            "approval": one,
            "result": RESULTS[Approval.Result(one.result)],
            "rests_on": [titles[key] for key in one.rests_on if key in titles],
            "changed": [
                titles[key]
                for key, value in one.rests_on.items()
                if current.get(key) != value and key in titles
            ],
            "voided_by": [titles[key] for key in one.voided_by if key in titles],
        }
        for one in sorted(case.approvals.all(), key=lambda one: (one.voided_at is not None, one.pk))
    ]


def timeline(case: Case, events: Iterable[Event]) -> list[dict[str, Any]]:
    """All acts on the case, the newest first: what, who, when, why."""
    found = [one for one in events if one.subject == f"case:{case.pk}"]
    titles = sections.sections_of(case)
    return [{"event": one, "title": title_of(one.kind), "said": _said(one, titles)} for one in found]


def _said(event: Event, titles: Mapping[str, Words]) -> list[Words]:
    """What an event says beside its title: sums, sections, reasons."""
    data, said = event.data, []
    for name, words in (
        ("declared_fen", Words("申报", "asked for")),
        ("recommended_fen", Words("推荐", "recommended")),
        ("determined_fen", Words("核定", "determined")),
        ("granted_fen", Words("拟支持", "proposed")),
        ("amount_fen", Words("金额", "sum")),
    ):
        if isinstance(data.get(name), int):
            said.append(Words(*(f"{words.pick(lang)} {sum_text(data[name], lang)}" for lang in ("zh", "en"))))
    named = (
        [titles[key] for key in data.get("sections", ()) if key in titles]
        if event.kind == "case.send_back"
        else []
    )
    if named:
        said.append(Words("、".join(one.zh for one in named), ", ".join(one.en for one in named)))
    if data.get("hearing_on"):
        said.append(Words(f"{data['hearing_on']} 听证", f"hearing on {data['hearing_on']}"))
    for day, fen in data.get("plan") or ():
        said.append(Words(f"{day} {yuan(fen)} 元", f"{day} {yuan(fen)} yuan"))
    said += [
        Words(data[name], data[name]) for name in ("title", "reason", "note", "why", "text") if data.get(name)
    ]
    return said


def note(case: Case, text: str, *, actor: Membership, at: datetime) -> None:
    """Leave a note for colleagues; it is kept apart from the case's own events, which the applicant reads."""
    if actor.role not in NOTED or not rules.may_see(actor, case):
        raise Refused("您不能在这里写备注。", "You cannot leave a note here.")
    if not text.strip():
        raise Refused("请填写备注。", "Write the note.", field="text")
    with transaction.atomic():
        data = {"number": case.number, "text": text.strip()}
        record("case.noted", f"{NOTES}:{case.pk}", actor=actor, at=at, data=data)
