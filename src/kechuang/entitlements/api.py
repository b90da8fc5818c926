"""The API's assessments and explanations: facts in, outcomes with reasons out; nothing is kept."""

from __future__ import annotations

import io
import json
from typing import Annotated, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from kechuang.entitlements import api_shapes as shapes
from kechuang.exchange.machine import write_json
from kechuang.exchange.results import Totals, results_of
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.language.values import Words
from kechuang.policy.words.explanation import explain as explain_result
from kechuang.reader.answers import Facts, Question, answer, bound_of, language_of, rests_on
from kechuang.reader.cases import read_cases
from kechuang.reader.problems import wrong
from kechuang.reader.told import told

MAX_CASES: Final = 200
MAX_RECORDS: Final = 2_000  # related records of one request to assess
MAX_EXPLAINED: Final = 300  # related records of one request to explain, which tells of each
EXAMPLE: Final = {
    "kind": "enterprise",
    "statuses": [{"kind": "high_tech_enterprise", "granted_on": "2022-12-12", "expires_on": "2025-12-11"}],
    "years": [
        {"year": 2023, "rd_spend": "900万元", "above_scale": True, "has_rd_activity": True},
        {"year": 2022, "rd_spend": "600万元"},
    ],
}

router = Router(tags=["assess"])


class CasesQuestion(Question):
    """Facts of one or many cases."""

    cases: list[Facts] = Field(
        min_length=1,
        max_length=MAX_CASES,
        description="每户的事实，不知道的不写 · facts of each case; what is not known is left out",
    )


class CaseQuestion(Question):
    """Facts of one case."""

    facts: Facts = Field(
        description="一户的事实，不知道的不写 · facts of one case; what is not known is left out"
    )
    benefit: Annotated[str, Field(max_length=120)] | None = Field(
        None,
        description="只说明这一事项，缺省为全部 · explain this benefit alone, all by default",
        examples=["9.rd_growth"],
    )


@router.post(
    "/assess",
    response=shapes.Assessed,
    by_alias=True,
    **told(
        "assess",
        "测算",
        "Assess cases",
        "每户每个事项的结果、金额（分）、理由、缺少的事实和差额，以及合计；与 kechuang assess 写出的 JSON 相同。",
        {"on": "2024-06-01", "cases": [EXAMPLE]},
    ),
)
def assess(request: HttpRequest, question: CasesQuestion) -> HttpResponse:
    """Every benefit for every case, and the totals: the same JSON that `kechuang assess` writes.

    A result has outcome, sum in fen, reason, missing facts and shortfall.
    """
    bound = bound_of(question)
    intake = read_cases(question.cases, bound.pack.vocabulary, MAX_RECORDS)
    file = io.StringIO()
    write_json(file, results_of(bound, intake), intake, Totals(bound), language_of(request))
    return answer(file.getvalue())


@router.post(
    "/explain",
    response=shapes.Explained,
    **told(
        "explain",
        "说明理由",
        "Explain results",
        "每个条件的句子、原文、所用事实和判断，金额怎样得出，还缺什么，要准备什么；与 kechuang explain --json 相同。",
        {"on": "2024-06-01", "benefit": "9.rd_growth", "facts": EXAMPLE},
    ),
)
def explain(request: HttpRequest, question: CaseQuestion) -> HttpResponse:
    """The full reasoning, the same as `kechuang explain --json`, in the language asked for.

    Each condition as a sentence with quote, facts and verdict, how the sum comes about, what is missing and what to
    prepare.
    """
    bound = bound_of(question)
    known = [one.benefit.id for one in bound.benefits]
    if question.benefit is not None and question.benefit not in known:
        listed = ", ".join(known)
        raise wrong("/benefit", question.benefit, Words(f"事项编号之一：{listed}", f"one of: {listed}"))
    intake = read_cases([question.facts], bound.pack.vocabulary, MAX_EXPLAINED, "/facts")
    wanted = known if question.benefit is None else [question.benefit]
    assessment = assess_bound(bound, intake.cases[0])
    told_all = [explain_result(assessment, one, language_of(request)).to_dict() for one in wanted]
    return answer(json.dumps({**rests_on(bound), "explanations": told_all}, ensure_ascii=False))
