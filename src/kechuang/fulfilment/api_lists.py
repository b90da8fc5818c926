"""The API of lists: what waits, cases and projects as workbooks, whom a sweep found; paid awards for everybody."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from kechuang.accounts.calling import MOST, Page, acting, speaking, told_file
from kechuang.accounts.roles import READERS
from kechuang.accounts.tokens import bearer
from kechuang.fulfilment import holding, office_queries, office_tables, sharing_out
from kechuang.fulfilment.api_calls import OFFICE, ToldObjection, _managed, _objection
from kechuang.fulfilment.api_office import CallNumber, waiting_for
from kechuang.fulfilment.api_office_shapes import CaseFilters
from kechuang.fulfilment.models import Objection
from kechuang.fulfilment.office_views import awards, lists
from kechuang.fulfilment.office_views.frame import OFFICES, WORKERS, file
from kechuang.fulfilment.projects import queries as of_projects
from kechuang.fulfilment.projects import views as projects
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.api_shapes import Said, Shape
from kechuang.reader.problems import wrong
from kechuang.reader.told import told

router = Router(tags=["offices"], auth=bearer)
public = Router(tags=["cases"])
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Short = Annotated[str, Field(max_length=100)]


class AwardFilters(BaseModel):
    """What narrows the paid awards; '' does not."""

    model_config = ConfigDict(extra="forbid")

    year: Annotated[str, Field(max_length=4, description="年度 · year")] = ""
    measure: Annotated[str, Field(max_length=8, description="第几条 · measure")] = ""
    district: Annotated[str, Field(max_length=6, description="区划代码 · code of the district")] = ""
    q: Annotated[
        Short, Field(description="单位名称或申报编号 · name of the organisation, or number of the case")
    ] = ""


class Task(Shape):
    """An act that waits for the bearer: how many cases, and how many of them are past their day."""

    act: str
    title: Said
    count: int
    overdue: int


class WaitingFor(Shape):
    """What waits for an answer beside the cases: how many, and until when the first."""

    count: int
    first: date | None


class ToldTasks(Shape):
    """What waits for the bearer; the cases of an act are listed by `list_cases` with `act`."""

    tasks: list[Task]
    objections: WaitingFor
    corrections: WaitingFor


class CallMoney(Shape):
    """An appropriation that a call may be written for; its ledger stands with the treasury."""

    id: int
    year: int
    measure: str
    title: str
    free_fen: int


class CallMoneys(Shape):
    """Appropriations, those of the latest year first."""

    appropriations: list[CallMoney]


class OfferLine(Shape):
    """An organisation of the sweep; `id` is what an offer names.

    elsewhere: its cases in other calls for the same benefit; an offer passes over what they are for.
    """

    id: int
    organisation: int
    uscc: str
    name: str
    outcome: str
    reason: Said | None
    amount_fen: int | None
    offered: bool
    elsewhere: list[str]


class ToldOfferLines(Shape):
    """A page of them, how many there are, and how many are in and out."""

    count: int
    inside: int
    outside: int
    lines: list[OfferLine]


class PaidAward(Shape):
    """A paid award as the public is shown it: persons masked. about: the record that it is for, if it is for one."""

    case: str
    name: str
    about: Said | None
    code: str
    district: Said
    benefit: Said
    department: str
    year: str
    paid_fen: int
    recovered_fen: int


class PaidAwards(Shape):
    """A page of paid awards; count and sums of all that fit."""

    count: int
    paid_fen: int
    recovered_fen: int
    awards: list[PaidAward]


@router.get(
    "/tasks",
    response=ToldTasks,
    **told(
        "tasks", "待办", "What waits", "等待令牌所代表的身份办理的步骤、异议和更正申请，各有多少、逾期多少。"
    ),
)
def tasks(request: HttpRequest) -> dict[str, Any]:
    """What waits for the bearer, act by act, and what waits for an answer."""
    membership = acting(request, *WORKERS)
    found = office_queries.tabs(membership, clock.today())
    return {
        "tasks": [
            {"act": one.command, "title": _said(one.title), "count": one.count, "overdue": one.overdue}
            for one in found
        ],
        "objections": vars(office_queries.objections_open(membership)),
        "corrections": vars(office_queries.corrections_open(membership)),
    }


@router.get(
    "/cases.xlsx",
    **told_file(
        "casesWorkbook", "申报工作簿", "Cases as a workbook", "看得到的申报，按条件筛选，至多 10 万件。", XLSX
    ),
)
def cases_workbook(
    request: HttpRequest,
    chosen: Query[CaseFilters],
    column: Annotated[
        list[Annotated[str, Field(max_length=32)]],
        Query(max_length=30, description="各列；缺省为常用各列 · columns; the usual ones by default"),
    ] = [],  # noqa: B006 - the framework copies it
) -> HttpResponse:
    """The cases that the bearer may see and that fit, as a workbook, 100,000 at most."""
    membership = acting(request, *OFFICES)
    offered = [one.key for one in office_tables.columns_of(membership)]
    for place, key in enumerate(column):
        if key not in offered:
            known = ", ".join(offered)
            raise wrong(f"/column/{place}", key, Words(f"以下之一：{known}", f"one of: {known}"), "query")
    with speaking(request):
        within = waiting_for(request, chosen)
        data = lists.workbook_of(membership, chosen.filters, within, column, chosen.act)
    return file(data, "xlsx", f"cases-{clock.today().isoformat()}")


@router.get(
    "/projects.xlsx",
    **told_file("projectsWorkbook", "项目工作簿", "Projects as a workbook", "看得到的合同和进度。", XLSX),
)
def projects_workbook(
    request: HttpRequest,
    kind: Annotated[
        of_projects.Kind | Literal[""], Query(description="进展，空为全部 · how it stands, empty: all")
    ] = "",
) -> HttpResponse:
    """The contracts that the bearer may see, as a workbook."""
    membership = acting(request, *OFFICES)
    with speaking(request):
        return file(projects.workbook_of(membership, of_projects.Chosen(kind=kind)), "xlsx", "projects")


@router.get(
    "/offices/appropriations",
    response=CallMoneys,
    **told("callMoney", "可用于申报通知的预算", "Money for calls", "起草申报通知时可选的预算和可用余额。"),
)
def call_money(
    request: HttpRequest,
    year: Annotated[int | None, Query(ge=2000, le=2099, description="预算年度 · budget year")] = None,
) -> dict[str, Any]:
    """The money that a call may be written for, and what of it is free."""
    acting(request, *OFFICE)
    names = ("year", "measure", "title", "free_fen")
    return {
        "appropriations": [
            {"id": one.pk, **{name: getattr(one, name) for name in names}}
            for one in office_queries.appropriations(year)
        ]
    }


@router.get(
    "/offices/calls/{number}/swept",
    response=ToldOfferLines,
    **told(
        "offerLines",
        "可发出的邀请",
        "Whom the sweep found",
        "筛查找到和没有找到的单位、理由，以及是否已经发出，每页至多 100 家。",
    ),
)
def offer_lines(
    request: HttpRequest,
    number: CallNumber,
    outside: Annotated[bool, Query(description="没有找到的 · those not found")] = False,  # noqa: FBT002 - a query
    page: Page = 1,
) -> dict[str, Any]:
    """Whom the sweep of a call found, or did not, and why; to whom the award is offered. 100 a page."""
    membership = acting(request, *OFFICE)
    call = _managed(membership, number)
    if call.sweep is None:
        raise Http404
    sides = {side: office_queries.swept(call.sweep, membership, inside=side) for side in (True, False)}
    counts = {side: found.count() for side, found in sides.items()}
    offered, because = office_queries.offered_to(call), sharing_out.reasons_of(call)
    start = (page - 1) * MOST
    shown = list(sides[not outside][start : start + MOST])
    elsewhere = holding.live_elsewhere(call, [one.organisation_id for one in shown])
    lines = [
        {
            "id": one.pk,
            "organisation": one.organisation_id,
            "uscc": one.organisation.uscc,
            "name": one.organisation.name,
            "outcome": one.outcome,
            "reason": _said(because[one.because]) if one.because in because else None,
            "amount_fen": one.amount_fen,
            "offered": one.organisation_id in offered,
            "elsewhere": elsewhere.get(one.organisation_id, []),
        }
        for one in shown
    ]
    return {"count": counts[not outside], "inside": counts[True], "outside": counts[False], "lines": lines}


@router.get(
    "/offices/objections/{number}",
    response=ToldObjection,
    **told("objection", "一件异议", "An objection", "谁、对哪一行、为什么、要求什么，和答复。"),
)
def objection(
    request: HttpRequest,
    number: Annotated[
        str,
        Path(max_length=32, examples=["2026-9-01-N1-Y1"], description="异议编号 · number of the objection"),
    ],
) -> dict[str, Any]:
    """One objection that the bearer's office answers or reads."""
    found = office_queries.objections_seen(acting(request, *OFFICE, *sorted(READERS))).filter(number=number)
    return _objection(_only(found.first()))


@public.get(
    "/awards",
    response=PaidAwards,
    **told(
        "awards",
        "已拨付的兑现",
        "Paid awards",
        "谁因哪一条得到多少，新的在前，每页至多 100 笔；个人信息已隐去。无需令牌。",
    ),
)
def paid_awards(request: HttpRequest, chosen: Query[AwardFilters], page: Page = 1) -> dict[str, Any]:  # noqa: ARG001
    """Who has been paid what, by which clause, 100 a page; personal data masked. No token is needed."""
    found, start = office_queries.awards_paid(**chosen.model_dump()), (page - 1) * MOST
    sums = awards.sums_of(found)
    return {
        "count": sums["count"],
        "paid_fen": sums["paid"],
        "recovered_fen": sums["recovered"],
        "awards": [_award(awards.row(one)) for one in found[start : start + MOST]],
    }


@public.get(
    "/awards.xlsx",
    **told_file(
        "awardsWorkbook",
        "已拨付的兑现工作簿",
        "Paid awards as a workbook",
        "同一名单，.xlsx。无需令牌。",
        XLSX,
    ),
)
def awards_workbook(request: HttpRequest, chosen: Query[AwardFilters]) -> HttpResponse:
    """The same list as a workbook. No token is needed."""
    with speaking(request):
        return awards.file_of(chosen.model_dump(), "xlsx")


@public.get(
    "/awards.csv",
    **told_file(
        "awardsFile", "已拨付的兑现文件", "Paid awards as CSV", "同一名单，.csv。无需令牌。", "text/csv"
    ),
)
def awards_file(request: HttpRequest, chosen: Query[AwardFilters]) -> HttpResponse:
    """The same list as comma-separated values. No token is needed."""
    with speaking(request):
        return awards.file_of(chosen.model_dump(), "csv")


def _only(found: Objection | None) -> Objection:
    if found is None:
        raise Http404
    return found


def _award(row: dict[str, Any]) -> dict[str, Any]:
    same = ("name", "code", "department", "year")
    return {
        "case": row["number"],
        "about": _said(row["about"]) if row["about"].zh else None,
        "district": _said(row["district"]),
        "benefit": _said(row["benefit"]),
        "paid_fen": row["paid"],
        "recovered_fen": row["recovered"],
        **{name: row[name] for name in same},
    }


def _said(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
