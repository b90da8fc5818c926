"""The API of offices in this room: overlaps of filed lines, selected partners, letters, and the dated series."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from kechuang.accounts.calling import SURE, Given, Id, Sure, acting, told_file
from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.queries import organisation_by_code
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.accounts.tokens import bearer
from kechuang.exchange.paper import PaperError
from kechuang.finance import api_shapes as shapes
from kechuang.finance import letters, overlaps, partners, queries, rules, series
from kechuang.finance.api import fraction, told_lines
from kechuang.finance.models import Letter, Overlap, Partner
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.answers import answer_known, language_of
from kechuang.reader.problems import ProblemError, wrong
from kechuang.reader.told import told

router = Router(tags=["finance"], auth=bearer)
ROWS: Final = 200
MONTHS: Final = 120
SEE_ALL: Final = tuple(sorted(rules.SEE_ALL))
SEE_LETTERS: Final = (*SEE_ALL, *sorted(APPLICANTS))
Day = Annotated[date, Field(strict=False)]
Code = Annotated[str, Field(min_length=1, max_length=32, description="统一社会信用代码 · its code")]


class OverlapDecision(Given):
    """What stands of two lines: both, the first or the second; and why."""

    decision: Literal["both", "first", "second"]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class PartnerGiven(Given):
    """A bank or an insurer that is selected, from a day on, perhaps until a day."""

    uscc: Code
    since: Day
    until: Day | None = None
    source: Annotated[str, Field(min_length=1, max_length=200)]


class LetterGiven(Given):
    """For whom a letter is prepared, on which benefit, for which year; loan: the one chosen where several qualify."""

    benefit: Annotated[str, Field(max_length=64)]
    uscc: Code
    year: int = Field(ge=2000, le=2199)
    loan: Annotated[str, Field(max_length=200)] = ""


class SeriesGiven(Given):
    """Months of the LPR as CSV with date, one_year and five_year in per cent, and where they were published."""

    csv: Annotated[str, Field(min_length=1, max_length=60_000)]
    source: Annotated[str, Field(min_length=1, max_length=300)]


def organisation_of(code: str) -> Organisation:
    """The organisation of a code; a problem where none has registered."""
    found = organisation_by_code(code)
    if found is None:
        expected = Words("已登记单位的统一社会信用代码", "the code of a registered organisation")
        raise wrong("/uscc", code, expected)
    return found


@router.get(
    "/overlaps",
    response=shapes.LineOverlaps,
    **told(
        "lineOverlaps",
        "疑似重复",
        "Overlaps",
        "疑似重复的报送：待判断的，或已判断的；新的在前，至多 200 项。",
    ),
)
def line_overlaps(
    request: HttpRequest,
    decided: Annotated[bool, Query(description="已判断的 · those decided")] = False,  # noqa: FBT002 - of a query
) -> HttpResponse:
    """Pairs of lines that may be the same support twice: those that wait, or those decided."""
    found = queries.overlaps_seen(acting(request, *SEE_ALL), decided=decided)
    found = found.select_related("first__organisation", "second__organisation")[:ROWS]
    return answer_known(shapes.LineOverlaps(overlaps=[_overlap(one) for one in found]))


@router.get(
    "/overlaps/{number}",
    response=shapes.LineOverlap,
    **told("lineOverlap", "一项疑似重复", "One overlap", "并列的两行报送，和已作的判断。"),
)
def line_overlap(request: HttpRequest, number: Id) -> HttpResponse:
    """One pair side by side, and what was decided on it."""
    return answer_known(_overlap(queries.overlap_at(number, acting(request, *SEE_ALL))))


@router.post(
    "/overlaps/{number}/decision",
    response=shapes.LineOverlap,
    **told(
        "decideLineOverlap", "判断疑似重复", "Decide an overlap",
        "都保留，或只保留其中一行；另一行作废，其事实随之撤回。",
        {"decision": "first", "reason": "第二行是续贷前的旧合同。"},
    ),
)  # fmt: skip
def decide_line_overlap(request: HttpRequest, number: Id, given: OverlapDecision) -> HttpResponse:
    """Let both lines stand, or set one aside; its facts are withdrawn with it."""
    actor = acting(request, Role.OFFICER)
    found = queries.overlap_at(number, actor)
    overlaps.decide(found, given.decision, given.reason, actor=actor, at=clock.now())
    return answer_known(_overlap(queries.overlap_at(number, actor)))


@router.get(
    "/partners",
    response=shapes.ToldPartners,
    exclude_none=True,
    **told("partners", "合作机构", "Selected partners", "遴选的合作银行和保险机构。"),
)
def all_partners(request: HttpRequest) -> HttpResponse:
    """The selected banks and insurers."""
    return _partners(acting(request, *SEE_ALL))


@router.post(
    "/partners",
    response=shapes.ToldPartners,
    exclude_none=True,
    **told(
        "namePartner", "列入合作机构", "Name a partner", "责任单位经办岗把一家银行或保险机构列入名单。",
        {"uscc": "91371000MA3C4D5E6X", "since": "2026-01-01", "source": "合作机构名单（第三批）"},
    ),
)  # fmt: skip
def name_partner(request: HttpRequest, given: PartnerGiven) -> HttpResponse:
    """Put a bank or an insurer on the list, from a day on."""
    actor = acting(request, Role.OFFICER)
    organisation = organisation_of(given.uscc)
    try:
        with transaction.atomic():
            partners.name(organisation, given.since, given.until, given.source, actor=actor, at=clock.now())
    except IntegrityError:
        raise Refused(
            "这家机构从这一天起已在名单上。", "It is on the list from this day on already."
        ) from None
    return _partners(actor)


@router.post(
    "/partners/{number}/end",
    response=shapes.ToldPartners,
    exclude_none=True,
    **told("endPartner", "结束合作", "End a partnership", "今天是这家机构在名单上的最后一天。", SURE),
)
def end_partner(request: HttpRequest, number: Id, given: Sure) -> HttpResponse:  # noqa: ARG001 - it is meant
    """Today is the partner's last day; what was lent before stays a loan of a selected bank."""
    actor = acting(request, Role.OFFICER)
    found = queries.partners(actor).filter(pk=number).first()
    if found is None:
        raise Http404
    partners.end(found, actor=actor, on=clock.today(), at=clock.now())
    return _partners(actor)


@router.get(
    "/letters",
    response=shapes.FinanceLetters,
    exclude_none=True,
    **told(
        "financeLetters", "推荐函和确认函", "Letters", "本单位已签发的函；部门和审计见全部。至多 200 份。"
    ),
)
def finance_letters(
    request: HttpRequest,
    before: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="只要编号更小的 · only ids below")
    ] = None,
) -> HttpResponse:
    """Letters: one's own that are issued, all for departments and auditors; 200 at a time."""
    found = queries.letters(acting(request, *SEE_LETTERS)).order_by("-pk")
    found = found.filter(pk__lt=before) if before else found
    benefits = [one.id for one in letters.benefits()]
    told_of = [_letter(one) for one in found[:ROWS]]
    return answer_known(shapes.FinanceLetters(letters=told_of, benefits=benefits))


@router.get(
    "/letters/{number}",
    response=shapes.FinanceLetter,
    exclude_none=True,
    **told("financeLetter", "一份函", "One letter", "一份函的内容和依据的日期。"),
)
def finance_letter(request: HttpRequest, number: Id) -> HttpResponse:
    """One letter."""
    return answer_known(_letter(queries.letter_at(number, acting(request, *SEE_LETTERS))))


@router.get(
    "/letters/{number}/letter.pdf",
    **told_file("letterPaper", "函的 PDF", "A letter as PDF", "一份函，可打印。", "application/pdf"),
)
def letter_paper(request: HttpRequest, number: Id) -> HttpResponse:
    """The letter, to be printed."""
    found = queries.letter_at(number, acting(request, *SEE_LETTERS))
    try:
        data = letters.paper(found, language_of(request))
    except PaperError as error:
        raise ProblemError("refused", error.words) from None
    return HttpResponse(data, content_type="application/pdf")


@router.post(
    "/letters",
    response=shapes.FinanceLetter,
    exclude_none=True,
    **told(
        "prepareLetter", "拟函", "Prepare a letter", "按现在的事实拟一份函；条件不符的回 409 并说明理由。",
        {"benefit": "24.investment", "uscc": "91371000MA3C4D5E6X", "year": 2025},
    ),
)  # fmt: skip
def prepare_letter(request: HttpRequest, given: LetterGiven) -> HttpResponse:
    """Prepare a letter from what is known now; refused, with the reason, where the conditions do not hold."""
    actor = acting(request, Role.OFFICER)
    organisation = organisation_of(given.uscc)
    found = letters.prepare(
        given.benefit, organisation, given.year,
        actor=actor, loan=given.loan, on=clock.today(), at=clock.now(),
    )  # fmt: skip
    return answer_known(_letter(queries.letter_at(found.pk, actor)))


@router.post(
    "/letters/{number}/issue",
    response=shapes.FinanceLetter,
    exclude_none=True,
    **told(
        "issueLetter", "签发", "Issue a letter", "由审定岗签发，不能是拟函的人；事实有变的不予签发。", SURE
    ),
)
def issue_letter(request: HttpRequest, number: Id, given: Sure) -> HttpResponse:  # noqa: ARG001
    """Issue a letter that somebody else prepared, while the facts still hold."""
    return _acted(request, number, letters.issue)


@router.post(
    "/letters/{number}/discard",
    response=shapes.FinanceLetter,
    exclude_none=True,
    **told("discardLetter", "作废", "Discard a letter", "作废一份没有签发的函；留存备查。", SURE),
)
def discard_letter(request: HttpRequest, number: Id, given: Sure) -> HttpResponse:  # noqa: ARG001
    """Throw away a letter that is not issued; it stays on file."""
    return _acted(request, number, letters.discard)


@router.get(
    "/series",
    response=shapes.ToldSeries,
    exclude_none=True,
    **told("series", "贷款市场报价利率", "The loan prime rate", "各月 LPR：现行的和被取代的；至多 120 行。"),
)
def the_series(request: HttpRequest) -> HttpResponse:
    """The months of the LPR: what counts, what it superseded, since when it is known."""
    acting(request, *sorted(rules.SEE_SERIES))
    return answer_known(_series())


@router.post(
    "/series",
    response=shapes.ToldSeries,
    exclude_none=True,
    **told(
        "loadSeries", "载入报价利率", "Load the LPR", "系统管理员载入各月 LPR，全部写入或全部不写；改动自现在起生效。",
        {"csv": "date,one_year,five_year\n2026-02-20,3.00,3.50\n", "source": "全国银行间同业拆借中心公告"},
    ),
)  # fmt: skip
def load_series(request: HttpRequest, given: SeriesGiven) -> HttpResponse:
    """An operator loads months; all or none. What was decided before keeps what was known then."""
    actor = acting(request, Role.OPERATOR)
    loaded = series.load(given.csv.encode(), given.source, actor=actor, at=clock.now())
    return answer_known(_series(loaded=loaded))


def _acted(request: HttpRequest, number: int, act: Any) -> HttpResponse:
    actor = acting(request, Role.OFFICER, Role.DECIDER)
    act(queries.letter_at(number, actor), actor=actor, at=clock.now())
    return answer_known(_letter(queries.letter_at(number, actor)))


def _overlap(one: Overlap) -> shapes.LineOverlap:
    first, second = told_lines([one.first, one.second])
    return shapes.LineOverlap(
        id=one.pk,
        ground=one.ground,
        uscc=one.organisation.uscc,
        first=first,
        second=second,
        found_at=one.found_at,
        decision=one.decision,
        reason=one.reason,
    )


def _partners(membership: Membership) -> HttpResponse:
    return answer_known(shapes.ToldPartners(partners=[_partner(one) for one in queries.partners(membership)]))


def _partner(one: Partner) -> shapes.ToldPartner:
    known: dict[str, Any] = {"until": one.until} if one.until else {}
    return shapes.ToldPartner(
        id=one.pk,
        uscc=one.organisation.uscc,
        name=one.organisation.name,
        since=one.since,
        source=one.source,
        **known,
    )


def _letter(one: Letter) -> shapes.FinanceLetter:
    known: dict[str, Any] = {"amount_fen": one.amount_fen, "issued_at": one.issued_at}
    return shapes.FinanceLetter(
        id=one.pk,
        number=one.number,
        benefit=one.benefit,
        uscc=one.organisation.uscc,
        organisation=one.organisation.name,
        department=one.department.name,
        on=one.on,
        year=one.year,
        state=one.state,
        words=one.words,
        prepared_at=one.prepared_at,
        **{name: value for name, value in known.items() if value is not None},
    )


def _series(**more: Any) -> shapes.ToldSeries:
    return shapes.ToldSeries(quotes=[_quote(one) for one in series.shown(clock.today())[:MONTHS]], **more)


def _quote(one: series.ShownQuote) -> shapes.ToldQuote:
    known: dict[str, Any] = {"known_from": one.known_from} if one.known_from else {}
    return shapes.ToldQuote(
        month=one.month,
        quoted_on=one.quoted_on,
        one_year=fraction(one.one_year),
        five_year=fraction(one.five_year),
        source=one.source.zh,
        superseded=one.superseded,
        **known,
    )
