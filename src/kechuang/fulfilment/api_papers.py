"""The API of papers: receipt, decisions and how an application went, for applicants; a notice as PDF, for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from kechuang.accounts.calling import acting, speaking, told_file
from kechuang.accounts.roles import APPLICANTS
from kechuang.accounts.tokens import bearer
from kechuang.exchange.paper import PaperError
from kechuang.fulfilment import applicant_queries, case_reads, following, queries
from kechuang.fulfilment.api_office import CaseNumber, NoticeNumber
from kechuang.fulfilment.applicant_queries import Filling
from kechuang.fulfilment.applicant_views import papers
from kechuang.fulfilment.decision_models import Decision, Finding
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.office_views.frame import file
from kechuang.fulfilment.office_views.notices import notice_at
from kechuang.fulfilment.office_views.notices import paper_of as notice_of
from kechuang.fulfilment.table import states
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.answers import answer, language_of
from kechuang.reader.api_shapes import Said, Shape
from kechuang.reader.problems import ProblemError
from kechuang.reader.told import told
from kechuang.treasury.api_acts import ToldInstalment
from kechuang.treasury.models import Payment
from kechuang.treasury.queries import plan_of

own = Router(tags=["applications"], auth=bearer)
router = Router(tags=["cases"])
PDF = "application/pdf"


class PartReceived(Shape):
    """One section as it was handed in: the hash of what it said."""

    title: Said
    hash: str


class ToldReceipt(Shape):
    """What was received last, when by the server's clock, and by which hash it is known."""

    number: str
    received_at: datetime
    actor: str
    event: int
    hash: str
    declared_fen: int | None
    sections: list[PartReceived]


class DoneOnCase(Shape):
    """One act: who, when, why; offices by the name of the office."""

    event: int
    kind: str
    at: datetime
    title: Said
    who: str
    reason: str
    detail: Said | None
    hash: str


class WrittenDecision(Shape):
    """A decision as it went out; `letter` is {zh, en} with title, to, paragraphs, issuer and day."""

    number: str
    amount_fen: int
    issued_at: datetime
    hash: str
    revoked_at: datetime | None
    revoked_why: str
    letter: dict[str, Any]


class FindingTold(Shape):
    """A breach that the department found: the ground, the hearing, what must come back by when."""

    id: int
    ground: str
    found_at: datetime
    hearing_on: date | None
    heard: str
    dropped_at: datetime | None
    defences: list[str]
    back_fen: int | None = Field(description="应退回的金额 · what must come back")
    recovered_fen: int | None
    instalments: list[ToldInstalment]


class PaymentTold(Shape):
    """A payment to the organisation."""

    number: str
    amount_fen: int
    state: str = Field(description="sent, paid, returned")
    reason: str


class ToldProgress(Shape):
    """Where an application stands and how it came there, the newest act first."""

    number: str
    state: str
    state_title: Said
    due_on: date | None
    mine: bool = Field(description="是否轮到本单位办理 · whether it is the organisation's turn")
    next_step: Said | None
    office: Said | None
    notice: str | None
    line: int | None = Field(description="公示中的行号 · line of the notice")
    done: list[DoneOnCase]
    decisions: list[WrittenDecision]
    payments: list[PaymentTold]
    findings: list[FindingTold]


@own.get(
    "/{number}/receipt",
    response=ToldReceipt,
    **told("receipt", "申报回执", "The receipt", "最近一次提交的时间、记录号和校验值。"),
)
def receipt(request: HttpRequest, number: CaseNumber) -> HttpResponse:
    """What was received last, with the hash of the event and of each section."""
    shown = papers.received(_filling(request, number))
    case, event = shown["case"], shown["event"]
    return answer(
        ToldReceipt(
            number=case.number,
            received_at=event.at,
            actor=event.actor,
            event=event.number,
            hash=event.hash,
            declared_fen=case.declared_fen,
            sections=[PartReceived(title=_said(title), hash=value) for title, value in shown["parts"]],
        )
    )


@own.get(
    "/{number}/receipt.pdf",
    **told_file("receiptPaper", "回执 PDF", "The receipt as PDF", "最近一次提交的回执。", PDF),
)
def receipt_paper(request: HttpRequest, number: CaseNumber) -> HttpResponse:
    """The receipt on paper."""
    shown = papers.received(_filling(request, number))
    return _paper(request, lambda: papers.paper_of("receipt_paper", shown), f"{number}-receipt")


@own.get(
    "/{number}/decision.pdf",
    **told_file("decisionPaper", "决定书 PDF", "A decision as PDF", "现行的决定书；of 指明以往的一份。", PDF),
)
def decision_paper(
    request: HttpRequest,
    number: CaseNumber,
    of: Annotated[str, Query(max_length=40, description="决定书文号 · number of a former decision")] = "",
) -> HttpResponse:
    """The decision in force on paper, or a former one, marked as revoked. Chinese is what counts."""
    decision = papers.decision_of(_case(request, number), of)
    shown = {"decision": decision, "letter": decision.letter[language_of(request)]}
    return _paper(request, lambda: papers.paper_of("decision_paper", shown), decision.number)


@own.get(
    "/{number}/progress",
    response=ToldProgress,
    **told(
        "progress",
        "办理进度",
        "How an application goes",
        "现在到哪一步、由谁办、期限、办过什么，和各份决定书。",
    ),
)
def progress(request: HttpRequest, number: CaseNumber) -> HttpResponse:
    """Where an application stands, what was done on it, and the decisions word for word."""
    case, membership = _case(request, number), acting(request)
    today = clock.today()
    ended, step = states()[case.state].ends, following.next_step(case)
    line = case.notice_lines.select_related("notice").order_by("-id").first()
    row = applicant_queries.row_of(case, today)
    return answer(
        ToldProgress(
            number=case.number,
            state=case.state,
            state_title=_said(states()[case.state].title),
            due_on=row.due_on,
            mine=row.mine,
            next_step=_said(step) if step else None,
            office=None if ended else _said(following.office_of(case, today)),
            notice=line.notice.number if line else None,
            line=line.line if line else None,
            done=[_done(one) for one in following.timeline(case, membership)],
            decisions=[_decision(one) for one in case.decisions.all()],
            payments=[_payment(one) for one in _payments(case)],
            findings=[_finding(one, today) for one in case_reads.findings(case).rows()],
        )
    )


@router.get(
    "/notices/{number}/notice.pdf",
    **told_file("noticePaper", "公示 PDF", "A notice as PDF", "公示的纸面文本。无需令牌。", PDF),
)
def notice_paper(request: HttpRequest, number: NoticeNumber) -> HttpResponse:
    """A notice on paper. No token is needed."""
    found = notice_at(number)
    return _paper(request, lambda: notice_of(found), found.number)


def _case(request: HttpRequest, number: str) -> Case:
    return queries.case_at(number, acting(request, *APPLICANTS))


def _filling(request: HttpRequest, number: str) -> Filling:
    return Filling(_case(request, number), clock.now(), language_of(request))


def _paper(request: HttpRequest, make: Callable[[], bytes], name: str) -> HttpResponse:
    try:
        with speaking(request):
            return file(make(), "pdf", name)
    except PaperError as error:
        raise ProblemError("refused", error.words) from None


def _done(one: following.Done) -> DoneOnCase:
    return DoneOnCase(
        event=one.number,
        kind=one.kind,
        at=one.at,
        title=_said(one.words),
        who=one.who,
        reason=one.reason,
        detail=_said(one.detail) if one.detail else None,
        hash=one.hash,
    )


def _decision(one: Decision) -> WrittenDecision:
    names = ("number", "amount_fen", "issued_at", "hash", "revoked_at", "revoked_why", "letter")
    return WrittenDecision(**{name: getattr(one, name) for name in names})


def _payments(case: Case) -> Iterable[Payment]:
    told_of = ("sent", "paid", "returned")
    return case.award.payments.filter(state__in=told_of).order_by("pk") if case.award else ()


def _payment(one: Payment) -> PaymentTold:
    return PaymentTold(number=one.number, amount_fen=one.amount_fen, state=one.state, reason=one.reason)


def _finding(one: Finding, today: date) -> FindingTold:
    names = ("ground", "found_at", "hearing_on", "heard", "dropped_at")
    due = one.receivable
    return FindingTold(
        id=one.pk,
        defences=[each.text for each in one.defences.all()],
        back_fen=due.amount_fen if due else None,
        recovered_fen=due.recovered_fen if due else None,
        instalments=[ToldInstalment(**row) for row in plan_of(due, today)] if due else [],
        **{name: getattr(one, name) for name in names},
    )


def _said(words: Words) -> Said:
    return Said(zh=words.zh, en=words.en)
