"""Dated series (LPR): what operators loaded beside the table that the software brings, and what was known when."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate

from kechuang.accounts.models import Organisation
from kechuang.accounts.refusals import Refused
from kechuang.entitlements.renewing import mark_stale
from kechuang.entitlements.versions import Quotes
from kechuang.finance.models import Quote
from kechuang.journal import statements
from kechuang.journal.actions import Actor, Clock, record
from kechuang.policy.language.values import RATE_UNIT, Value, Words
from kechuang.reference.series import lpr_quotes

LPR: Final = "lpr"
COLUMNS: Final = ("date", "one_year", "five_year")
MOST_ROWS: Final = 600
LOWEST, HIGHEST = Fraction(1, 1000), Fraction(1, 4)
"""No loan prime rate lies outside: somebody has written a fraction for per cent, or no point."""


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """One month as pages show it: rates, where it was read, since when it is known (None: from the beginning)."""

    month: date
    quoted_on: date
    one_year: Fraction
    five_year: Fraction
    source: Words
    known_from: datetime | None
    loaded_by: str
    superseded: bool = False


def known(at: datetime) -> Mapping[str, Quotes]:
    """The loaded quotes known at a time, by name of the pack's series ("lpr_one_year")."""
    found: dict[str, dict[tuple[int, int], Value]] = {}
    quotes = statements.asked(
        "quotes known",
        lambda at: Quote.objects.filter(series=LPR, known_from__lte=at).order_by("known_from", "id"),
        at=at,
    )
    for quote in quotes:
        for tenor, rate in quote.rates.items():
            month = (quote.month.year, quote.month.month)
            found.setdefault(f"{LPR}_{tenor}", {})[month] = Fraction(rate)
    return found


def shown(today: date) -> list[ShownQuote]:
    """The quotes up to today, the newest month first; of a month what counts stands before what it superseded."""
    brought = [
        ShownQuote(
            one.day.replace(day=1),
            one.day,
            one.one_year,
            one.five_year,
            Words(one.source_zh, one.source),
            None,
            "",
        )
        for one in lpr_quotes()
        if one.day <= today
    ]
    loaded = [
        ShownQuote(
            one.month,
            one.quoted_on,
            Fraction(one.rates["one_year"]),
            Fraction(one.rates["five_year"]),
            Words(one.source, one.source),
            one.known_from,
            one.loaded_by.user.name if one.loaded_by else "",
        )
        for one in Quote.objects.filter(series=LPR, quoted_on__lte=today)
        .select_related("loaded_by__user")
        .order_by("known_from", "id")
    ]
    newest: dict[date, ShownQuote] = {one.month: one for one in [*brought, *loaded]}
    ordered = sorted(enumerate([*brought, *loaded]), key=lambda one: (one[1].month, one[0]), reverse=True)
    return [one if newest[one.month] is one else replace(one, superseded=True) for _, one in ordered]


def load(data: bytes, source: str, *, actor: Actor | Clock, at: datetime) -> int:
    """Load months of the LPR from CSV (date, one_year, five_year in per cent); how many are new or different.

    All or none. A month that is known with the same rates stays as it is; one with other rates is superseded from now
    on, and what was decided before keeps what was known then. Raises Refused naming the line.
    """
    if not source.strip():
        raise Refused("请写明报价的出处。", "Name where the quotes were published.", "source")
    rows = _read(data)
    if max(day for day, _ in rows) > localdate(at):
        raise Refused("报价日期在今天之后：请核对。", "A quote lies after today: check its date.", "file")
    batch = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        Organisation.objects.select_for_update().filter(pk__in=_lock_of(actor)).first()
        fresh = [(day, rates) for day, rates in rows if _says(day, at) != rates]
        since = _since(at)
        Quote.objects.bulk_create(
            Quote(
                series=LPR,
                month=day.replace(day=1),
                quoted_on=day,
                rates={tenor: f"{rate.numerator}/{rate.denominator}" for tenor, rate in rates.items()},
                source=source.strip()[:300],
                known_from=since,
                loaded_by_id=actor.id,
                batch=batch,
            )
            for day, rates in fresh
        )
        if fresh:
            mark_stale(_readers())
            told = {
                "series": LPR,
                "hash": batch,
                "source": source,
                "months": [f"{day:%Y-%m}" for day, _ in fresh],
            }
            record("series.loaded", f"series:{LPR}", actor=actor, at=at, data=told)
    return len(fresh)


def _lock_of(actor: Actor | Clock) -> list[int]:
    """The organisation of whoever loads: two who load at once come one after the other."""
    return [one] if (one := getattr(actor, "organisation_id", None)) else []


def _since(at: datetime) -> datetime:
    """A clock that lags behind never turns known time round."""
    last = Quote.objects.filter(series=LPR).aggregate(last=Max("known_from"))["last"]
    return max(at, last) if last else at


def _says(day: date, at: datetime) -> dict[str, Fraction] | None:
    """The rates of the month as they are known now."""
    month = (day.year, day.month)
    loaded = known(max(at, _since(at)))
    here = {one.day.timetuple()[:2]: one for one in lpr_quotes()}.get(month)
    found = {
        tenor: loaded.get(f"{LPR}_{tenor}", {}).get(month) or (getattr(here, tenor) if here else None)
        for tenor in ("one_year", "five_year")
    }
    return None if None in found.values() else found  # type: ignore[return-value]


def _readers() -> list[int]:
    """Organisations whose standing may read a quote: those with interest on file."""
    told = Organisation.objects.filter(facts__record__in=["interests", "loans"], facts__known_to__isnull=True)
    return list(told.distinct().values_list("pk", flat=True))


def _read(data: bytes) -> list[tuple[date, dict[str, Fraction]]]:
    try:
        text = data.decode("utf-8-sig")
        table = list(csv.DictReader(io.StringIO(text), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Refused("文件不是 UTF-8 的 CSV。", "The file is no CSV in UTF-8.", "file") from None
    if not table or not set(COLUMNS) <= set(table[0]):
        raise Refused(
            "第一行须为 date,one_year,five_year，其下每月一行。",
            "Line 1 must be date,one_year,five_year, then a line a month.",
            "file",
        )
    if len(table) > MOST_ROWS:
        raise Refused(f"超过 {MOST_ROWS} 行。", f"More than {MOST_ROWS} lines.", "file")
    found: dict[tuple[int, int], tuple[date, dict[str, Fraction]]] = {}
    for number, row in enumerate(table, start=2):
        try:
            day = date.fromisoformat((row["date"] or "").strip())
            rates = {tenor: _rate(row[tenor] or "") for tenor in COLUMNS[1:]}
        except ValueError:
            raise Refused(
                f"第 {number} 行：日期如 2026-10-20，比率如 3.10（百分数，至多四位小数）。",
                f"Line {number}: a date such as 2026-10-20 and rates such as 3.10 in per cent, at most 4 decimals.",
                "file",
            ) from None
        if (day.year, day.month) in found:
            raise Refused(
                f"第 {number} 行：同月有两行。", f"Line {number}: a second line for the month.", "file"
            )
        found[day.year, day.month] = (day, rates)
    return list(found.values())


def _rate(text: str) -> Fraction:
    """A rate in per cent; ValueError for what is none."""
    text = text.strip().removesuffix("%")
    whole, _, rest = text.partition(".")
    if not (whole.isascii() and whole.isdecimal() and (not rest or (rest.isascii() and rest.isdecimal()))):
        raise ValueError(text)
    rate = Fraction(text) / 100
    if not LOWEST <= rate <= HIGHEST or (rate * RATE_UNIT).denominator != 1:
        raise ValueError(text)
    return rate
