"""The API beside the table of acts: notes, overlaps, credit record, letters, dossier; and what an applicant answers."""

from __future__ import annotations

from typing import Annotated, Any, Final

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Router
from pydantic import Field

from kechuang.accounts.calling import Given, Id, Number, Text, acting, told_file
from kechuang.accounts.contacts import is_phone
from kechuang.accounts.roles import APPLICANTS
from kechuang.accounts.tokens import bearer
from kechuang.exchange.paper import PaperError
from kechuang.fulfilment import (
    api_applicant_shapes,
    applying,
    casework,
    dossier,
    findings,
    notices,
    queries,
    rules,
    stacking,
    workflow,
)
from kechuang.fulfilment import api_office_shapes as shapes
from kechuang.fulfilment.api_applicant import _whole as whole_application
from kechuang.fulfilment.api_office import CaseNumber, _whole
from kechuang.fulfilment.office_views.dossiers import MAY_TAKE
from kechuang.fulfilment.office_views.frame import CALL_OFFICE, WORKERS, file
from kechuang.journal import actions as journal
from kechuang.journal import clock
from kechuang.journal.queries import drafts_for
from kechuang.policy.language.values import Words
from kechuang.reader.answers import language_of
from kechuang.reader.api_shapes import Said, Shape
from kechuang.reader.problems import ProblemError, wrong
from kechuang.reader.told import told
from kechuang.registry.queries import evidence_of

router = Router(tags=["offices"], auth=bearer)
own = Router(tags=["applications"], auth=bearer)
raised = Router(tags=["applications"], auth=bearer)
_SEEN: Final = {"revision": 3, "reason": "本年度不再申报。"}


class NoteGiven(Given):
    """A note for colleagues."""

    text: Text


class OverlapGiven(Given):
    """Whether another case supports the same thing, and why."""

    same: bool
    why: Text


class LettersChosen(Given):
    """Letters to send."""

    letters: list[Number] = Field(min_length=1, max_length=100)


class ToldLetter(Shape):
    """A letter that waits for somebody to read it."""

    id: int
    title: Said
    body: Said


class ToldLetters(Shape):
    """Letters about a case that wait."""

    letters: list[ToldLetter]


class Seen(Given):
    """An act on the revision that was seen."""

    revision: int = Field(ge=0, description="所见的版本号 · the revision that was seen")


class SeenBecause(Seen):
    """The same with a reason."""

    reason: Text


class ObjectionGiven(Given):
    """What an objection says: to which line, why, and what should be done."""

    notice: Annotated[str, Field(max_length=32)]
    line: int = Field(ge=1, le=10_000)
    ground: Text
    remedy: Text
    evidence: Number | None = Field(None, description="材料编号 · number of a file of one's own")


class ObjectionTaken(Shape):
    """The number of an objection, and when it is answered."""

    number: str
    due_on: str


@router.post(
    "/{number}/notes",
    response=shapes.CaseTold,
    **told(
        "noteOnCase", "写备注", "Leave a note", "给同事的备注，申报单位看不到。", {"text": "已电话核对。"}
    ),
)
def note(request: HttpRequest, number: CaseNumber, given: NoteGiven) -> dict[str, Any]:
    """Leave a note for colleagues; the applicant does not see it."""
    actor = acting(request, *WORKERS)
    casework.note(queries.case_at(number, actor), given.text, actor=actor, at=clock.now())
    return _whole(queries.case_at(number, actor), request)


@router.post(
    "/{number}/overlaps/{other}",
    response=shapes.CaseTold,
    **told(
        "decideOverlap", "判断叠加", "Decide an overlap", "另一件申报是否支持同一事项，写明理由。",
        {"same": False, "why": "支持的环节不同。"},
    ),
)  # fmt: skip
def overlap(
    request: HttpRequest,
    number: CaseNumber,
    other: Annotated[
        str, Path(max_length=32, description="另一件申报 · the other case", examples=["2026-9-02-00001"])
    ],
    given: OverlapGiven,
) -> dict[str, Any]:
    """Say whether another case supports the same thing."""
    actor = acting(request, *CALL_OFFICE)
    found = queries.case_at(number, actor)
    second = next((one.case for one in stacking.overlaps(found) if one.case.number == other), None)
    if second is None:
        raise Http404
    stacking.decide(found, second, same=given.same, why=given.why, actor=actor, at=clock.now())
    return _whole(queries.case_at(number, actor), request)


@router.post(
    "/{number}/findings/{finding}/credit",
    response=shapes.CaseTold,
    **told(
        "recordCredit",
        "记入信用记录",
        "Enter the credit record",
        "把已确认的违约记入信用记录。",
        {"text": "材料不实。"},
    ),
)
def credit(request: HttpRequest, number: CaseNumber, finding: Id, given: NoteGiven) -> dict[str, Any]:
    """Enter the credit record of a confirmed finding."""
    actor = acting(request, *CALL_OFFICE)
    found = queries.case_at(number, actor).findings.filter(pk=finding).first()
    if found is None:
        raise Http404
    findings.record_credit(found, given.text, actor=actor, at=clock.now())
    return _whole(queries.case_at(number, actor), request)


@router.get(
    "/{number}/letters",
    response=ToldLetters,
    **told("letters", "待发出的信", "Letters that wait", "关于一件申报、等待审阅的信。"),
)
def letters(request: HttpRequest, number: CaseNumber) -> dict[str, Any]:
    """Letters about a case that wait for somebody to read them."""
    waiting = _letters(request, number)
    return {"letters": [{"id": one.pk, "title": one.title, "body": one.body} for one in waiting]}


@router.post(
    "/{number}/letters",
    response=ToldLetters,
    **told(
        "releaseLetters", "发出信件", "Send letters", "发出已审阅的信；答复为仍在等待的。", {"letters": [1]}
    ),
)
def release(request: HttpRequest, number: CaseNumber, given: LettersChosen) -> dict[str, Any]:
    """Send letters that were read; the answer lists those that still wait."""
    chosen = _letters(request, number).filter(pk__in=given.letters)
    journal.release(chosen, actor=acting(request), at=clock.now())
    return letters(request, number)


def _letters(request: HttpRequest, number: str) -> Any:
    actor = acting(request, *CALL_OFFICE)
    found = queries.case_at(number, actor)
    if not rules.may_manage(actor, found.call):
        raise Http404
    return drafts_for(f"case:{found.pk}").order_by("pk")


@router.get(
    "/{number}/dossier.zip",
    **told_file("dossier", "案卷", "The dossier", "一件申报所依据的一切，.zip。", "application/zip"),
)
def take_dossier(request: HttpRequest, number: CaseNumber) -> HttpResponse:
    """Everything that a case rests on, as it stands now."""
    reader = acting(request, *MAY_TAKE)
    found = queries.case_at(number, reader)
    try:
        data = dossier.dossier_of(found, clock.now(), language_of(request), reader)
    except PaperError as error:
        raise ProblemError("refused", error.words) from None
    return file(data, "zip", found.number)


@own.post(
    "/{number}/documents/{document}/remove",
    response=api_applicant_shapes.WholeApplication,
    exclude_none=True,
    **told("takeOut", "取出材料", "Take out a document", "取出已提交的一份材料。", {"revision": 3}),
)
def take_out(request: HttpRequest, number: CaseNumber, document: Id, given: Seen) -> HttpResponse:
    """Take a file out again; it stays among the organisation's evidence."""
    actor = acting(request, *APPLICANTS)
    found = queries.case_at(number, actor)
    handed_in = found.documents.filter(pk=document, removed_at__isnull=True).first()
    if handed_in is None:
        raise Http404
    if found.revision != given.revision:
        raise workflow.changed_since()
    applying.take_out(handed_in, actor=actor, at=clock.now())
    return whole_application(number, actor)


@own.post(
    "/{number}/confirm",
    response=api_applicant_shapes.WholeApplication,
    exclude_none=True,
    **told("confirmOffer", "确认领取", "Confirm an offer", "确认领取；收款账户先行填写。", {"revision": 1}),
)
def confirm(request: HttpRequest, number: CaseNumber, given: Seen) -> HttpResponse:
    """Take an offer; its account is stated before."""
    return _acted(request, number, "confirm", revision=given.revision)


@own.post(
    "/{number}/decline",
    response=api_applicant_shapes.WholeApplication,
    exclude_none=True,
    **told("declineOffer", "放弃", "Decline an offer", "放弃，写明理由。", _SEEN),
)
def decline(request: HttpRequest, number: CaseNumber, given: SeenBecause) -> HttpResponse:
    """Say no to an offer, with the reason."""
    return _acted(request, number, "decline", revision=given.revision, reason=given.reason)


@own.post(
    "/{number}/withdraw",
    response=api_applicant_shapes.WholeApplication,
    exclude_none=True,
    **told("withdrawApplication", "撤回申报", "Withdraw an application", "撤回申报，写明理由。", _SEEN),
)
def withdraw(request: HttpRequest, number: CaseNumber, given: SeenBecause) -> HttpResponse:
    """Take an application back, with the reason."""
    return _acted(request, number, "withdraw", revision=given.revision, reason=given.reason)


def _acted(request: HttpRequest, number: str, command: str, **given: Any) -> HttpResponse:
    actor = acting(request, *APPLICANTS)
    workflow.apply(queries.case_at(number, actor), command, actor=actor, at=clock.now(), **given)
    return whole_application(number, actor)


@raised.post(
    "",
    response=ObjectionTaken,
    **told(
        "objectToNotice", "提出异议", "Raise an objection", "以本单位名义对公示提出异议。",
        {"notice": "2026-9-01-N1", "line": 1, "ground": "金额有误。", "remedy": "重新核定。"},
    ),
)  # fmt: skip
def object_to(request: HttpRequest, given: ObjectionGiven) -> dict[str, Any]:
    """Raise an objection to a line of a notice for the token's organisation; the same again is the one that is open."""
    actor = acting(request, *APPLICANTS)
    notice = queries.notices().filter(number=given.notice).first()
    line = notice.lines.filter(line=given.line).first() if notice else None
    if line is None:
        raise Http404
    evidence = evidence_of(actor.organisation_id, actor).filter(pk=given.evidence or 0).first()
    if given.evidence and evidence is None:
        raise wrong(
            "/evidence", given.evidence, Words("本单位材料的编号", "the number of a file of one's own")
        )
    at = clock.now()
    notices.count_try(get_adapter().get_client_ip(request), at)
    contact = actor.user.phone if is_phone(actor.user.phone) else actor.user.email
    said = notices.Said(actor.organisation.name, contact, given.ground, given.remedy, evidence)
    made = notices.object_to(line, said, at=at, raised_by=actor)
    return {"number": made.number, "due_on": made.due_on.isoformat()}
