"""The API of the offices: departments' lists, verifying, answering disputes. With the token of an officer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router
from ninja.files import UploadedFile
from pydantic import Field

from kechuang.accounts.calling import SURE, Given, Id, Number, Sure, Text, acting
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.accounts.tokens import bearer
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.reader.answers import answer, answer_known
from kechuang.reader.api_shapes import Shape
from kechuang.reader.problems import ProblemError, wrong
from kechuang.reader.told import told
from kechuang.registry import actions, queries, rules, showing
from kechuang.registry.api import _correction, _evidence, _fact
from kechuang.registry.api_shapes import ToldCorrection, ToldFact
from kechuang.registry.models import Evidence, ListImport
from kechuang.registry.views.lists import SEE_LISTS

router = Router(tags=["registry"], auth=bearer)
own = Router(tags=["organisation"], auth=bearer)
ROWS: Final = 200
Value = bool | int | Annotated[str, Field(max_length=500)]
Record = Annotated[str, Field(max_length=32, description="记录类别 · kind of record")]


class Verified(Given):
    """The value as an officer verified it."""

    value: Value
    evidence: Number | None = Field(None, description="材料编号 · number of a file of the organisation")


class Dispute(Given):
    """What would be right, and why."""

    proposed: Value
    ground: Text
    evidence: Number | None = Field(None, description="材料编号 · number of a file of one's own")


class AnswerGiven(Given):
    """Whether a dispute is upheld, and why; `value` where neither side was right."""

    uphold: bool
    answer: Text
    value: Value | None = None


class NoneSaid(Given):
    """A kind of record that the organisation has none of."""

    record: Record


class RecordNamed(Given):
    """A record that the organisation declared."""

    record: Record
    key: Annotated[
        str, Field(max_length=200, description="标识字段以 | 相连 · its key fields joined by |")
    ] = ""


class ToldList(Shape):
    """A department's list and how far it is; counts: rows added, changed, same, refused, records ended."""

    id: int
    record: str
    title: str
    state: str = Field(
        description="waiting, reading, comparing, checked, applying, applied, undoing, undone, failed"
    )
    complete: bool
    hash: str
    counts: dict[str, int]
    taken_at: datetime


class ToldLists(Shape):
    """Lists, the newest first."""

    lists: list[ToldList]


class ToldCorrections(Shape):
    """Disputes, the most due first."""

    corrections: list[ToldCorrection]


class Withdrawn(Shape):
    """How many facts were withdrawn, on which day."""

    facts: int
    on: date


@router.get(
    "/lists",
    response=ToldLists,
    **told("lists", "部门名录", "Departments' lists", "名录，新的在前，至多 200 份。"),
)
def lists(request: HttpRequest) -> HttpResponse:
    """Departments' lists, the newest first, 200 at most."""
    seen = queries.lists_seen_by(acting(request, *SEE_LISTS), queries.list_imports()[:ROWS])
    return answer(ToldLists(lists=[_list(one) for one in seen]))


@router.post(
    "/lists",
    response=ToldList,
    **told("takeList", "上传名录", "Take a list in", "上传一份名录工作簿，试写入在后台进行，什么也不改变。"),
)
def take_list(
    request: HttpRequest,
    file: File[UploadedFile],
    record: Form[Annotated[str, Field(max_length=32)]],
    title: Form[Annotated[str, Field(max_length=200)]] = "",
    complete: Form[bool] = False,  # noqa: FBT002 - a field of a form
    register_unknown: Form[bool] = False,  # noqa: FBT002
) -> HttpResponse:
    """Take a workbook in; its dry run is worked out in the background and changes nothing."""
    actor = acting(request, Role.OFFICER)
    said: dict[str, Any] = {"title": title, "complete": complete, "register_unknown": register_unknown}
    return answer(_list(actions.take_list(file, record, **said, actor=actor, at=clock.now())))


@router.get("/lists/{number}", response=ToldList, **told("list", "一份名录", "One list", "进度和各类行数。"))
def one_list(request: HttpRequest, number: Id) -> HttpResponse:
    """How far a list is, and how many rows change what."""
    (seen,) = queries.lists_seen_by(acting(request, *SEE_LISTS), [queries.list_import_at(number)])
    return answer(_list(seen))


@router.post(
    "/lists/{number}/apply",
    response=ToldList,
    **told("applyList", "写入名录", "Apply a list", "试写入之后，在后台写入。", SURE),
)
def apply_list(request: HttpRequest, number: Id, given: Sure) -> HttpResponse:  # noqa: ARG001 - that it is meant
    """Let a list become facts, in the background."""
    actor = acting(request, Role.OFFICER)
    return answer(_list(actions.apply_list(queries.list_import_at(number), actor=actor, at=clock.now())))


@router.post(
    "/lists/{number}/undo",
    response=ToldList,
    **told("undoList", "撤销名录", "Undo a list", "在后台撤销；其后另有说法的留下。", SURE),
)
def undo_list(request: HttpRequest, number: Id, given: Sure) -> HttpResponse:  # noqa: ARG001
    """Take back what a list said, in the background."""
    actor = acting(request, Role.OFFICER)
    return answer(_list(actions.undo_list(queries.list_import_at(number), actor=actor, at=clock.now())))


@router.post(
    "/facts/{number}/verify",
    response=ToldFact,
    exclude_none=True,
    **told(
        "verifyFact",
        "核实事实",
        "Verify a fact",
        "核实单位填报的事实，写明核实后的值。",
        {"value": "712.5万元"},
    ),
)
def verify_fact(request: HttpRequest, number: Id, given: Verified) -> HttpResponse:
    """An officer's word on what was declared; it prevails over the declared value."""
    actor = acting(request, Role.OFFICER)
    fact = queries.fact_at(number, actor)
    evidence = _proof(actor, fact.organisation_id, given.evidence)
    kept = actions.verify(fact, given.value, actor=actor, at=clock.now(), evidence=evidence)
    shown = showing.facts_shown(fact.organisation_id, clock.now())
    return answer_known(next(_fact(one) for one in shown if one.fact.pk == kept.pk))


@router.get(
    "/corrections",
    response=ToldCorrections,
    exclude_none=True,
    **told("corrections", "更正申请", "Disputes", "各单位的更正申请，至多 200 件。"),
)
def corrections(request: HttpRequest) -> HttpResponse:
    """Disputes of all organisations that the office may see, 200 at most."""
    actor = acting(request, *sorted(rules.SEE_EVIDENCE))
    return answer_known(
        ToldCorrections(corrections=[_correction(one) for one in queries.corrections(actor)[:ROWS]])
    )


@router.post(
    "/corrections/{number}/answer",
    response=ToldCorrection,
    exclude_none=True,
    **told(
        "answerCorrection", "答复更正申请", "Answer a dispute", "采纳或不采纳，写明理由。",
        {"uphold": True, "answer": "已与报表核对。"},
    ),
)  # fmt: skip
def answer_correction(request: HttpRequest, number: Id, given: AnswerGiven) -> HttpResponse:
    """Uphold a dispute or reject it, with the reason; an officer of the department that stated the fact."""
    actor = acting(request, Role.OFFICER)
    found = queries.correction_at(number, actor)
    if not rules.may_answer(actor, found):
        raise ProblemError("not-found")
    done = actions.answer_correction(found, **given.model_dump(), actor=actor, at=clock.now())
    return answer_known(_correction(done))


@own.post(
    "/facts/none",
    response=ToldFact,
    exclude_none=True,
    **told(
        "stateNone", "说明没有", "Say that there is none", "说明本单位没有某一类记录。", {"record": "patents"}
    ),
)
def state_none(request: HttpRequest, said: NoneSaid) -> HttpResponse:
    """Say that the token's organisation has no record of a kind."""
    actor = acting(request, *APPLICANTS)
    fact = actions.state_none(actor.organisation, said.record, actor=actor, at=clock.now())
    shown = showing.facts_shown(actor.organisation_id, clock.now())
    return answer_known(next(_fact(one) for one in shown if one.fact.pk == fact.pk))


@own.post(
    "/facts/withdraw",
    response=Withdrawn,
    **told(
        "withdrawRecord", "撤回一条记录", "Withdraw a record", "撤回本单位填报的一条记录。",
        {"record": "years", "key": "2025"},
    ),
)  # fmt: skip
def withdraw_record(request: HttpRequest, said: RecordNamed) -> HttpResponse:
    """Take back all that the token's organisation declared of one record."""
    actor = acting(request, *APPLICANTS)
    gone = actions.withdraw_record(actor.organisation, said.record, said.key, actor=actor, at=clock.now())
    return answer(Withdrawn(facts=len(gone), on=clock.today()))


@own.post(
    "/facts/{number}/dispute",
    response=ToldCorrection,
    exclude_none=True,
    **told(
        "disputeFact", "申请更正", "Dispute a fact", "说明部门提供的事实有误、应为多少、为什么。",
        {"proposed": "120万元", "ground": "报表填错一位。"},
    ),
)  # fmt: skip
def dispute_fact(request: HttpRequest, number: Id, given: Dispute) -> HttpResponse:
    """Say that a fact of a department is wrong, what would be right, and why."""
    actor = acting(request, *APPLICANTS)
    fact, evidence = queries.fact_at(number, actor), _evidence(actor, given.evidence)
    made = actions.raise_correction(
        fact, given.proposed, given.ground, evidence=evidence, actor=actor, at=clock.now()
    )
    return answer_known(_correction(made))


@own.post(
    "/corrections/{number}/withdraw",
    response=ToldCorrection,
    exclude_none=True,
    **told("withdrawCorrection", "撤回更正申请", "Withdraw a dispute", "答复之前撤回。", SURE),
)
def withdraw_correction(request: HttpRequest, number: Id, given: Sure) -> HttpResponse:  # noqa: ARG001
    """Take one's own dispute back before it is answered."""
    actor = acting(request, *APPLICANTS)
    found = queries.correction_at(number, actor)
    return answer_known(_correction(actions.withdraw_correction(found, actor=actor, at=clock.now())))


def _proof(actor: Membership, organisation: int, number: int | None) -> Evidence | None:
    if number is None:
        return None
    found = queries.evidence_of(organisation, actor).filter(pk=number).first()
    if found is None:
        raise wrong(
            "/evidence", number, Words("该单位材料的编号", "the number of a file of the organisation")
        )
    return found


def _list(one: ListImport) -> ToldList:
    return ToldList(
        id=one.pk,
        record=one.record,
        title=one.title,
        state=one.state,
        complete=one.complete,
        hash=one.file_hash,
        counts={name: count for name, count in one.counts.items() if isinstance(count, int)},
        taken_at=one.created_at,
    )
