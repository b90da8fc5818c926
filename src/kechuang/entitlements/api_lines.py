"""The API of what a sweep found, line by line and as a workbook, and of one version. With a token only."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from kechuang.accounts.calling import MOST, Id, Page, acting, speaking, told_file
from kechuang.accounts.roles import Role
from kechuang.accounts.tokens import bearer
from kechuang.entitlements import sweep_queries as queries
from kechuang.entitlements.api_offices import ToldRelease, _found, _release
from kechuang.entitlements.models import Sweep, SweepLine
from kechuang.entitlements.release_views import release_at
from kechuang.entitlements.sweep_queries import LineFilters
from kechuang.entitlements.sweep_views import READERS, workbook_of
from kechuang.reader.answers import answer, language_of
from kechuang.reader.api_shapes import Shape
from kechuang.reader.told import told
from kechuang.registry.views.common import XLSX

router = Router(tags=["sweeps"], auth=bearer)


class LinesChosen(BaseModel):
    """What narrows the lines of a sweep; '' does not."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=100, description="名称或代码的一部分 · part of the name or code")] = ""
    outcome: Annotated[str, Field(max_length=16, description="结果 · outcome")] = ""
    district: Annotated[str, Field(max_length=6, description="区划代码 · code of the district")] = ""
    because: Annotated[str, Field(max_length=64, description="理由的键 · key of the reason")] = ""

    @property
    def filters(self) -> LineFilters:
        """The same as sweeps take it."""
        return LineFilters(**self.model_dump())


class ToldSweepLine(Shape):
    """One organisation of a sweep: in or out, and why; `id` is what an offer names."""

    id: int
    organisation: int
    uscc: str
    name: str
    district: str
    outcome: str
    because: str
    reason: str
    missing: list[str] = Field(description="所缺事实的路径 · paths of the facts that are missing")
    amount_fen: int | None


class CountedReason(Shape):
    """A reason and how many organisations it holds for."""

    outcome: str
    because: str
    sentence: str
    count: int


class ToldLines(Shape):
    """A page of lines; how many fit and their sum; reasons over the whole sweep, the most frequent first."""

    count: int
    amount_fen: int
    reasons: list[CountedReason]
    lines: list[ToldSweepLine]


class WholeRelease(ToldRelease):
    """A version with its effect: before and after over the register, empty while it is not known."""

    effect: dict[str, Any]


@router.get(
    "/sweeps/{number}/lines",
    response=ToldLines,
    **told(
        "sweepLines",
        "筛查结果",
        "Lines of a sweep",
        "谁在内、谁在外、为什么，金额大的在前，每页至多 100 家。",
    ),
)
def sweep_lines(request: HttpRequest, number: Id, chosen: Query[LinesChosen], page: Page = 1) -> HttpResponse:
    """Who is in and who is out and why, the largest sum first, 100 a page."""
    sweep, membership, language = _found(request, number, *READERS), acting(request), language_of(request)
    found, start = queries.lines(sweep, chosen.filters, membership), (page - 1) * MOST
    sums = queries.sums(sweep, chosen.filters, membership)
    reasons = queries.reason_counts(sweep, language, membership)
    return answer(
        ToldLines(
            count=sums["count"],
            amount_fen=sums["fen"],
            reasons=[
                CountedReason(
                    outcome=one.outcome, because=one.because, sentence=one.sentence, count=one.count
                )
                for one in reasons
            ],
            lines=[_line(sweep, one, language) for one in found[start : start + MOST]],
        )
    )


@router.get(
    "/sweeps/{number}/lines.xlsx",
    **told_file(
        "sweepWorkbook", "筛查结果工作簿", "A sweep as a workbook", "符合条件的各行和合计，.xlsx。", XLSX
    ),
)
def sweep_workbook(request: HttpRequest, number: Id, chosen: Query[LinesChosen]) -> HttpResponseBase:
    """The lines that fit, with their sum, as a workbook."""
    sweep = _found(request, number, *READERS)
    with speaking(request):
        return workbook_of(sweep, chosen.filters, acting(request))


@router.get(
    "/releases/{number}",
    response=WholeRelease,
    **told("release", "一个版本", "One version", "一个版本和它对全市单位的影响，供政策岗。"),
)
def release(request: HttpRequest, number: Id) -> dict[str, Any]:
    """A version and what it changes for whom, for policy officers."""
    acting(request, Role.POLICY)
    found = release_at(number)
    return {**_release(found), "effect": found.effect}


def _line(sweep: Sweep, one: SweepLine, language: str) -> ToldSweepLine:
    organisation = one.organisation
    return ToldSweepLine(
        id=one.pk,
        organisation=organisation.pk,
        uscc=organisation.uscc,
        name=organisation.name,
        district=organisation.district,
        outcome=one.outcome,
        because=one.because,
        reason=queries.sentence_of(sweep, one.outcome, one.because, language),
        missing=one.missing,
        amount_fen=one.amount_fen,
    )
