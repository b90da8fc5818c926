"""The API's simulations: a changed policy beside the law over a synthetic city, worked out at once and not kept."""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from typing import Annotated, Final, Literal

import pyarrow as pa
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from kechuang.exchange.simulation import Population, Simulation
from kechuang.exchange.simulation import told as said_of
from kechuang.exchange.simulation_groups import groupings_of
from kechuang.insight import api_shapes as shapes
from kechuang.policy.columns.columns import check_schema
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.encoding.changes import ChangeError, named, read_value
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.values import MAX_MONEY_FEN, MONEY, Value, Words, read_literal
from kechuang.policy.reforms.comparing import Baseline, baseline, compare
from kechuang.policy.reforms.reform import Reform
from kechuang.policy.reforms.sensitivity import sensitivity
from kechuang.policy.reforms.solving import Solution, UnsolvableError, solve
from kechuang.population.generate import batches_of
from kechuang.reader.answers import (
    Question,
    Reading,
    answer,
    bound_of,
    chosen_readings,
    language_of,
    pack_by_id,
)
from kechuang.reader.problems import ProblemError, escaped, wrong
from kechuang.reader.told import told

MAX_SUBJECTS: Final = 100_000
MAX_CHANGES: Final = 50
CITIES_KEPT: Final = 2  # of up to 41 MB each, with the law over them
RETRY: Final = "5"  # seconds
THREADS: Final = 1  # the other processor answers everybody else
_one_at_a_time = threading.Lock()

router = Router(tags=["simulate"])
Text = Annotated[str, Field(max_length=200)]
Sum = Annotated[
    str | int,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": 40, "examples": ["6000万元"]},
                {"type": "integer", "minimum": 0, "maximum": MAX_MONEY_FEN},
            ]
        }
    ),
]


class _Part(BaseModel):
    """A part of a question: it has these members and no others."""

    model_config = ConfigDict(strict=True, extra="forbid")


class City(_Part):
    """A synthetic city: made up by the program, the same for the same seed."""

    subjects: int = Field(10_000, ge=1, le=MAX_SUBJECTS, description="户数 · how many subjects")
    seed: int = Field(1, ge=0, le=2**32 - 1, description="随机种子 · seed")


class Solve(_Part):
    """Which value of a parameter fits an appropriation."""

    parameter: Text = Field(
        description="参数名 · name of the parameter", examples=["9.rd_growth.subsidy_rate"]
    )
    appropriation: Sum = Field(description="预算：6000万元，或整数分 · a sum such as 6000万元, or whole fen")


class ReformQuestion(Question):
    """A changed policy. `readings` are those of the law it is held against, `switch` those of the reform."""

    changes: dict[str, Text] = Field(
        default_factory=dict,
        max_length=MAX_CHANGES,
        description="参数的新值 · new values of parameters",
        examples=[{"9.rd_growth.subsidy_rate": "6%"}],
    )
    switch: dict[str, Reading] = Field(
        default_factory=dict, description="改用的口径 · readings that the reform switches to"
    )
    pack_after: str | None = Field(
        None, max_length=60, description="改为另一政策包 · another pack in place of the law"
    )
    population: City = Field(City(subjects=10_000, seed=1), description="虚构城市 · the synthetic city")
    by: list[Literal["district", "industry", "size"]] = Field(
        default_factory=list, max_length=3, description="分组 · groupings"
    )
    sensitivity: bool = Field(
        default=False, description="是否逐项试改参数 · whether to try each parameter a step up and down"
    )
    solve: Solve | None = Field(
        None, description="求解：哪个值正好用完预算 · solve: which value fits an appropriation"
    )


@router.post(
    "/simulate",
    response=shapes.Simulated,
    **told(
        "simulate",
        "推演",
        "Simulate a change",
        "改参数、口径或整个政策包，在虚构城市上比较改前改后：金额、户数、得失、分组；也可求解预算。"
        "与 kechuang simulate 写出的 JSON 相同。",
        {
            "on": "2024-06-01",
            "changes": {"9.rd_growth.subsidy_rate": "6%"},
            "population": {"subjects": 2000},
            "by": ["size"],
            "solve": {"parameter": "9.rd_growth.subsidy_rate", "appropriation": "500万元"},
        },
    ),
)
def simulate(request: HttpRequest, question: ReformQuestion) -> HttpResponse:
    """Change parameters, readings or the pack, and compare over a synthetic city: sums, winners, losers, groups.

    With `solve` also the value of a parameter that fits an appropriation. The JSON is that of `kechuang simulate`.
    """
    law = bound_of(question)
    after = _reform(question, law)
    appropriation = None if question.solve is None else _appropriation(question.solve, after)
    if not _one_at_a_time.acquire(blocking=False):
        raise ProblemError("busy", headers={"Retry-After": RETRY})
    try:
        found = _simulated(question, law, after, appropriation)
    finally:
        _one_at_a_time.release()
    return answer(json.dumps(said_of(found, language_of(request)), ensure_ascii=False))


def _reform(question: ReformQuestion, law: Bound) -> Bound:
    """The law with the reform in it. ProblemError naming the change that cannot be made."""
    pack = law.pack if question.pack_after is None else pack_by_id(question.pack_after, "/pack_after")
    values = {key: _value(pack, key, text) for key, text in question.changes.items()}
    switched = chosen_readings(pack, question.switch, "/switch")
    try:
        return Reform(values, switched, pack).applied_to(law)
    except ChangeError as error:
        raise wrong("/changes", dict(question.changes), error.words) from None
    except ValueError:
        first = pack.valid[0].year - 1
        words = Words(f"{first} 至 {law.on.year} 之间的年度", f"a year from {first} to {law.on.year}")
        raise wrong("/year", law.year, words) from None


def _value(pack: Pack, key: str, text: str) -> Value:
    try:
        return read_value(named(pack, key), text)
    except ChangeError as error:
        raise wrong(f"/changes/{escaped(key)}", text, error.words) from None


def _appropriation(asked: Solve, after: Bound) -> int:
    """The appropriation in fen; ProblemError for another value, and for a parameter that there is not."""
    try:
        named(after.pack, asked.parameter)
    except ChangeError as error:
        raise wrong("/solve/parameter", asked.parameter, error.words) from None
    fen = asked.appropriation
    if isinstance(fen, str):
        try:
            literal = read_literal(fen)
        except ValueError:
            literal = None
        fen = literal.value if literal is not None and literal.type == MONEY else -1  # type: ignore[assignment]
    if not isinstance(fen, int) or not 0 <= fen <= MAX_MONEY_FEN:
        words = Words(
            "金额，如 6000万元，不超过 10 万亿元", "a sum such as 6000万元, at most 10 trillion yuan"
        )
        raise wrong("/solve/appropriation", asked.appropriation, words)
    return fen


def _simulated(question: ReformQuestion, law: Bound, after: Bound, appropriation: int | None) -> Simulation:
    size, seed = question.population.subjects, question.population.seed
    base, table = _city(law, size, seed)
    if check_schema(table.schema, after.pack.vocabulary):
        words = Words("用同一套事实词汇的政策包", "a pack that asks for the same facts")
        raise wrong("/pack_after", question.pack_after, words)
    groups = groupings_of(table, law.pack.vocabulary, dict.fromkeys(question.by))
    found = compare(base, after, table, groups, threads=THREADS)
    effects = sensitivity(after, table, threads=THREADS) if question.sensitivity else None
    solution = None if appropriation is None else _solution(question, after, table, appropriation)
    title = Words(f"虚构城市（种子 {seed}）", f"synthetic city (seed {seed})")
    return Simulation(Population(title, synthetic=True, table=table), found, effects, solution)


def _solution(question: ReformQuestion, after: Bound, table: pa.Table, appropriation: int) -> Solution:
    key = question.solve.parameter if question.solve else ""
    try:
        return solve(after, table, key, appropriation, threads=THREADS)
    except (UnsolvableError, ChangeError) as error:
        raise wrong("/solve/parameter", key, error.words) from None


@lru_cache(maxsize=CITIES_KEPT)
def _city(law: Bound, size: int, seed: int) -> tuple[Baseline, pa.Table]:
    """A city made by the program, and the law over it; the last ones are kept."""
    batches = batches_of(size, seed, law.year, law.on, law.pack.vocabulary)
    table = pa.Table.from_batches(list(batches)).combine_chunks()
    return baseline(law, table, THREADS), table
