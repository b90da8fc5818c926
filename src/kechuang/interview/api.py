"""The API's interview: facts known so far in, the next question out. Nothing is kept between questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from kechuang.exchange.plain import plain_case
from kechuang.interview import api_shapes as shapes
from kechuang.policy.cases.outcome import Missing, Outcome
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.interview import Because, Step, put, question_for, read_answer, step, why
from kechuang.policy.interview import Question as Asked
from kechuang.policy.interview.answers import AnswerError
from kechuang.policy.language.values import Words
from kechuang.reader.answers import Facts, Question, answer, bound_of, language_of, rests_on
from kechuang.reader.api_shapes import Cited
from kechuang.reader.as_data import maybe, said
from kechuang.reader.cases import read_cases
from kechuang.reader.problems import wrong
from kechuang.reader.told import told

MAX_RECORDS: Final = 300  # related records of one case
MAX_SKIPPED: Final = 500

router = Router(tags=["ask"])
Key = Annotated[str, Field(max_length=200)]


def _given(value: Any) -> Any:
    """A value that can answer a question; what it has to be for this one the question itself decides."""
    listed = isinstance(value, list) and all(isinstance(one, str) for one in value)
    counted = isinstance(value, dict) and all(type(one) is int for one in value.values())
    if value is None or isinstance(value, (bool, int, str)) or listed or counted:
        return value
    raise PydanticCustomError(
        "answer_type", "a text, a whole number, true or false, a list of codes, or null"
    )


Given = Annotated[
    Any,
    BeforeValidator(_given),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "null"},
                {"type": "boolean"},
                {"type": "integer"},
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "additionalProperties": {"type": "integer"}},
            ]
        }
    ),
]


class Answered(BaseModel):
    """An answer to a question."""

    model_config = ConfigDict(strict=True, extra="forbid")

    key: Key = Field(description="所答问题的 key · key of the question")
    value: Given = Field(
        description="答案；null 为不知道。records、kinds 用编号列表，或编号与个数 · "
        "the answer; null: I do not know; for records and kinds a list of codes, or codes with numbers"
    )


class InterviewQuestion(Question):
    """What is known so far."""

    facts: Facts = Field(default_factory=dict, description="已知的事实 · facts known so far")
    skipped: list[Key] = Field(
        default_factory=list,
        max_length=MAX_SKIPPED,
        description="不再问起的问题，即上一答案的 skipped · not to be asked again: `skipped` of the answer before",
    )
    answer: Answered | None = Field(None, description="对上一问的回答 · answer to the question before")
    benefits: list[Key] | None = Field(
        None,
        min_length=1,
        max_length=MAX_SKIPPED,
        description="只问与这些事项有关的，缺省为全部 · ask about these benefits alone, all by default",
        examples=[["9.rd_growth"]],
    )


@router.post(
    "/ask",
    response=shapes.Interviewed,
    **told(
        "ask",
        "下一问",
        "Ask the next question",
        "只问还有影响的，影响金额最大的先问；并给出目前的结果。把 facts、skipped 原样传回，附上 answer，即得下一问。",
        {"on": "2024-06-01", "facts": {"kind": "enterprise"}, "answer": {"key": "size", "value": "medium"}},
    ),
)
def ask(request: HttpRequest, question: InterviewQuestion) -> HttpResponse:
    """Only what still matters is asked, the weightiest first, with the results so far.

    Send back `facts` and `skipped` as they came, with an `answer`, and the next question comes. It is null when no
    answer can change anything any more.
    """
    bound = bound_of(question)
    facts: Mapping[str, Any] = read_cases(
        [question.facts], bound.pack.vocabulary, MAX_RECORDS, "/facts"
    ).cases[0]
    settled, only = frozenset(question.skipped), _only(question.benefits, bound)
    if question.answer is not None:
        facts, settled = _put(question.answer, bound, facts, settled, only)
    here = step(bound, facts, settled, only)
    return answer(_standing(here, bound, facts, settled, language_of(request)))


def _only(wanted: list[str] | None, bound: Bound) -> frozenset[str] | None:
    """The benefits to ask about; None: all."""
    known = [one.benefit.id for one in bound.benefits]
    for place, one in enumerate(wanted or []):
        if one not in known:
            listed = ", ".join(known)
            raise wrong(f"/benefits/{place}", one, Words(f"事项编号之一：{listed}", f"one of: {listed}"))
    return None if wanted is None else frozenset(wanted)


def _put(
    given: Answered,
    bound: Bound,
    facts: Mapping[str, Any],
    settled: frozenset[str],
    only: frozenset[str] | None,
) -> tuple[Mapping[str, Any], frozenset[str]]:
    """The facts and settled questions with one answer more."""
    asked = step(bound, facts, settled, only).question
    try:
        if asked is None or asked.key != given.key:
            asked = question_for(given.key, bound, facts)
    except KeyError:
        words = Words("上一问的 key，或一项事实的 key", "the key of the question before, or of a fact")
        raise wrong("/answer/key", given.key, words) from None
    try:
        return put(facts, settled, given.key, read_answer(asked, given.value, bound), bound.pack.vocabulary)
    except AnswerError as error:
        raise wrong("/answer/value", given.value, error.words) from None


def _standing(
    here: Step, bound: Bound, facts: Mapping[str, Any], settled: frozenset[str], language: str
) -> shapes.Interviewed:
    assessment, asked = here.assessment, here.question
    return shapes.Interviewed(
        **rests_on(bound),
        facts=plain_case(facts),
        skipped=sorted(settled),
        question=None if asked is None else _question(asked, why(asked, bound, language)),
        remaining=here.remaining,
        open=list(here.open),
        open_fen=here.fen,
        entitled_fen=assessment.entitled_fen,
        ceiling_fen=assessment.ceiling_fen,
        outcomes={str(outcome): len(assessment.of(outcome)) for outcome in Outcome},
    )


def _question(asked: Asked, because: tuple[Because, ...]) -> shapes.NextQuestion:
    return shapes.NextQuestion(
        key=asked.key,
        form=asked.form,
        fact=None if asked.fact is None else _fact(asked.fact),
        ask=said(asked.ask),
        help=maybe(asked.help),
        about=maybe(asked.about),
        source=maybe(asked.source),
        unit=maybe(asked.unit),
        several=asked.several,
        options=[
            shapes.Choice(code=one.code, title=said(one.title), note=maybe(one.note)) for one in asked.options
        ],
        benefits=list(asked.benefits),
        fen=asked.fen,
        why=[_because(one) for one in because],
    )


def _fact(fact: Missing) -> shapes.FactAsked:
    position = None if fact.index is None else fact.index + 1
    return shapes.FactAsked(kind=fact.record, field=fact.field, year=fact.year, record=position)


def _because(one: Because) -> shapes.Reason:
    quote = one.quote
    return shapes.Reason(
        benefit=one.benefit,
        title=one.title,
        sentence=one.sentence,
        quote=None if quote is None else Cited(text=quote.text, clause=quote.clause, anchor=quote.anchor),
        why=one.why,
    )
