"""Public notices (公示): published, answered, ended. A published list is frozen and hashed; its days are working days.

The day of publication does not count (civil code, article 201): five working days are the next five.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kechuang.accounts import counting
from kechuang.accounts.contacts import contact_of, is_email, is_phone
from kechuang.accounts.masking import masked
from kechuang.accounts.models import Membership
from kechuang.accounts.protection import must_not_stay_away
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import rules, workflow
from kechuang.fulfilment.assessing import benefit_of, pack_of
from kechuang.fulfilment.models import Call, Case, Notice, NoticeLine, Objection
from kechuang.fulfilment.office_facts import PERSONS, about_in_public
from kechuang.fulfilment.telling import tell_applicant, tell_of_answer, tell_of_objection
from kechuang.journal.actions import CLOCK, Clock, canonical, record
from kechuang.registry import calendar
from kechuang.registry.models import Evidence
from kechuang.treasury import actions as treasury

ANSWER_DAYS: Final = 5  # working days to answer an objection
AN_HOUR: Final = timedelta(hours=1)
MOST_FROM_ONE: Final = 10  # objections within an hour from one address
MOST_ALIKE: Final = 3  # open objections of one contact to one line


def publish(call: Call, cases: Sequence[Case], *, actor: Membership, at: datetime) -> Notice:
    """Publish these determined cases of a settled call. Raises Refused, for a year without working-day table too."""
    if not cases:
        raise Refused("请至少选择一件申报。", "Choose at least one case.")
    if not rules.may_manage(actor, call):
        raise Refused("这次申报不由您的部门办理。", "This call is run by another department.")
    first, last = _after(at, 1), _after(at, call.notice_days)
    # What is objected to on the last day must have a day for its answer.
    calendar.working_day_after(last, ANSWER_DAYS)
    with transaction.atomic():
        locked = Call.objects.select_for_update().get(pk=call.pk)
        if locked.state != Call.State.SETTLED:
            raise Refused("请先确定资金分配，再公示。", "Share out the appropriation before the notice.")
        ordered = sorted((workflow.lock(case.pk) for case in cases), key=lambda case: case.number)
        number = f"{call.number}-N{call.notices.count() + 1}"
        content = _content(number, call, ordered, first.isoformat(), last.isoformat(), at)
        notice = Notice.objects.create(
            number=number,
            call=call,
            content=content,
            hash=hash_of(content),
            published_by=actor,
            published_at=at,
            first_day=first,
            last_day=last,
        )
        NoticeLine.objects.bulk_create(
            NoticeLine(notice=notice, line=line, case=case) for line, case in enumerate(ordered, start=1)
        )
        for case in ordered:
            workflow.apply(case, "publish", actor=actor, at=at)
        record(
            "notice.published",
            f"notice:{notice.pk}",
            actor=actor,
            at=at,
            data={
                "number": number,
                "hash": notice.hash,
                "first_day": first.isoformat(),
                "last_day": last.isoformat(),
            },
        )
    return notice


def hash_of(content: dict[str, Any]) -> str:
    """SHA-256 over everything that was published, as canonical JSON."""
    return hashlib.sha256(canonical(content)).hexdigest()


def end(notice: Notice, *, at: datetime, actor: Membership | Clock = CLOCK) -> bool:
    """End a notice whose days have passed and whose objections are answered; clears its cases. Whether it ended."""
    with transaction.atomic():
        locked = Notice.objects.select_for_update().get(pk=notice.pk)
        waiting = Objection.objects.filter(line__notice=locked, state=Objection.State.OPEN).exists()
        if locked.state != Notice.State.PUBLISHED or timezone.localdate(at) <= locked.last_day or waiting:
            return False
        for line in locked.lines.select_related("case").order_by("line"):
            if line.case.state == "noticed" and line == line.case.notice_lines.order_by("-id").first():
                workflow.apply(line.case, "clear", actor=CLOCK, at=at)
        locked.state, locked.ended_at = Notice.State.ENDED, at
        locked.save(update_fields=["state", "ended_at"])
        record("notice.ended", f"notice:{locked.pk}", actor=actor, at=at, data={"number": locked.number})
    return True


def withdraw(notice: Notice, reason: str, *, actor: Membership, at: datetime) -> None:
    """Take a notice back; each of its cases is determined anew."""
    if not reason.strip():
        raise Refused("请写明理由。", "State the reason.", field="reason")
    with transaction.atomic():
        locked = Notice.objects.select_for_update().select_related("call").get(pk=notice.pk)
        if locked.state != Notice.State.PUBLISHED or not rules.may_take_back(actor, locked):
            raise Refused("这份公示现在不能撤回。", "This notice cannot be withdrawn now.")
        for line in locked.lines.select_related("case").order_by("line"):
            if line.case.state == "noticed":
                workflow.apply(line.case, "reconsider", actor=actor, at=at, reason=reason)
        locked.state, locked.reason, locked.ended_at = Notice.State.WITHDRAWN, reason, at
        locked.save(update_fields=["state", "reason", "ended_at"])
        record(
            "notice.withdrawn", f"notice:{locked.pk}", actor=actor, at=at,
            data={"number": locked.number, "reason": reason},
        )  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What an objection says: who (told to officers only), why, with what proof, and what should be done."""

    name: str
    contact: str
    ground: str
    remedy: str
    evidence: Evidence | None = None


def object_to(
    line: NoticeLine, said: Said, *, at: datetime, raised_by: Membership | None = None
) -> Objection:
    """Raise an objection to a line while its notice is up; nothing is paid on the line until it is answered.

    The same again, while it is open, is the one that is there: a double click. Raises Refused after the notice has
    ended, and for more than MOST_ALIKE open ones of one contact to one line.
    """
    for field in ("name", "contact", "ground", "remedy"):
        if not getattr(said, field).strip():
            raise Refused("请填写这一项。", "Fill this in.", field=field)
    if not (is_phone(said.contact) or is_email(said.contact)):
        raise Refused(
            "请填写电话号码（如 13812341234、0631-5231234）或电子邮箱（如 name@example.com），答复按它送达。",
            "Give a telephone number such as 13812341234 or 0631-5231234, or an email address such as "
            "name@example.com: the answer is sent there.",
            field="contact",
        )
    with transaction.atomic():
        notice = Notice.objects.select_for_update().get(
            pk=line.notice_id
        )  # its objections get numbers one by one
        case = workflow.lock(line.case_id)
        if notice.state != Notice.State.PUBLISHED or timezone.localdate(at) > notice.last_day:
            raise Refused(
                f"公示已于 {notice.last_day} 结束，不再受理异议；仍可向责任单位反映。",
                f"The notice ended on {notice.last_day}. You may still write to the department.",
            )
        content = {
            "contact": said.contact.strip(),
            "ground": said.ground.strip(),
            "remedy": said.remedy.strip(),
            "evidence": said.evidence,
        }
        same = line.objections.filter(**content, state=Objection.State.OPEN).first()
        if same is not None:
            return same
        _refuse_too_many(line, said.contact.strip())
        number = f"{notice.number}-Y{Objection.objects.filter(line__notice=notice).count() + 1}"
        objection = Objection.objects.create(
            number=number,
            line=line,
            name=said.name.strip(),
            **content,
            raised_by=raised_by,
            raised_at=at,
            due_on=_after(at, ANSWER_DAYS),
        )
        if case.award is not None:
            subject = f"objection:{objection.pk}"
            treasury.hold(case.award, subject=subject, actor=raised_by or CLOCK, at=at)
        event = record(
            "objection.raised",
            f"objection:{objection.pk}",
            actor=raised_by or CLOCK,
            at=at,
            organisation_id=case.organisation_id,
            data={"number": number, "case": case.number, "due_on": objection.due_on.isoformat()},
        )
        tell_of_objection(objection, case, event)
    return objection


def _refuse_too_many(line: NoticeLine, contact: str) -> None:
    """Refuse one more of somebody who has so many open to this line."""
    if line.objections.filter(contact=contact, state=Objection.State.OPEN).count() >= MOST_ALIKE:
        raise Refused(
            "您对这一家已有未答复的异议，请等待答复。",
            "You have open objections to this line: please wait for the answer.",
            field="ground",
        )


def count_try(address: str, at: datetime) -> None:
    """Count that somebody is about to object from this address. Refused for more than MOST_FROM_ONE in an hour."""
    if not counting.try_once(f"objection from {address}", most=MOST_FROM_ONE, at=at, within=AN_HOUR):
        raise Refused(
            "您提交得过于频繁，请一小时后再提交，或直接联系责任单位。",
            "Too many objections from you: send it in an hour, or write to the department.",
        )


def answer(objection: Objection, *, upheld: bool, text: str, actor: Membership, at: datetime) -> Objection:
    """Answer an objection with reasons. Upheld: the case is determined anew and goes through a new notice."""
    if not text.strip():
        raise Refused("请写明答复。", "State the answer.", field="answer")
    with transaction.atomic():
        case = workflow.lock(NoticeLine.objects.get(pk=objection.line_id).case_id)
        locked = Objection.objects.select_for_update().get(pk=objection.pk)
        if locked.state != Objection.State.OPEN or not rules.may_manage(actor, case.call):
            raise Refused("这项异议现在不能答复。", "This objection cannot be answered now.")
        must_not_stay_away(actor, [case.organisation_id])
        locked.state = Objection.State.UPHELD if upheld else Objection.State.REJECTED
        locked.answer, locked.answered_by, locked.answered_at = text.strip(), actor, at
        locked.save()
        if case.award is not None:
            treasury.unhold(case.award, subject=f"objection:{locked.pk}", actor=actor, at=at)
        if upheld and case.state in {"noticed", "cleared"}:
            workflow.apply(case, "reconsider", actor=actor, at=at, reason=text.strip())
        event = record(
            "objection.answered",
            f"objection:{locked.pk}",
            actor=actor,
            at=at,
            organisation_id=case.organisation_id,
            data={"number": locked.number, "state": locked.state, "answer": locked.answer},
        )
        tell_applicant("objection_upheld" if upheld else "objection_dismissed", case, event)
        tell_of_answer(locked, notice_number=event.data["number"].rpartition("-")[0], event=event)
    return locked


def _after(at: datetime, days: int) -> date:
    """The n-th working day after the day of `at`. Refused for a year whose calendar is not there."""
    return calendar.working_day_after(timezone.localdate(at), days)


def _content(
    number: str, call: Call, cases: Sequence[Case], first: str, last: str, at: datetime
) -> dict[str, Any]:
    """Everything that is published: clause, sums declared, verified and granted, the days, whom to write to."""
    pack, benefit = pack_of(call), benefit_of(call)
    clause = benefit.amount.quote.text if benefit.amount.quote else ""
    reached = contact_of(call.department)
    return {
        "number": number,
        "call": call.number,
        "title": call.title,
        "document": {"title": pack.document.title, "number": pack.document.number},
        "measure": benefit.measure,
        "benefit": {"id": benefit.id, "zh": benefit.title.zh, "en": benefit.title.en},
        "clause": clause,
        "pack": call.version_id,
        "year": call.year,
        "department": call.department.name,
        **({"contact": asdict(reached)} if reached else {}),
        "published_at": at.isoformat(),
        "first_day": first,
        "last_day": last,
        "rule": call.rule,
        "total_fen": sum(case.granted_fen or 0 for case in cases),
        "lines": [_line(line, case) for line, case in enumerate(cases, start=1)],
    }


def _line(line: int, case: Case) -> dict[str, Any]:
    organisation, about = case.organisation, about_in_public(case)
    person = organisation.kind in PERSONS
    return {
        "line": line,
        "case": case.number,
        "name": masked(organisation.name, "name") if person else organisation.name,
        "code": "" if person else organisation.uscc,
        **({"about": {"zh": about.zh, "en": about.en}} if about else {}),
        "district": organisation.district,
        "declared_fen": case.declared_fen,
        "verified_fen": case.determined_fen,
        "sum_fen": case.granted_fen,
    }
