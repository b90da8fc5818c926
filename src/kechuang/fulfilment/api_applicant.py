"""The API of applicants: open calls, begin, hand in, account, declaration, submit, own applications. With a token only.

Facts are stated through the organisation's own API (registry.api), once for all applications.
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from kechuang.accounts.calling import acting
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS
from kechuang.accounts.tokens import bearer
from kechuang.fulfilment import api_applicant_shapes as shapes
from kechuang.fulfilment import applying, queries, rules, statements, workflow
from kechuang.fulfilment.applicant_queries import Filling
from kechuang.fulfilment.following import SUMS_TOLD
from kechuang.fulfilment.models import Case
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.policy.words.reasons import reason_sentence
from kechuang.reader.answers import answer_known
from kechuang.reader.api_shapes import Said
from kechuang.reader.problems import ProblemError, wrong
from kechuang.reader.told import told
from kechuang.registry.queries import evidence_of

router = Router(tags=["applications"], auth=bearer)
Number = Annotated[
    str,
    Path(
        ..., max_length=32, examples=["2026-9-01-00001"], description="申报编号 · number of the application"
    ),
]


@router.get(
    "/calls",
    response=shapes.OpenCalls,
    exclude_none=True,
    **told(
        "openCalls", "正在受理的申报通知", "Open calls", "正在受理的申报通知，和本单位按已知事实的测算结果。"
    ),
)
def open_calls(request: HttpRequest) -> HttpResponse:
    """Calls that take applications now, each with what it would come to for the token's organisation."""
    organisation, at = acting(request, *APPLICANTS).organisation, clock.now()
    found = []
    for call in queries.calls_open(at):
        filling = Filling(applying.probe(call, organisation, at), at, "zh")
        found.append(
            shapes.OpenCall(
                number=call.number,
                title=Said(**call.title),
                benefit=call.benefit,
                department=call.department.name,
                closes_at=call.closes_at,
                worth=_worth(filling),
                keys=applying.keys_to_apply_for(call, organisation, at),
            )
        )
    return answer_known(shapes.OpenCalls(calls=found))


@router.get(
    "",
    response=shapes.OwnApplications,
    exclude_none=True,
    **told("ownApplications", "本单位的申报", "One's applications", "本单位的全部申报，新的在前。"),
)
def own_applications(request: HttpRequest) -> HttpResponse:
    """All applications of the token's organisation, the newest first."""
    found = rules.visible_cases(acting(request, *APPLICANTS)).select_related("call").order_by("-id")
    return answer_known(
        shapes.OwnApplications(applications=[shapes.ToldApplication(**_told(case)) for case in found])
    )


@router.post(
    "",
    response=shapes.WholeApplication,
    exclude_none=True,
    **told(
        "beginApplication",
        "开始申报",
        "Begin an application",
        "开始一件申报；已经开始的，返回原来那一件。",
        {"call": "2026-9-01", "key": ""},
    ),
)
def begin_application(request: HttpRequest, begin: shapes.Begin) -> HttpResponse:
    """Begin an application for the token's organisation; the one already begun is returned instead of a second."""
    membership = acting(request, *APPLICANTS)
    call = queries.call_at(begin.call, membership)
    case = _done(lambda: applying.start(call, actor=membership, at=clock.now(), key=begin.key))
    return _whole(case.number, membership)


@router.get(
    "/{number}",
    response=shapes.WholeApplication,
    exclude_none=True,
    **told(
        "readApplication",
        "一件申报",
        "Read an application",
        "状态、各部分、测算结果，以及提交时要带上的 checked。",
    ),
)
def read_application(request: HttpRequest, number: Number) -> HttpResponse:
    """Where it stands, its sections, its assessment, and `checked` for submitting."""
    return _whole(number, acting(request, *APPLICANTS))


@router.post(
    "/{number}/documents",
    response=shapes.WholeApplication,
    exclude_none=True,
    **told(
        "handIn",
        "提交材料",
        "Hand in a document",
        "把已上传的材料放到申报通知所列的一项之下。",
        {"key": "evidence-1", "evidence": 1},
    ),
)
def hand_in(request: HttpRequest, number: Number, given: shapes.HandIn) -> HttpResponse:
    """Put a file uploaded before under one of the documents that the call asks for."""
    membership = acting(request, *APPLICANTS)
    case = queries.case_at(number, membership)
    evidence = evidence_of(membership.organisation_id, membership).filter(pk=given.evidence).first()
    if evidence is None:
        expected = Words("本单位材料的编号", "the number of a file of one's own")
        raise wrong("/evidence", given.evidence, expected)
    _done(lambda: applying.hand_in(case, given.key, evidence, actor=membership, at=clock.now()))
    return _whole(number, membership)


@router.post(
    "/{number}/account",
    response=shapes.WholeApplication,
    exclude_none=True,
    **told(
        "stateAccount",
        "填写收款账户",
        "State the bank account",
        "户名须与单位名称一致；以后的申报会带出这个账户。",
        {"holder": "威海某某有限公司", "bank": "威海银行环翠支行", "number": "6228480402564890018"},
    ),
)
def state_account(request: HttpRequest, number: Number, account: shapes.BankAccount) -> HttpResponse:
    """State where the money goes; the holder must be the organisation."""
    membership = acting(request, *APPLICANTS)
    case = queries.case_at(number, membership)
    _done(lambda: applying.state_account(case, **account.model_dump(), actor=membership, at=clock.now()))
    return _whole(number, membership)


@router.post(
    "/{number}/declaration",
    response=shapes.WholeApplication,
    exclude_none=True,
    **told(
        "declare",
        "作出申报声明",
        "Make the declaration",
        "逐条同意申报声明；缺一条即不作声明。",
        {"agreed": ["truth", "once", "spending", "green", "publication"]},
    ),
)
def declare(request: HttpRequest, number: Number, said: shapes.Declaration) -> HttpResponse:
    """Agree to every clause of the declaration."""
    membership = acting(request, *APPLICANTS)
    case = queries.case_at(number, membership)
    clauses = [one.key for one in statements.clauses_of(case)]
    if set(said.agreed) != set(clauses):
        listed = ", ".join(clauses)
        raise wrong("/agreed", ", ".join(said.agreed), Words(f"全部各条：{listed}", f"all of: {listed}"))
    _done(lambda: applying.agree(case, agreed=True, actor=membership, at=clock.now()))
    return _whole(number, membership)


@router.post(
    "/{number}/submit",
    response=shapes.WholeApplication,
    exclude_none=True,
    **told(
        "submitApplication",
        "提交",
        "Submit",
        "提交，或补正后再次提交；内容与 checked 不符的，不予提交。",
        {"revision": 3, "checked": "0" * 64},
    ),
)
def submit(request: HttpRequest, number: Number, submission: shapes.Submission) -> HttpResponse:
    """Submit, or submit again after a supplement; refused when anything has changed since it was read."""
    membership = acting(request, *APPLICANTS)
    case = queries.case_at(number, membership)
    command = "resubmit" if case.state == "returned" else "submit"
    note = {"note": submission.note} if command == "resubmit" else {}
    _done(
        lambda: workflow.apply(
            case,
            command,
            actor=membership,
            at=clock.now(),
            revision=submission.revision,
            checked=submission.checked,
            **note,
        )
    )
    return _whole(number, membership)


def _done(act: Any) -> Any:
    """What the act gives; its refusal as a problem, in the same words as on the page."""
    try:
        return act()
    except Refused as refused:
        raise ProblemError("refused", refused.words) from None


def _whole(number: str, membership: Membership) -> HttpResponse:
    case = queries.case_at(number, membership)
    filling = Filling(case, clock.now(), "zh")
    parts = [
        shapes.SectionState(
            key=one.key,
            title=_said(one.title),
            state=one.state,
            missing=one.count,
            hash=filling.hashes[one.key],
        )
        for one in filling.parts
    ]
    return answer_known(
        shapes.WholeApplication(
            **_told(case),
            sections=parts,
            documents=_documents(case),
            **_account(case),
            worth=_worth(filling),
            clauses=[one.key for one in statements.clauses_of(case)],
            checked=filling.fingerprint,
        )
    )


def _account(case: Case) -> dict[str, Any]:
    """The account as keywords, none while none is stated."""
    one = case.account
    return (
        {"account": shapes.AccountStated(holder=one.holder, bank=one.bank, number=one.number)} if one else {}
    )


def _documents(case: Case) -> list[shapes.HandedIn]:
    found = case.documents.filter(removed_at__isnull=True).select_related("evidence")
    return [
        shapes.HandedIn(
            id=one.pk, key=one.key, evidence=one.evidence_id, name=one.evidence.name, hash=one.evidence.hash
        )
        for one in found
    ]


def _told(case: Case) -> dict[str, Any]:
    sums = (
        {"determined_fen": case.determined_fen, "granted_fen": case.granted_fen}
        if case.state in SUMS_TOLD
        else {}
    )
    found = {
        "number": case.number,
        "call": case.call.number,
        "key": case.key,
        "state": case.state,
        "revision": case.revision,
        "due_on": case.due_on,
        "submitted_at": case.submitted_at,
        "declared_fen": case.declared_fen,
        "reason": case.reason or None,
        **sums,
    }
    return {name: value for name, value in found.items() if value is not None}


def _worth(filling: Filling) -> shapes.Worth:
    found = filling.found
    known = {} if found.amount_fen is None else {"amount_fen": found.amount_fen}
    reasons = {
        language: reason_sentence(found.assessment, found.result, language) for language in ("zh", "en")
    }
    return shapes.Worth(
        outcome=str(found.outcome), ceiling=found.result.is_upper, reason=Said(**reasons), **known
    )


def _said(words: Words) -> Said:
    return Said(zh=words.zh, en=words.en)
