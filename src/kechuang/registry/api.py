"""The API of an organisation's own facts: read them, state one, upload evidence, see disputes. With a token only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Router
from ninja.files import UploadedFile

from kechuang.accounts.calling import acting
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.accounts.tokens import bearer
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.answers import answer, answer_known
from kechuang.reader.problems import ProblemError, wrong
from kechuang.reader.told import told
from kechuang.registry import actions, queries, showing
from kechuang.registry import api_shapes as shapes
from kechuang.registry.models import Correction, Evidence
from kechuang.registry.showing import ShownFact

router = Router(tags=["organisation"], auth=bearer)


@router.get(
    "/facts",
    response=shapes.OwnFacts,
    exclude_none=True,
    **told(
        "ownFacts",
        "本单位的事实",
        "Facts of one's organisation",
        "本单位档案中现在的全部事实，按来源列出；prevails 为真的一项算数。",
    ),
)
def own_facts(request: HttpRequest) -> HttpResponse:
    """All that is known of the token's organisation now, from every source; the one that prevails counts."""
    organisation, at = acting(request, *APPLICANTS).organisation, clock.now()
    facts = [_fact(one) for one in showing.facts_shown(organisation.pk, at)]
    return answer_known(shapes.OwnFacts(uscc=organisation.uscc, name=organisation.name, at=at, facts=facts))


@router.post(
    "/facts",
    response=shapes.ToldFact,
    exclude_none=True,
    **told(
        "stateFact",
        "填报一项事实",
        "State a fact",
        "以本单位名义填报一项事实，取代此前填报的值；与现有的值相同则什么也不变。",
        {"record": "years", "key": "2025", "field": "sales", "value": "3000万元"},
    ),
)
def state_fact(request: HttpRequest, said: shapes.FactStatement) -> HttpResponse:
    """State a fact as the token's organisation; it supersedes what was declared before, and nothing else."""
    membership = acting(request, *APPLICANTS)
    evidence = _evidence(membership, said.evidence)
    try:
        fact = actions.state(
            membership.organisation,
            said.record,
            said.field,
            said.value,
            key=said.key,
            actor=membership,
            at=clock.now(),
            evidence=evidence,
        )
    except Refused as refused:
        raise ProblemError("refused", refused.words) from None
    shown = showing.facts_shown(membership.organisation_id, clock.now())
    return answer_known(next(_fact(one) for one in shown if one.fact.pk == fact.pk))


@router.post(
    "/evidence",
    response=shapes.KeptFile,
    **told(
        "keepEvidence",
        "上传证明材料",
        "Upload evidence",
        "上传一份证明材料（PDF、PNG、JPEG、OFD、不带宏的 .docx 和 .xlsx，不超过 20 MB），按内容去重。",
    ),
)
def keep_evidence(request: HttpRequest, file: File[UploadedFile]) -> HttpResponse:
    """Keep a file that proves something: PDF, PNG, JPEG, OFD, .docx or .xlsx without macros, at most 20 MB."""
    membership = acting(request, *APPLICANTS, Role.OFFICER)
    try:
        kept = actions.keep_evidence(file, membership.organisation, actor=membership, at=clock.now())
    except Refused as refused:
        raise ProblemError("refused", refused.words) from None
    return answer_known(_file(kept))


@router.get(
    "/evidence",
    response=shapes.KeptFiles,
    **told("ownEvidence", "本单位的材料", "Files of one's own", "本单位已上传的材料，新的在前。"),
)
def own_evidence(request: HttpRequest) -> HttpResponse:
    """The files of the token's organisation, the newest first."""
    membership = acting(request, *APPLICANTS)
    return answer(_files(queries.evidence_of(membership.organisation_id, membership)))


@router.get(
    "/corrections",
    response=shapes.OwnCorrections,
    exclude_none=True,
    **told(
        "ownCorrections",
        "本单位的更正申请",
        "Disputes of one's organisation",
        "本单位对部门所提供事实的更正申请和答复。",
    ),
)
def own_corrections(request: HttpRequest) -> HttpResponse:
    """The disputes that the token's organisation raised about facts of departments, and their answers."""
    found = queries.corrections(acting(request, *APPLICANTS))
    return answer_known(shapes.OwnCorrections(corrections=[_correction(one) for one in found]))


def _evidence(membership: Membership, number: int | None) -> Evidence | None:
    if number is None:
        return None
    found = (
        queries.evidence_of(membership.organisation_id, membership).filter(pk=min(number, 2**63 - 1)).first()
    )
    if found is None:
        raise wrong("/evidence", number, Words("本单位材料的编号", "the number of a file of one's own"))
    return found


def _fact(one: ShownFact) -> shapes.ToldFact:
    fact = one.fact
    dates: dict[str, Any] = {
        "valid_from": fact.valid_from,
        "valid_to": fact.valid_to,
        "evidence": fact.evidence_id,
    }
    return shapes.ToldFact(
        id=fact.pk,
        record=fact.record,
        key=fact.key,
        field=fact.field,
        value=fact.value,
        source=fact.source,
        prevails=one.prevails,
        disputed=one.disputed,
        known_from=fact.known_from,
        **{name: value for name, value in dates.items() if value is not None},
    )


def _files(found: Iterable[Evidence]) -> shapes.KeptFiles:
    return shapes.KeptFiles(files=[_file(one) for one in found])


def _file(one: Evidence) -> shapes.KeptFile:
    return shapes.KeptFile(
        id=one.pk, name=one.name, hash=one.hash, type=one.media_type, size=one.size, scan=one.scan
    )


def _correction(one: Correction) -> shapes.ToldCorrection:
    answered: dict[str, Any] = {"answer": one.answer} if one.answer else {}
    if one.answered_at:
        answered["answered_at"] = one.answered_at
    return shapes.ToldCorrection(
        id=one.pk,
        fact=one.fact_id,
        proposed=one.proposed,
        ground=one.ground,
        state=one.state,
        due_on=one.due_on,
        raised_at=one.raised_at,
        **answered,
    )
