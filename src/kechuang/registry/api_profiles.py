"""The API of profiles: organisations as offices see them, what was said when, files, rows of lists. With a token."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from kechuang.accounts.acting import acting as acting_as
from kechuang.accounts.calling import MOST, Id, Page, acting, speaking, told_file
from kechuang.accounts.models import Organisation
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.accounts.tokens import bearer
from kechuang.journal import clock
from kechuang.reader.answers import answer, answer_known, language_of
from kechuang.reader.told import told
from kechuang.registry import api_shapes as shapes
from kechuang.registry import queries, rules, showing
from kechuang.registry.api import _correction, _fact, _files
from kechuang.registry.models import ListRow
from kechuang.registry.queries import OrganisationFilters
from kechuang.registry.showing import ShownFact
from kechuang.registry.views.common import XLSX
from kechuang.registry.views.corrections import SEE
from kechuang.registry.views.evidence import handed_out
from kechuang.registry.views.filling import workbook_of as own_workbook_of
from kechuang.registry.views.lists import SEE_LISTS, errors_of, template_of
from kechuang.registry.views.profile import OFFICES, workbook_of

router = Router(tags=["registry"], auth=bearer)
own = Router(tags=["organisation"], auth=bearer)
_NARROWED: Final = "，可按名称、类型、区市、资质筛选"


class OrganisationsChosen(BaseModel):
    """What narrows the organisations; '' does not."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[
        str, Field(max_length=100, description="名称或代码 · part of the name, or beginning of the code")
    ] = ""
    kind: Annotated[str, Field(max_length=32, description="主体类型 · kind, a code of the vocabulary")] = ""
    district: Annotated[str, Field(max_length=6, description="区划代码 · code of the district")] = ""
    status: Annotated[str, Field(max_length=64, description="资质 · status, a code of the vocabulary")] = ""

    @property
    def filters(self) -> OrganisationFilters:
        """The same as the register takes it."""
        return OrganisationFilters(**self.model_dump())


@router.get(
    "/organisations",
    response=shapes.ToldOrganisations,
    **told("organisations", "单位一览", "Organisations", f"看得到的单位{_NARROWED}，每页至多 100 家。"),
)
def organisations(request: HttpRequest, chosen: Query[OrganisationsChosen], page: Page = 1) -> HttpResponse:
    """The organisations that the token may see, by name, 100 a page."""
    found = queries.organisations(acting(request, *OFFICES), chosen.filters)
    start = (page - 1) * MOST
    rows = queries.with_statuses(found)[start : start + MOST]
    return answer(
        shapes.ToldOrganisations(count=found.count(), organisations=[_organisation(one) for one in rows])
    )


@router.get(
    "/organisations.xlsx",
    **told_file(
        "organisationsWorkbook",
        "单位工作簿",
        "Organisations as a workbook",
        f"看得到的单位{_NARROWED}。",
        XLSX,
    ),
)
def organisations_workbook(request: HttpRequest, chosen: Query[OrganisationsChosen]) -> HttpResponseBase:
    """The organisations that the token may see and that fit, as a workbook."""
    with speaking(request):
        return workbook_of(acting(request, *OFFICES), chosen.filters)


@router.get(
    "/organisations/{number}",
    response=shapes.ToldOrganisation,
    **told("organisation", "一家单位", "An organisation", "一家单位的名称、类型、区市和资质。"),
)
def organisation(request: HttpRequest, number: Id) -> HttpResponse:
    """Who an organisation is; its facts, files and standing have addresses of their own."""
    visible = rules.organisations_visible_to(acting(request, *OFFICES)).filter(pk=number)
    found = queries.with_statuses(visible).first()
    if found is None:
        raise Http404
    return answer(_organisation(found))


@router.get(
    "/organisations/{number}/facts",
    response=shapes.OwnFacts,
    exclude_none=True,
    **told(
        "organisationFacts",
        "一家单位的事实",
        "Facts of an organisation",
        "档案中现在的全部事实，按来源列出；prevails 为真的一项算数。",
    ),
)
def organisation_facts(request: HttpRequest, number: Id) -> HttpResponse:
    """All that is known of an organisation now, from every source; the one that prevails counts."""
    actor, at = acting(request, *OFFICES), clock.now()
    found = queries.organisation_at(number, actor)
    facts = [_fact(one) for one in showing.facts_open_to(actor, found, at)]
    return answer_known(shapes.OwnFacts(uscc=found.uscc, name=found.name, at=at, facts=facts))


@router.get(
    "/organisations/{number}/evidence",
    response=shapes.KeptFiles,
    **told(
        "organisationEvidence",
        "一家单位的材料",
        "Files of an organisation",
        "证明材料的名称、校验值和病毒扫描结果，新的在前。",
    ),
)
def organisation_evidence(request: HttpRequest, number: Id) -> HttpResponse:
    """The files behind a profile, for those whose role opens them, the newest first."""
    membership = acting(request, *OFFICES)
    found = queries.organisation_at(number, membership)
    if not rules.may_see_files_of(membership, found):
        raise Http404
    return answer(_files(queries.evidence_of(found.pk, membership)))


@router.get(
    "/facts/{number}/history",
    response=shapes.FactHistory,
    **told("factHistory", "一项事实的沿革", "History of a fact", "各来源对这一项先后说过什么，新的在前。"),
)
def fact_history(request: HttpRequest, number: Id) -> HttpResponse:
    """All that was ever said of one field: who, when, with which evidence."""
    fact = queries.fact_at(number, acting(request, *OFFICES, *APPLICANTS))
    said = [_past(one) for one in showing.history_of(fact)]
    return answer(
        shapes.FactHistory(
            organisation=fact.organisation_id, record=fact.record, key=fact.key, field=fact.field, said=said
        )
    )


@router.get(
    "/evidence/{number}/file",
    **told_file(
        "evidenceFile",
        "材料文件",
        "A file of evidence",
        "通过病毒扫描的材料本身，给看得到的人。",
        "application/octet-stream",
    ),
)
def evidence_file(request: HttpRequest, number: Id) -> HttpResponseBase:
    """One file as it was uploaded, to those who may see it, once the scanner has cleared it."""
    return handed_out(queries.evidence_at(number, acting_as(request)))


@router.get(
    "/list-template.xlsx",
    **told_file("listTemplate", "名录模板", "Template of a list", "一类记录的空白名录。", XLSX),
)
def list_template(
    request: HttpRequest,
    record: Annotated[
        str, Query(max_length=32, description="记录类别 · kind of record", examples=["statuses"])
    ] = "statuses",
) -> HttpResponseBase:
    """The empty list of one kind of record, to be filled in."""
    acting(request, Role.OFFICER)
    return template_of(record, language_of(request))


@router.get(
    "/lists/{number}/rows",
    response=shapes.ToldRows,
    **told("listRows", "名录的各行", "Rows of a list", "名录改变什么，逐行列出，每页至多 100 行。"),
)
def list_rows(
    request: HttpRequest,
    number: Id,
    change: Annotated[
        Literal["added", "changed", "same", "refused", "ended"],
        Query(description="哪一种变化 · which kind of change"),
    ] = "added",
    page: Page = 1,
) -> HttpResponse:
    """The rows of a list that change something in one way, 100 a page, in the order of the sheet."""
    membership = acting(request, *SEE_LISTS)
    found, start = queries.list_rows(queries.list_import_at(number), change, membership), (page - 1) * MOST
    rows = [_row(one) for one in found[start : start + MOST]]
    return answer(shapes.ToldRows(count=found.count(), rows=rows))


@router.get(
    "/lists/{number}/errors.xlsx",
    **told_file("listErrors", "未受理的行", "Refused rows", "名录中未受理的行，逐格写明怎样改。", XLSX),
)
def list_errors(request: HttpRequest, number: Id) -> HttpResponseBase:
    """The refused rows of a list as a workbook."""
    with speaking(request):
        return errors_of(number, acting(request, *SEE_LISTS))


@router.get(
    "/corrections/{number}",
    response=shapes.ToldCorrection,
    exclude_none=True,
    **told("correction", "一件更正申请", "A dispute", "一件更正申请和它的答复。"),
)
def correction(request: HttpRequest, number: Id) -> HttpResponse:
    """One dispute that the token may see, and its answer."""
    return answer_known(_correction(queries.correction_at(number, acting(request, *SEE))))


@own.get(
    "/workbook.xlsx",
    **told_file(
        "ownWorkbook", "本单位的工作簿", "One's facts as a workbook", "已知的事实，供继续填写。", XLSX
    ),
)
def own_workbook(request: HttpRequest) -> HttpResponseBase:
    """What is known of the token's organisation, as the workbook that is filled in further."""
    return own_workbook_of(acting(request, *APPLICANTS).organisation, language_of(request))


def _organisation(one: Organisation) -> shapes.ToldOrganisation:
    held = queries.held_by(one, clock.today())
    return shapes.ToldOrganisation(
        id=one.pk,
        uscc=one.uscc,
        name=one.name,
        kind=one.kind,
        district=one.district,
        statuses=[shapes.HeldStatus(status=status, holds=holds) for status, holds in held],
    )


def _past(one: ShownFact) -> shapes.PastFact:
    fact, speaker = one.fact, one.fact.stated_by
    return shapes.PastFact(
        id=fact.pk,
        value=fact.value,
        source=fact.source,
        prevails=one.prevails,
        known_from=fact.known_from,
        known_to=fact.known_to,
        stated_by=f"{speaker.user.name}（{speaker.organisation.name}）" if speaker else "",
        list=fact.list_import_id,
        evidence=fact.evidence_id,
    )


def _row(one: ListRow) -> shapes.ToldRow:
    names = ("row", "code", "key", "change", "before", "after", "corrected", "faults")
    told_of = {name: getattr(one, name) for name in names}
    return shapes.ToldRow(**told_of, name=one.organisation.name if one.organisation else one.name)
