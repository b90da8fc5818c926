"""The API of requests that somebody be kept off a case: asked by its applicant, answered by an officer of the call."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import Field

from kechuang.accounts.calling import Given, Id, Text, acting
from kechuang.accounts.roles import APPLICANTS, READERS
from kechuang.accounts.tokens import bearer
from kechuang.fulfilment import queries as of_cases
from kechuang.fulfilment.judging import requests
from kechuang.fulfilment.judging.request_models import RecusalRequest
from kechuang.fulfilment.office_views.frame import CALL_OFFICE
from kechuang.fulfilment.projects.api import CaseNumber
from kechuang.journal import clock
from kechuang.reader.api_shapes import Shape
from kechuang.reader.told import told

router = Router(tags=["judging"], auth=bearer)
MOST = 200


class PleaGiven(Given):
    """Who is to be kept off, as one knows them, and why; a name, an institution, or both."""

    person: Annotated[str, Field(max_length=64)] = Field("", description="姓名 · name")
    institution: Annotated[str, Field(max_length=200)] = Field("", description="任职单位 · where they work")
    kind: Annotated[str, Field(max_length=32)] = Field(
        description="employer, holding, paid, coauthor, coinventor, coproject, kinship, teacher, rival, dispute"
    )
    text: Text = Field(description="具体情况 · what it rests on")


class DecisionGiven(Given):
    """Upheld or refused; people: keys of `meant`; text: the reason, told to the applicant of what is refused."""

    upheld: bool
    people: list[Annotated[str, Field(max_length=32)]] = Field([], max_length=200)
    text: Annotated[str, Field(max_length=2000)] = ""


class AskedTold(Shape):
    """A request as its applicant sees it: nothing of who is in the pool. answer: of what is refused."""

    id: int
    case: str
    person: str
    institution: str
    kind: str
    text: str
    asked_at: str
    due_on: str | None
    state: str = Field(description="open, upheld, refused")
    answer: str


class AskedList(Shape):
    """The requests of one case."""

    may_ask: bool
    requests: list[AskedTold]


class LineTold(AskedTold):
    """A request as the offices see it; kept_off: how many people it keeps away."""

    organisation: str
    kept_off: int


class RequestList(Shape):
    """Requests, the most due first; 200 at most."""

    requests: list[LineTold]


class MeantTold(Shape):
    """Somebody whom a request may mean."""

    key: str
    name: str
    places: str


class RequestTold(LineTold):
    """A request with whom it may mean; nobody once it is answered, and for who does not answer it."""

    meant: list[MeantTold]


@router.get(
    "/cases/{number}/recusal-requests",
    response=AskedList,
    **told("list_recusals_asked", "已提出的回避申请", "Read one's requests", "本单位一件申报已提出的回避申请和答复。"),
)  # fmt: skip
def asked(request: HttpRequest, number: CaseNumber) -> dict[str, Any]:
    """What one has asked for a case of one's own, with the answers."""
    actor = acting(request, *APPLICANTS)
    case = of_cases.case_at(number, actor)
    found = requests.visible(actor).filter(case=case).order_by("pk")
    return {"may_ask": requests.may_ask(case, actor), "requests": [_own(one) for one in found]}


@router.post(
    "/cases/{number}/recusal-requests",
    response=AskedTold,
    **told(
        "ask_recusal",
        "申请回避",
        "Ask that somebody be kept off",
        "评审开始前申请有关人员回避；写姓名、单位或两者。是否有这些人参加评审不公开。",
        {"person": "王某某", "institution": "威海某大学", "kind": "rival", "text": "在竞争企业任技术顾问。"},
    ),
)
def ask(request: HttpRequest, number: CaseNumber, given: PleaGiven) -> dict[str, Any]:
    """Ask that a person, or everybody of an institution, be kept off one's own case before its panel begins."""
    actor = acting(request, *APPLICANTS)
    case = of_cases.case_at(number, actor)
    made = requests.ask(case, requests.Plea(**given.model_dump()), actor=actor, at=clock.now())
    return _own(made)


@router.get(
    "/recusal-requests",
    response=RequestList,
    **told("list_recusal_requests", "回避申请一览", "List the requests", "本部门申报通知收到的回避申请，至多 200 项。"),
)  # fmt: skip
def index(
    request: HttpRequest,
    state: Annotated[
        Literal["open", "upheld", "refused", ""], Query(description="状态，空为全部 · state, empty: all")
    ] = "",
) -> dict[str, Any]:
    """Requests of the calls of one's department, the most due first."""
    found = requests.visible(acting(request, *CALL_OFFICE, *sorted(READERS)))
    found = found.filter(state=state) if state else found
    return {"requests": [_line(one) for one in found[:MOST]]}


@router.get(
    "/recusal-requests/{number}",
    response=RequestTold,
    **told("read_recusal_request", "一项回避申请", "Read a request", "申请的内容；答复前经办人另见可能所指的人。"),
)  # fmt: skip
def read(request: HttpRequest, number: Id) -> dict[str, Any]:
    """One request; for the officer who answers it also whom it may mean."""
    return _whole(_found(request, number), request)


@router.post(
    "/recusal-requests/{number}/answer",
    response=RequestTold,
    **told(
        "answer_recusal",
        "答复回避申请",
        "Answer a request",
        "准予的，people 中的人随即回避该单位；不予准许的须写明理由，告知申报单位。",
        {"upheld": True, "people": ["expert:5"]},
    ),
)
def answer(request: HttpRequest, number: Id, given: DecisionGiven) -> dict[str, Any]:
    """Uphold it, which keeps people away, or refuse it with the reason; the applicant is told either way."""
    found = _found(request, number)
    requests.answer(found, **given.model_dump(), actor=acting(request), at=clock.now())
    return _whole(_found(request, number), request)


def _found(request: HttpRequest, number: int) -> RecusalRequest:
    found = requests.visible(acting(request, *CALL_OFFICE, *sorted(READERS))).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _own(one: RecusalRequest) -> dict[str, Any]:
    return {
        "id": one.pk,
        "case": one.case.number,
        "person": one.person,
        "institution": one.institution,
        "kind": one.kind,
        "text": one.text,
        "asked_at": one.asked_at.isoformat(),
        "due_on": one.due_on and one.due_on.isoformat(),
        "state": one.state,
        "answer": one.answer if one.state == RecusalRequest.State.REFUSED else "",
    }


def _line(one: RecusalRequest) -> dict[str, Any]:
    told_to_offices = {
        "organisation": one.case.organisation.name,
        "kept_off": len(one.ties),
        "answer": one.answer,
    }
    return {**_own(one), **told_to_offices}


def _whole(one: RecusalRequest, request: HttpRequest) -> dict[str, Any]:
    answers = requests.may_answer(one, one.case, acting(request))
    meant = requests.meant(one, clock.now()) if answers else []
    return {
        **_line(one),
        "meant": [{"key": each.key, "name": each.name, "places": each.places} for each in meant],
    }
