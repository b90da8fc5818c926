"""The API of files of banks, insurers and pools: what is filled in, what was refused, a ledger. With a token only."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query, Router

from kechuang.accounts.calling import Id, acting, speaking, told_file
from kechuang.accounts.tokens import bearer
from kechuang.finance.views import filings, pools
from kechuang.reader.answers import language_of
from kechuang.registry.views.common import XLSX

router = Router(tags=["finance"], auth=bearer)


@router.get(
    "/filing-template.xlsx",
    **told_file(
        "filingTemplate", "报送模板", "Template of a filing", "一类报送的空白工作簿，供本机构填写。", XLSX
    ),
)
def filing_template(
    request: HttpRequest,
    kind: Annotated[
        str,
        Query(
            max_length=16,
            description="报送内容 · what is filed: loans, interest, covers …",
            examples=["loans"],
        ),
    ] = "loans",
) -> HttpResponseBase:
    """The empty workbook of one kind that the token's bank or insurer files."""
    return filings.template_of(acting(request, *filings.APPLICANT), kind, language_of(request))


@router.get(
    "/filings/{number}/errors.xlsx",
    **told_file("filingErrors", "报送的错误", "Faults of a filing", "未受理的行和条件提示，.xlsx。", XLSX),
)
def filing_errors(request: HttpRequest, number: Id) -> HttpResponseBase:
    """The refused lines of a filing, and what the law says of the others, as a workbook."""
    with speaking(request):
        return filings.errors_of(number, acting(request, *filings.SEE))


@router.get(
    "/pools/{number}/ledger.xlsx",
    **told_file(
        "poolWorkbook", "资金池台账", "Ledger of a pool as a workbook", "一个资金池的台账，.xlsx。", XLSX
    ),
)
def pool_workbook(request: HttpRequest, number: Id) -> HttpResponseBase:
    """The entries of a pool as a workbook, sums in yuan."""
    with speaking(request):
        return pools.workbook_of(number, acting(request, *pools.SEE))
