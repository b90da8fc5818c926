"""Who is told of an act on a case, in which words (messages.yaml)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from kechuang.accounts.acting import held_on
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import APPLICANTS, FINANCE, Role
from kechuang.fulfilment.models import Case, Objection
from kechuang.fulfilment.parties import kept_from
from kechuang.fulfilment.sections import sections_of
from kechuang.fulfilment.table import Transition
from kechuang.journal.actions import tell
from kechuang.journal.models import Event
from kechuang.policy.words.wording import sum_text


def tell_of(rule: Transition, case: Case, event: Event) -> None:
    """Send, or lay before an officer, what messages.yaml has for this act."""
    message = _messages().get(rule.command)
    if message is None or event.data.get("from") not in message.get("from", [event.data.get("from")]):
        return
    _tell(message, case, event)


def tell_applicant(key: str, case: Case, event: Event, **more: str) -> None:
    """Tell the organisation of the case what messages.yaml has under `key`; more: words that only it names."""
    _tell(_messages()[key], case, event, **more)


def tell_offices(key: str, case: Case, event: Event, **more: str) -> None:
    """The same for what is told to offices; of a sealed bid they are told nothing."""
    _tell(_messages()[key], case, event, **more)


def _tell(message: dict[str, Any], case: Case, event: Event, **more: str) -> None:
    parts = {language: {**_parts(case, event, language), **more} for language in ("zh", "en")}
    tell(
        [(one.user_id, one.pk) for one in _people(message["to"], case, event)],
        event=event,
        title={language: message["title"][language].format_map(parts[language]) for language in parts},
        body={language: message["body"][language].format_map(parts[language]) for language in parts},
        link=reverse("case", args=[case.number]),
        draft_for=f"case:{case.pk}" if message.get("draft") else "",
    )


def tell_of_objection(objection: Objection, case: Case, event: Event) -> None:
    """Tell the department of an objection, and the organisation that there is one; never who raised it."""
    tell_applicant("objection_raised", case, event, due=objection.due_on.isoformat())
    tell(
        [(one.user_id, one.pk) for one in _people(["officers", "deciders"], case, event)],
        event=event,
        title={"zh": f"收到异议 {objection.number}", "en": f"Objection {objection.number}"},
        body={
            "zh": f"请在 {objection.due_on} 前答复；答复前这一家的资金不拨付。",
            "en": f"Answer by {objection.due_on}; nothing is paid on the line before.",
        },
        link=reverse("objection", args=[objection.number]),
    )


def tell_of_answer(objection: Objection, *, notice_number: str, event: Event) -> None:
    """Tell who raised an objection from an account that it is answered."""
    who = objection.raised_by
    if who is not None:
        tell(
            [(who.user_id, who.pk)],
            event=event,
            title={"zh": f"异议 {objection.number} 已答复", "en": f"Objection {objection.number} answered"},
            body={"zh": objection.answer, "en": objection.answer},
            link=reverse("notice", args=[notice_number]),
        )


def _people(groups: list[str], case: Case, event: Event) -> Iterator[Membership]:
    """The members of these groups on the day of the event, each person once; nobody who stays away."""
    held = held_on(timezone.localdate(event.at))
    wanted = Q(pk__in=[])
    if case.call.sealed and case.call.opened_at is None:
        groups = [one for one in groups if one == "applicants"]
    for group in groups:
        wanted |= _group(group, case)
    seen: set[int] = set()
    held = held.filter(Q(role__in=APPLICANTS) | ~Q(user__in=kept_from(case)))
    for one in held.filter(wanted).order_by("id"):
        if one.user_id not in seen:
            seen.add(one.user_id)
            yield one


def _group(name: str, case: Case) -> Q:
    department = Q(organisation_id=case.call.department_id)
    pending = case.approvals.filter(voided_at__isnull=True, result="pending").values_list("kind", flat=True)
    return {
        "applicants": Q(organisation_id=case.organisation_id, role__in=APPLICANTS),
        "district": Q(role=Role.DISTRICT, scope=case.district),
        "officers": department & Q(role=Role.OFFICER),
        "deciders": department & Q(role=Role.DECIDER),
        "reviewers": Q(role=Role.REVIEWER, scope__in=list(pending)) if name == "reviewers" else Q(pk__in=[]),
        "finance": Q(role__in=FINANCE),
    }[name]


def _parts(case: Case, event: Event, language: str) -> dict[str, Any]:
    granted = case.granted_fen or case.determined_fen
    titles = sections_of(case)
    separator = "、" if language == "zh" else ", "
    line = (
        case.notice_lines.select_related("notice").order_by("-id").first()
        if event.kind == "case.publish"
        else None
    )
    return {
        "number": case.number,
        "title": case.call.title[language],
        "organisation": case.organisation.name,
        "reason": case.reason,
        "sum": sum_text(granted, language) if granted else "",
        "due": line.notice.last_day if line else case.due_on or "",
        "until": case.due_on if case.state == "returned" else timezone.localdate(case.call.closes_at),
        "offer": _OFFER[language].format(sum_text(case.declared_fen, language)) if case.declared_fen else "",
        "at": f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}",
        "hearing": event.data.get("hearing_on", ""),
        "sections": separator.join(titles[key].pick(language) for key in case.asked_back if key in titles),
    }


_OFFER: Final = {"zh": "，金额 {}", "en": ": {}"}


@cache
def _messages() -> dict[str, Any]:
    return dict(yaml.safe_load((Path(__file__).parent / "messages.yaml").read_text(encoding="utf-8")))
