"""The public list of paid awards (政策兑现公开), personal data masked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Count, QuerySet, Sum, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kechuang.accounts.masking import masked
from kechuang.fulfilment import office_queries
from kechuang.fulfilment.office_export import Heading, as_json, comma_separated, workbook
from kechuang.fulfilment.office_facts import PERSONS, about_in_public
from kechuang.fulfilment.office_views.frame import file, picked
from kechuang.journal import clock
from kechuang.journal.statements import Pages, asked, part_of
from kechuang.policy.language.values import Words
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language
from kechuang.reference.divisions import divisions, weihai_districts
from kechuang.treasury.models import Award

NAMES: Final = ("year", "measure", "district", "q")
HEADINGS: Final[tuple[Heading, ...]] = (
    ("number", Words("申报编号", "Case"), "text"),
    ("name", Words("名称", "Name"), "text"),
    ("about", Words("支持对象", "For"), "words"),
    ("code", Words("统一社会信用代码", "Credit code"), "text"),
    ("district", Words("区市", "District"), "words"),
    ("benefit", Words("政策事项", "Benefit"), "words"),
    ("department", Words("责任单位", "Department"), "text"),
    ("year", Words("年度", "Year"), "text"),
    ("paid", Words("拨付金额", "Paid"), "sum"),
    ("recovered", Words("其中追回", "Of which recovered"), "sum"),
)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Who has been paid what, by which clause."""
    chosen, choices = picked(request, NAMES), _choices()
    offered = {
        "year": choices["years"],
        "measure": choices["measures"],
        "district": choices["districts"],
        "q": [],
    }
    # A statement is kept of what the filters offer; anybody could write anything else into the address.
    kept = all(not value or value in offered[name] for name, value in chosen.items())
    key = ("awards", *chosen.values()) if kept else None
    found = office_queries.awards_paid(**chosen)
    (sums,) = asked(part_of(key, "sums"), lambda: summed(found))
    shown = {
        "chosen": chosen,
        "narrowed": any(chosen.values()),
        "sums": sums,
        "choices": choices,
        **paged(request, Pages(key, lambda: found), sums["count"]),
    }
    shown["rows"] = [row(award) for award in shown["page"]]
    return render(request, "fulfilment/public/awards.html", shown)


def _choices() -> dict[str, list[str]]:
    """Years and measures that occur, in one query; all districts."""
    rows = office_queries.awards_paid("", "", "", "").order_by()
    groups = rows.values_list("year", "benefit").distinct()
    seen = asked("awards by group", lambda: groups)
    return {
        "years": sorted({str(year) for year, _benefit in seen}, reverse=True),
        "measures": sorted(
            {benefit.partition(".")[0] for _year, benefit in seen}, key=lambda key: (len(key), key)
        ),
        "districts": [one.code for one in weihai_districts(clock.today())],
    }


def row(award: Award) -> dict[str, Any]:
    """An award as the public is shown it."""
    organisation = award.organisation
    person = organisation.kind in PERSONS
    case = getattr(award, "case", None)
    area = divisions().get(organisation.district)
    title = case.call.title if case else {"zh": award.benefit, "en": award.benefit}
    return {
        "number": case.number if case else "",
        "name": masked(organisation.name, "name") if person else organisation.name,
        "about": (about_in_public(case) if case else None) or Words("", ""),
        "code": "" if person else organisation.uscc,
        "district": Words(area.short, area.en)
        if area
        else Words(organisation.district, organisation.district),
        "benefit": Words(title["zh"], title["en"]),
        "department": case.call.department.name if case else "",
        "year": str(award.year),
        "paid": award.paid_fen,
        "recovered": award.recovered_fen,
    }


@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The list with its filters as a file."""
    return file_of(picked(request, NAMES), form)


def file_of(chosen: dict[str, str], form: str) -> HttpResponse:
    """The awards that fit as json, csv or xlsx, in the language of the moment; 404 for another form."""
    rows = _rows(office_queries.awards_paid(**chosen).iterator(chunk_size=1000))
    name = f"kechuang-awards-{clock.today().isoformat()}"
    if form == "json":
        return file(as_json(HEADINGS, rows), form, name)
    if form == "csv":
        return file(comma_separated(HEADINGS, rows, language()), form, name)
    if form == "xlsx":
        return file(workbook(_("已拨付"), HEADINGS, rows, language()), form, name)
    raise Http404


def sums_of(found: QuerySet[Award]) -> dict[str, int]:
    """How many awards these are, and what was paid and recovered of them in fen."""
    return summed(found).get()


def summed(found: QuerySet[Award]) -> QuerySet[Any, dict[str, int]]:
    """`sums_of` as the one row of a query."""
    rows: QuerySet[Any, Any] = found.order_by().values(all=Value(1))
    rows = rows.annotate(
        count=Count("pk"), paid=Sum("paid_fen", default=0), recovered=Sum("recovered_fen", default=0)
    )
    return rows.values("count", "paid", "recovered")


def _rows(found: Any) -> Iterator[list[Any]]:
    for award in found:
        said = row(award)
        yield [said[key] for key, _words, _kind in HEADINGS]
