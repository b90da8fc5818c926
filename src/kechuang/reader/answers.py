"""What all operations of the API share: the base of a question, the pack that it asks, and answers that can be kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

import kechuang
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.values import FIRST_DAY, LAST_DAY, Words
from kechuang.reader.packs import pack_in_force, packs_listed
from kechuang.reader.problems import ProblemError, escaped, missing_resource, wrong

JSON: Final = "application/json"
KEPT: Final = 300  # seconds for which an answer to GET may be kept without asking again
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(value: object) -> date:
    """A day written as 2024-06-20, within the calendar of the language."""
    with suppress(ValueError):
        found = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
        if found is not None and FIRST_DAY <= found <= LAST_DAY:
            return found
    raise PydanticCustomError("date_type", "a day from 1900 to 2200, written 2024-06-01")


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2024-06-01"]}),
]
Year = Annotated[int, Field(ge=FIRST_DAY.year, le=LAST_DAY.year, examples=[2023])]
Reading = Annotated[str, Field(max_length=60)]
Facts = Annotated[dict[str, Any], WithJsonSchema({"x-facts": True})]
"""Checked by `exchange.plain`, described by `exchange.facts_schema`."""


class Question(BaseModel):
    """What an answer rests on beside the facts; with the same four an answer comes out the same for ever."""

    model_config = ConfigDict(strict=True, extra="forbid")

    pack: str | None = Field(
        None,
        max_length=60,
        description="政策包编号；缺省为本站现行的 · id of the pack; by default the one in force on this site",
        examples=["weihai-2023-5"],
    )
    hash: str | None = Field(
        None,
        pattern="^[0-9a-f]{64}$",
        description="答案中 pack.hash 的值：内容已变则以 409 拒绝 · as an answer gave it: 409 if it changed",
    )
    on: Day | None = Field(None, description="测算日，缺省为今天 · day of the assessment, today by default")
    year: Year | None = Field(
        None, description="测算年度，缺省为上一年 · assessed year, the year before by default"
    )
    readings: dict[str, Reading] = Field(
        default_factory=dict,
        description="改用的口径 · readings used instead of those chosen",
        examples=[{"I-17": "three-intervals"}],
    )


def pack_of(question: Question) -> Pack:
    """The pack asked for. ProblemError when there is none, or when its content has another hash by now."""
    pack = pack_in_force() if question.pack is None else pack_by_id(question.pack, "/pack")
    if question.hash not in {None, pack.hash}:
        raise ProblemError("pack-changed")
    return pack


def pack_by_id(pack_id: str, pointer: str) -> Pack:
    """The pack that a member of the body names; ProblemError when there is none."""
    known = {pack.id: pack for pack in packs_listed()}
    if pack_id not in known:
        raise wrong(pointer, pack_id, _one_of(known))
    return known[pack_id]


def chosen_readings(pack: Pack, readings: Mapping[str, str], pointer: str) -> Mapping[str, str]:
    """Readings that a member of the body switches; ProblemError for one or for an option that there is not."""
    for name, option in readings.items():
        if name not in pack.readings:
            raise wrong(f"{pointer}/{escaped(name)}", name, _one_of(pack.readings))
        if option not in pack.readings[name].options:
            raise wrong(f"{pointer}/{escaped(name)}", option, _one_of(pack.readings[name].options))
    return readings


def bound_of(question: Question) -> Bound:
    """The pack on the day, for the year, with the readings asked for. ProblemError for what there is not."""
    pack = pack_of(question)
    readings = chosen_readings(pack, question.readings, "/readings")
    on = question.on or timezone.localdate()
    try:
        return bind(pack, on, question.year, readings)
    except ValueError:
        first = pack.valid[0].year - 1
        words = Words(
            f"{first} 至 {on.year} 之间的年度", f"a year from {first} to {on.year}, the year of {on}"
        )
        raise wrong("/year", question.year, words) from None


def _one_of(known: Iterable[str]) -> Words:
    listed = ", ".join(known)
    return Words(f"下列之一：{listed}", f"one of: {listed}")


def pack_at(pack_id: str) -> Pack:
    """The pack of an address; ProblemError when there is none."""
    known = {pack.id: pack for pack in packs_listed()}
    if pack_id not in known:
        raise missing_resource(Words("没有这一政策包", "There is no such pack"), list(known))
    return known[pack_id]


def rests_on(bound: Bound) -> dict[str, Any]:
    """What an answer rests on, so that it can be asked again: pack with hash, day, year, readings."""
    pack = bound.pack
    return {
        "pack": {"id": pack.id, "hash": pack.hash, "title": pack.title.zh, "document": pack.document.number},
        "on": bound.on.isoformat(),
        "year": bound.year,
        "readings": dict(bound.readings),
    }


def language_of(request: HttpRequest) -> str:
    """'zh' or 'en': what `?language=` says, else the better liked of the two in Accept-Language, else Chinese."""
    asked = request.GET.get("language")
    if asked in {"zh", "en"}:
        return str(asked)
    return _liked(request.headers.get("Accept-Language", ""))


def _liked(header: str) -> str:
    best, language = 0.0, "zh"
    for part in header.split(",")[:20]:
        tag, _, rest = part.strip().lower().partition(";")
        name = tag.split("-")[0]
        found = re.fullmatch(r"\s*q=([01](?:\.[0-9]{1,3})?)\s*", rest)
        quality = float(found[1]) if found else 1.0 if not rest else 0.0
        if name in {"zh", "en"} and quality > best:
            best, language = quality, name
    return language


def kept_answer(
    request: HttpRequest, of: tuple[object, ...], make: Callable[[], BaseModel | str]
) -> HttpResponse:
    """An answer to GET that is the same as long as `of`, address and program are; 304 to who has it already."""
    said = "\0".join([kechuang.__version__, request.get_full_path(), *map(str, of)])
    tag = f'"{hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:32]}"'
    held = parse_etags(request.headers.get("If-None-Match", ""))
    known = "*" in held or tag in {one.removeprefix("W/") for one in held}
    response = HttpResponseNotModified() if known else HttpResponse(_text(make()), JSON)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = f"public, max-age={KEPT}"
    return response


def answer(data: BaseModel | str | bytes) -> HttpResponse:
    """An answer to POST: worked out for this question alone, and kept by nobody."""
    return HttpResponse(_text(data), JSON, headers={"Cache-Control": "no-store"})


def answer_known(data: BaseModel) -> HttpResponse:
    """As `answer`, without what is unknown: what is None is left out."""
    return answer(data.model_dump_json(exclude_none=True))


def _text(data: BaseModel | str | bytes) -> str | bytes:
    return data.model_dump_json(by_alias=True) if isinstance(data, BaseModel) else data
