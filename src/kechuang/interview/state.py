"""All that an interview knows, as a short text for the address: the day, what it is about, the answers in their order.

    1 <checksum and packed text, base64url>
    weihai-2023-5|20251125||kind==enterprise;records=+statuses-loans;years.2024.rd_spend=#900000000

A text that was cut short or changed is noticed by its checksum. Nobody's name or code is in it, and nothing is kept.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.interview import Answer, AnswerError, Lists, put, question_for, read_answer
from kechuang.policy.interview.keys import LISTS
from kechuang.policy.language.values import RATE_UNIT

VERSION: Final = "1"
MOST_LETTERS: Final = 4000  # of the text in the address
MOST_BYTES: Final = 20_000  # of the answers unpacked
KEPT_DAYS: Final = 400  # a link older than this is assessed on today's date
_CHECK: Final = 4  # bytes of the checksum


class BrokenStateError(ValueError):
    """The text in the address is cut short, changed, or of another policy."""


@dataclass(frozen=True, slots=True)
class State:
    """The day of assessment, the answers by key in the order given, and what the interview is limited to ('' for all).

    `about` is the key of a measure ('9'), the id of a benefit ('9.rd_growth') or several measures ('9+10').
    """

    on: date
    about: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)

    def answered(self, key: str, answer: Answer) -> State:
        """With one more answer, or with another one in its place."""
        return replace(self, answers={**self.answers, key: answer})


def encoded(state: State, pack: Pack) -> str:
    """The state as a text for the address."""
    answers = ";".join(f"{key}={_written(answer)}" for key, answer in state.answers.items())
    text = f"{pack.id}|{state.on:%Y%m%d}|{state.about}|{answers}".encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(text) + packer.flush()
    check = zlib.crc32(text).to_bytes(_CHECK, "big")
    return VERSION + base64.urlsafe_b64encode(check + packed).decode().rstrip("=")


def decoded(token: str, pack: Pack, today: date) -> State:
    """The state of a text from an address; BrokenStateError when it is not one of ours."""
    if not token:
        return State(today)
    text = _unpacked(token)
    try:
        pack_id, day, about, answers = text.split("|", 3)
        on = _read_day(day)
        read = dict(_pair(one) for one in answers.split(";") if one)
    except (ValueError, KeyError, IndexError, ZeroDivisionError) as error:
        raise BrokenStateError(token) from error
    if pack_id != pack.id or benefits_about(pack, about) == frozenset():
        raise BrokenStateError(token)
    if not today - timedelta(days=KEPT_DAYS) <= on <= today + timedelta(days=1):
        on = today
    return State(on, about, read)


def _unpacked(token: str) -> str:
    if len(token) > MOST_LETTERS or not token.startswith(VERSION):
        raise BrokenStateError(token[:MOST_LETTERS])
    try:
        raw = base64.b64decode(
            token[1:].encode("ascii") + b"=" * (-(len(token) - 1) % 4), b"-_", validate=True
        )
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        text = unpacker.decompress(raw[_CHECK:], MOST_BYTES)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise BrokenStateError(token) from error
    if not unpacker.eof or zlib.crc32(text).to_bytes(_CHECK, "big") != raw[:_CHECK]:
        raise BrokenStateError(token)
    return text.decode(errors="replace")


def _written(answer: Answer) -> str:
    """One answer; its first sign says of which kind it is."""
    if answer is None:
        return "?"
    return next(write(answer) for kind, write in _WRITERS if isinstance(answer, kind))


_WRITERS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (bool, lambda answer: "y" if answer else "n"),
    (int, lambda answer: f"#{answer}"),
    (Fraction, lambda answer: f"%{int(answer * RATE_UNIT)}"),
    (date, lambda answer: f"@{answer:%Y%m%d}"),
    (Lists, lambda answer: f"+{','.join(answer.some)}-{','.join(answer.none)}"),
    (Mapping, lambda answer: "*" + ",".join(f"{code}.{count}" for code, count in answer.items())),
    (str, lambda answer: f"={answer}"),
)


def _pair(text: str) -> tuple[str, Answer]:
    key, _, written = text.partition("=")
    return key, _READERS[written[0]](written[1:])


def _read_day(text: str) -> date:
    return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}")


def _read_lists(text: str) -> Lists:
    some, _, none = text.partition("-")
    return Lists(tuple(filter(None, some.split(","))), tuple(filter(None, none.split(","))))


def _read_kinds(text: str) -> dict[str, int]:
    pairs = (one.rpartition(".") for one in text.split(",") if one)
    return {code: int(count) for code, _, count in pairs}


_READERS: Final[Mapping[str, Callable[[str], Answer]]] = {
    "?": lambda _: None,
    "y": lambda _: True,
    "n": lambda _: False,
    "#": int,
    "%": lambda text: Fraction(int(text), RATE_UNIT),
    "@": _read_day,
    "+": _read_lists,
    "*": _read_kinds,
    "=": str,
}


def replayed(state: State, bound: Bound) -> tuple[dict[str, Any], frozenset[str], dict[str, Answer]]:
    """Facts, settled questions, and the answers that still fit.

    Raises BrokenStateError for an answer that no form could have sent.
    """
    facts: dict[str, Any] = {}
    settled: frozenset[str] = frozenset()
    kept: dict[str, Answer] = {}
    for key, answer in state.answers.items():
        try:
            checked = _checked(key, answer, bound, facts)
            facts, settled = put(facts, settled, key, checked, bound.pack.vocabulary)
        except KeyError:
            continue  # another answer has taken the record away
        except AnswerError as error:
            raise BrokenStateError(key) from error
        kept[key] = checked
    return facts, settled, kept


def _checked(key: str, answer: Answer, bound: Bound, facts: Mapping[str, Any]) -> Answer:
    if key != LISTS:
        return read_answer(question_for(key, bound, facts), answer, bound)
    lists = {kind.name for kind in bound.pack.vocabulary.related}
    if answer is not None and not (
        isinstance(answer, Lists) and lists.issuperset((*answer.some, *answer.none))
    ):
        raise BrokenStateError(key)
    return answer


def bound_of(state: State, pack: Pack) -> Bound:
    """The pack on the day of the interview."""
    return bind(pack, state.on)


def benefits_about(pack: Pack, about: str) -> frozenset[str] | None:
    """The benefits that the interview is limited to; None for all, empty when `about` names nothing."""
    if not about:
        return None
    wanted = set(about.split("+"))
    return frozenset(one.id for one in pack.benefits if one.id in wanted or one.measure in wanted)
