"""The API of calls, cases and notices. Cases and acts take a token (account/tokens); calls and notices are for all."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Path, Query, Router

from kechuang.accounts.acting import acting
from kechuang.accounts.calling import MOST, Page
from kechuang.accounts.contacts import contact_of
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.tokens import bearer
from kechuang.fulfilment import acts, casework, office_queries, queries, rules
from kechuang.fulfilment import api_office_shapes as shapes
from kechuang.fulfilment.models import Call, Case, Notice
from kechuang.fulfilment.office_views import lists
from kechuang.fulfilment.projects.contracts import Planned
from kechuang.fulfilment.table import states, transitions
from kechuang.journal import clock
from kechuang.policy.language.values import Words, yuan
from kechuang.reader.problems import ProblemError, wrong
from kechuang.reader.told import told
from kechuang.registry.models import Evidence
from kechuang.registry.queries import evidence_of

router = Router(tags=["cases"])
CallNumber = Annotated[
    str, Path(..., max_length=32, examples=["2026-9-01"], description="通知编号 · number of the call")
]
CaseNumber = Annotated[
    str, Path(..., max_length=32, examples=["2026-9-01-00001"], description="申报编号 · number of the case")
]
NoticeNumber = Annotated[
    str, Path(..., max_length=32, examples=["2026-9-01-N1"], description="公示编号 · number of the notice")
]
Command = Annotated[
    str, Path(..., max_length=32, examples=["accept"], description="步骤 · a command of docs/workflow.md")
]


@router.get(
    "/calls",
    response=shapes.CallList,
    **told(
        "list_calls", "申报通知一览", "List the calls", "已公开的申报通知，新的在前，至多 100 份。无需令牌。"
    ),
)
def list_calls(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - the framework gives it
    """The published calls, the newest first, 100 at most. No token is needed."""
    found = office_queries.calls_listed(None, "", "", "")[:MOST]
    return {"calls": [_call(one) for one in found]}


@router.get(
    "/calls/{number}",
    response=shapes.CallTold,
    **told("read_call", "一份申报通知", "Read a call", "指南、材料、会审、分配规则和期限。无需令牌。"),
)
def read_call(request: HttpRequest, number: CallNumber) -> dict[str, Any]:  # noqa: ARG001
    """Its guide, documents, gates, rule of sharing and window. No token is needed."""
    return whole_call(queries.call_at(number, None))


def whole_call(call: Call) -> dict[str, Any]:
    """A call with all that was published of it, or will be."""
    reached = contact_of(call.department)
    return {
        **_call(call),
        "year": call.year,
        "on": call.on.isoformat(),
        "pack": call.version_id,
        "guide": call.guide,
        "documents": call.documents,
        "gates": call.gates,
        "quorum": call.quorum,
        "recommended": call.recommended,
        "rule": call.rule,
        "notice_days": call.notice_days,
        "contact": None if reached is None else asdict(reached),
    }


@router.get(
    "/cases",
    response=shapes.CaseList,
    auth=bearer,
    **told(
        "list_cases",
        "申报一览",
        "List the cases",
        "令牌所代表的身份看得到的申报，按条件筛选，期限近的在前，每页至多 100 件。",
    ),
)
def list_cases(request: HttpRequest, chosen: Query[shapes.CaseFilters], page: Page = 1) -> dict[str, Any]:
    """The cases that the bearer may see and that fit, those due first, 100 a page."""
    if chosen.state and chosen.state not in states():
        raise ProblemError(
            "not-found", Words("没有这个状态，见 docs/workflow.md。", "No such state, see docs/workflow.md.")
        )
    actor, within = acting(request), waiting_for(request, chosen)
    found: QuerySet[Any] = queries.cases(actor, chosen.filters, clock.today(), within, act=chosen.act)
    shown = found[(page - 1) * MOST : page * MOST]
    return {"count": found.count(), "cases": [_case(one, actor, one.day) for one in shown]}


@router.get(
    "/cases/{number}",
    response=shapes.CaseTold,
    auth=bearer,
    **told("read_case", "一件申报", "Read a case", "状态、金额，以及现在可以办理的步骤和不能办理的原因。"),
)
def read_case(request: HttpRequest, number: CaseNumber) -> dict[str, Any]:
    """Its state and sums, and the acts that are open to the bearer, or why they are not just now."""
    return _whole(queries.case_at(number, acting(request)), request)


@router.post(
    "/cases/{number}/acts/{command}",
    response=shapes.CaseTold,
    auth=bearer,
    **told(
        "act_on_case",
        "办理一步",
        "Carry out an act",
        "按流程表办理一步；revision 是您看到的版本号。不能办理的回 409，并说明原因；同一步重复提交只办一次。",
        {"revision": 5, "note": "已核对。"},
    ),
)
def act_on_case(
    request: HttpRequest, number: CaseNumber, command: Command, given: shapes.ActGiven
) -> dict[str, Any]:
    """One act by the table of transitions, on the revision that was seen. What cannot be done is answered with 409."""
    actor = acting(request)
    case = queries.case_at(number, actor)
    if command not in transitions():
        raise ProblemError(
            "not-found", Words("没有这一步，见 docs/workflow.md。", "No such act, see docs/workflow.md.")
        )
    said = given.model_dump(exclude_none=True, exclude={"sure"})
    revision = said.pop("revision")
    if "amount_fen" in said:
        said["amount"] = said.pop("amount_fen")
        _ask_again(case, command, given, actor)
    if given.milestones is not None:
        said["milestones"] = [Planned(**one.model_dump()) for one in given.milestones]
    if given.evidence is not None:
        said["evidence"] = _evidence(actor, given.evidence)
    acts.do(case, command, actor=actor, at=clock.now(), revision=revision, **said)
    return _whole(queries.case_at(number, actor), request)


@router.get(
    "/notices",
    response=shapes.NoticeList,
    **told("list_notices", "公示一览", "List the notices", "公示，新的在前，至多 100 份。无需令牌。"),
)
def list_notices(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Public notices, the newest first, 100 at most. No token is needed."""
    return {"notices": [_notice(one) for one in queries.notices()[:MOST]]}


@router.get(
    "/notices/{number}",
    response=shapes.NoticeTold,
    **told(
        "read_notice",
        "一份公示",
        "Read a notice",
        "公示的全部内容；hash 是其规范 JSON 的 SHA-256。无需令牌。",
    ),
)
def read_notice(request: HttpRequest, number: NoticeNumber) -> dict[str, Any]:  # noqa: ARG001
    """All that was published; `hash` is the SHA-256 of `content` as canonical JSON. No token is needed."""
    found = queries.notices().filter(number=number).first()
    if found is None:
        raise ProblemError("not-found")
    return {**_days(found), "content": found.content}


def waiting_for(request: HttpRequest, chosen: shapes.CaseFilters) -> Q:
    """The condition of the act that the filters name; 404 where it is none of the bearer's."""
    return lists.within_of(acting(request), "tasks" if chosen.act else "cases", chosen.act)[1]


def _ask_again(case: Case, command: str, given: shapes.ActGiven, actor: Membership) -> None:
    """Refuse a sum that looks slipped, such as yuan given for fen, unless the program says that it is meant."""
    amount = given.amount_fen or 0
    proposed = None if given.sure else acts.looks_slipped(case, command, amount, actor)
    if proposed is not None:
        raise Refused(
            f"{yuan(amount)} 元不到原来金额 {yuan(proposed)} 元的百分之一，请核对是否写错了单位；"
            "确认无误的，请加上 sure: true。",
            f"{yuan(amount)} yuan are less than a hundredth of the {yuan(proposed)} before: see whether the unit is "
            "right. If the sum is meant, send sure: true with it.",
            "amount_fen",
        )


def _evidence(actor: Membership, number: int) -> Evidence:
    found = evidence_of(actor.organisation_id, actor).filter(pk=number).first()
    if found is None:
        expected = Words("本单位材料的编号", "the number of a file of one's own")
        raise wrong("/evidence", number, expected)
    return found


def _call(call: Call) -> dict[str, Any]:
    return {
        "number": call.number,
        "title": call.title,
        "benefit": call.benefit,
        "state": call.state,
        "opens_at": call.opens_at.isoformat(),
        "closes_at": call.closes_at.isoformat(),
        "department": call.department.name,
        "without_application": call.sweep_id is not None,
    }


def _case(case: Case, actor: Membership, due_on: date | None) -> dict[str, Any]:
    sums = case if rules.sees_whole(actor) else None
    return {
        "number": case.number,
        "call": case.call.number,
        "organisation": case.organisation.name,
        "code": case.organisation.uscc,
        "district": case.district,
        "state": case.state,
        "state_since": case.state_since.isoformat(),
        "due_on": due_on and due_on.isoformat(),
        "declared_fen": sums and sums.declared_fen,
        "recommended_fen": sums and sums.recommended_fen,
        "determined_fen": sums and sums.determined_fen,
        "granted_fen": sums and sums.granted_fen,
        "revision": case.revision,
    }


def _whole(case: Case, request: HttpRequest) -> dict[str, Any]:
    actor = acting(request)
    found = casework.open_acts(case, actor, clock.now())
    return {
        **_case(case, actor, casework.due_day(case, actor)),
        "benefit": case.call.benefit,
        "pack": case.version_id,
        "known_at": case.known_at and case.known_at.isoformat(),
        "outcome": case.result.get("case_outcome"),
        "acts": [
            {
                "command": one.rule.command,
                "title": _said(one.rule.title),
                "needs": list(one.rule.needs),
                "hindrance": one.hindrance and _said(one.hindrance),
            }
            for one in found
        ],
        "decisions": [
            {
                "number": one.number,
                "amount_fen": one.amount_fen,
                "issued_at": one.issued_at.isoformat(),
                "hash": one.hash,
                "revoked_at": one.revoked_at and one.revoked_at.isoformat(),
                "revoked_why": one.revoked_why,
            }
            for one in (case.decisions.all() if rules.sees_whole(actor) else ())
        ],
    }


def _said(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _days(notice: Notice) -> dict[str, Any]:
    return {
        "number": notice.number,
        "state": notice.state,
        "first_day": notice.first_day.isoformat(),
        "last_day": notice.last_day.isoformat(),
        "hash": notice.hash,
    }


def _notice(notice: Notice) -> dict[str, Any]:
    content = notice.content
    return {
        **_days(notice),
        "call": content["call"],
        "title": content["title"],
        "total_fen": content["total_fen"],
    }
