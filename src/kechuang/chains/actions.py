"""What is done with needs and challenges. Each act is one transaction; the event comes last."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.chains import rules
from kechuang.chains.models import Challenge, Need, Question, Screening
from kechuang.chains.words import DETAILS
from kechuang.fulfilment import calls
from kechuang.fulfilment import rules as of_calls
from kechuang.fulfilment.models import Call
from kechuang.journal.actions import canonical, record
from kechuang.policy.language.values import yuan
from kechuang.treasury import locks

_NUMBERING: Final = "numbers of needs"
MOST_TARGETS: Final = 20


@dataclass(frozen=True)
class Written:
    """What an organisation says of its need. targets: [(what, how it is measured)]. confidential: keys of DETAILS."""

    kind: str
    title: str
    summary: str
    deadline: date
    budget_fen: int
    targets: Sequence[tuple[str, str]]
    title_en: str = ""
    background: str = ""
    current: str = ""
    conditions: str = ""
    confidential: Sequence[str] = field(default_factory=tuple)


def write(said: Written, *, actor: Membership, at: datetime, need: Need | None = None) -> Need:
    """Begin a need, or write it anew before it is handed in."""
    if actor.role not in APPLICANTS:
        raise Refused("请以需求单位的身份办理。", "Act for the organisation that has the need.")
    _check(said, timezone.localdate(at))
    values = {
        "kind": said.kind,
        "title": said.title.strip(),
        "title_en": said.title_en.strip(),
        "summary": said.summary.strip(),
        "deadline": said.deadline,
        "budget_fen": said.budget_fen,
        "targets": [{"text": text.strip(), "measure": measure.strip()} for text, measure in said.targets],
        "background": said.background.strip(),
        "current": said.current.strip(),
        "conditions": said.conditions.strip(),
        "confidential": sorted(said.confidential),
    }
    with transaction.atomic():
        if need is None:
            made = Need.objects.create(
                number=_next_number(at),
                organisation=actor.organisation,
                created_by=actor,
                created_at=at,
                **values,
            )
            _record("need.begun", made, actor, at)
            return made
        locked = _locked(need)
        if not rules.may_edit(actor, locked):
            raise Refused("已提交的需求不能修改。", "A need that is handed in is not changed.")
        for name, value in values.items():
            setattr(locked, name, value)
        locked.revision += 1
        locked.save()
        _record("need.changed", locked, actor, at)
    return locked


def _check(said: Written, today: date) -> None:
    if said.kind not in Need.Kind.values:
        raise Refused("请选择需求类型。", "Choose the kind of need.", "kind")
    for name, value in (("title", said.title), ("summary", said.summary)):
        if not value.strip():
            raise Refused("请填写这一项。", "Fill this in.", name)
    if said.deadline <= today:
        raise Refused("期限须在今天之后。", "The deadline must lie ahead.", "deadline")
    if said.budget_fen <= 0:
        raise Refused("金额要大于零。", "The sum must be above zero.", "budget")
    if not 1 <= len(said.targets) <= MOST_TARGETS or any(
        not text.strip() or not measure.strip() for text, measure in said.targets
    ):
        raise Refused(
            "请至少写一项指标，每项都写明怎样衡量。",
            "Name at least one target, each with its measure.",
            "targets",
        )
    if set(said.confidential) - DETAILS.keys():
        raise Refused("保密项有误。", "A confidential field is unknown.", "confidential")


def hand_in(need: Need, *, actor: Membership, at: datetime) -> Need:
    """Hand a need in, to be screened; from now on it is not changed."""
    with transaction.atomic():
        locked = _locked(need)
        if not rules.may_edit(actor, locked):
            raise Refused("这一步现在不能办理。", "This cannot be done now.")
        locked.state, locked.handed_in_at = Need.State.HANDED_IN, at
        _saved("need.handed_in", locked, actor, at)
    return locked


def withdraw(need: Need, *, actor: Membership, at: datetime) -> Need:
    """Take a need back, before it is on the list."""
    with transaction.atomic():
        locked = _locked(need)
        own = actor.role in APPLICANTS and actor.organisation_id == locked.organisation_id
        if not own or locked.state in {Need.State.LISTED, Need.State.WITHDRAWN}:
            raise Refused("这一步现在不能办理。", "This cannot be done now.")
        locked.state = Need.State.WITHDRAWN
        _saved("need.withdrawn", locked, actor, at)
    return locked


def screen(
    need: Need, found: Mapping[str, tuple[int, str]], *, fit: bool, actor: Membership, at: datetime
) -> Need:
    """Score a need by the four aspects, each with its reason; fit: it may go on the list. All of it, once."""
    if set(found) != set(Screening.Aspect.values):
        raise Refused("四个方面都要评分。", "All four aspects are scored.", "aspects")
    for aspect, (score, reason) in found.items():
        if not 0 <= score <= 100 or not reason.strip():  # noqa: PLR2004 - a score of a hundred
            raise Refused(
                "每个方面写 0 到 100 的分数和理由。", "A score of 0 to 100 and a reason for each.", aspect
            )
    with transaction.atomic():
        locked = _locked(need)
        _screener(actor, locked)
        if locked.state != Need.State.HANDED_IN:
            raise Refused("这一需求不在待遴选状态。", "This need does not wait to be screened.")
        Screening.objects.bulk_create(
            Screening(need=locked, aspect=aspect, score=score, reason=reason.strip(), by=actor, at=at)
            for aspect, (score, reason) in found.items()
        )
        locked.state = Need.State.SCREENED if fit else Need.State.DECLINED
        scores = {aspect: score for aspect, (score, _) in found.items()}
        _saved("need.screened", locked, actor, at, scores=scores, fit=fit)
    return locked


def list_need(
    need: Need, call: Call, *, form: str, rights: str, budget_fen: int, actor: Membership, at: datetime
) -> Challenge:
    """Put a screened need on the list of a call that is not published yet; what is public of it is fixed then."""
    if form not in Challenge.Form.values or not rights.strip() or budget_fen <= 0:
        raise Refused(
            "请写明组织方式、知识产权约定和榜单金额。",
            "State the form, the terms on rights and the budget.",
            "rights",
        )
    with transaction.atomic():
        locked = _locked(need)
        _screener(actor, locked)
        if locked.state != Need.State.SCREENED:
            raise Refused("先遴选，再张榜。", "A need is screened before it is listed.")
        draft = Call.objects.select_for_update().get(pk=call.pk)
        if draft.state != Call.State.DRAFT or not of_calls.may_manage(actor, draft):
            raise Refused(
                "只能列入本部门还没有发布的申报通知。",
                "Choose a call of your own that is not published.",
                "call",
            )
        content = content_of(locked, form, rights.strip(), budget_fen)
        made = Challenge.objects.create(
            need=locked,
            call=draft,
            form=form,
            rights=rights.strip(),
            budget_fen=budget_fen,
            content=content,
            hash=hashlib.sha256(canonical(content)).hexdigest(),
            listed_by=actor,
            listed_at=at,
        )
        line = {
            "number": locked.number,
            "kind": locked.kind,
            "form": form,
            "title": {"zh": locked.title, "en": locked.title_en or locked.title},
            "budget_fen": budget_fen,
        }
        changes = {"needs": [*draft.needs, line], "sealed": True, "recommended": False}
        calls.change(draft, changes, revision=draft.revision, actor=actor, at=at)
        locked.state = Need.State.LISTED
        _saved("need.listed", locked, actor, at, call=draft.number, hash=made.hash, budget=yuan(budget_fen))
    return made


def content_of(need: Need, form: str, rights: str, budget_fen: int) -> dict[str, Any]:
    """All that is public of a challenge: no confidential field; the scores of its screening with their reasons."""
    details = {
        name: getattr(need, name) for name in DETAILS if name not in need.confidential and getattr(need, name)
    }
    return {
        "number": need.number,
        "organisation": need.organisation.name,
        "kind": need.kind,
        "form": form,
        "title": {"zh": need.title, "en": need.title_en or need.title},
        "summary": need.summary,
        "details": details,
        "confidential": need.confidential,
        "deadline": need.deadline.isoformat(),
        "budget_fen": budget_fen,
        "rights": rights,
        "screening": [[one.aspect, one.score, one.reason] for one in need.screenings.order_by("id")],
    }


def open_details(need: Need, *, actor: Membership, at: datetime) -> dict[str, Any]:
    """The confidential fields, to whom they are open; who reads them is kept in the journal."""
    if not rules.sees_details(actor, need):
        raise Refused(
            "保密内容只对需求单位、遴选部门和已开始揭榜的单位开放。", "These details are not open to you."
        )
    with transaction.atomic():
        shown = {name: getattr(need, name) for name in need.confidential}
        _record("need.details_read", need, actor, at, fields=sorted(shown), reader=actor.organisation.uscc)
    return shown


def ask(challenge: Challenge, text: str, *, actor: Membership, at: datetime) -> Question:
    """Ask about a challenge, before its call closes; everybody reads question and answer, not who asked."""
    if actor.role not in APPLICANTS:
        raise Refused("请以揭榜单位的身份提问。", "Ask as an organisation that may bid.")
    if not text.strip():
        raise Refused("请填写问题。", "Write the question.", "text")
    with transaction.atomic():
        _window_open(challenge, at)
        made = Question.objects.create(challenge=challenge, text=text.strip(), asked_by=actor, asked_at=at)
        _record("challenge.asked", challenge.need, actor, at, question=made.pk)
    return made


def answer(question: Question, text: str, *, actor: Membership, at: datetime) -> Question:
    """Answer for everybody: the organisation of the need, or an officer of the call; once, before the close."""
    if not text.strip():
        raise Refused("请填写答复。", "Write the answer.", "text")
    with transaction.atomic():
        locked = (
            Question.objects.select_for_update()
            .select_related("challenge__call", "challenge__need")
            .get(pk=question.pk)
        )
        challenge = locked.challenge
        own = actor.role in APPLICANTS and actor.organisation_id == challenge.need.organisation_id
        office = actor.role == Role.OFFICER and of_calls.may_manage(actor, challenge.call)
        if not own and not office:
            raise Refused("这个问题不由您答复。", "This question is not yours to answer.")
        if locked.answered_at:
            raise Refused("这个问题已经答复。", "This question is answered.")
        _window_open(challenge, at)
        locked.answer, locked.answered_by, locked.answered_at = text.strip(), actor, at
        locked.save()
        _record("challenge.answered", challenge.need, actor, at, question=locked.pk)
    return locked


def _window_open(challenge: Challenge, at: datetime) -> None:
    call = Call.objects.get(pk=challenge.call_id)
    if call.state != Call.State.PUBLISHED or at > call.closes_at:
        raise Refused("截止后问答冻结，不再提问和答复。", "Questions and answers are frozen at the close.")


def _screener(actor: Membership, need: Need) -> None:
    if not rules.is_screener(actor) or not rules.visible_needs(actor).filter(pk=need.pk).exists():
        raise Refused("这一步由市科技局经办岗办理。", "An officer of the science bureau does this.")


def _next_number(at: datetime) -> str:
    locks.alone(_NUMBERING)
    prefix = f"XQ{timezone.localdate(at).year}-"
    last = (
        Need.objects.filter(number__startswith=prefix)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return f"{prefix}{int(last.rpartition('-')[2]) + 1 if last else 1:04d}"


def _locked(need: Need) -> Need:
    return Need.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=need.pk)


def _saved(kind: str, need: Need, actor: Membership, at: datetime, **data: object) -> None:
    need.revision += 1
    need.save()
    _record(kind, need, actor, at, **data)


def _record(kind: str, need: Need, actor: Membership, at: datetime, **data: object) -> None:
    """The event is the need's organisation's; what a bidder reads and asks is the bidder's own."""
    of = (
        actor.organisation_id
        if kind in rules.TELLS_OF_BIDDERS and actor.role in APPLICANTS
        else need.organisation_id
    )
    record(
        kind, f"need:{need.pk}", actor=actor, at=at, organisation_id=of,
        data={"number": need.number, "revision": need.revision, **data},
    )  # fmt: skip
