"""Stored standings derived again: what each must be, by its version, its day and the facts known at its moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Count

from kechuang.entitlements.models import Standing
from kechuang.entitlements.renewing import FEW, KEPT, PART, Row, few, many
from kechuang.entitlements.versions import pack_as_known
from kechuang.policy.encoding.binding import Bound, bind

Group = tuple[str, date, int, datetime]
"""Version, day, year and moment of knowing that standings were worked out together by."""


def derived() -> Iterator[tuple[Standing, dict[str, Any]]]:
    """Every standing that is not stale, and its columns as they are derived now; in parts of PART rows of a group."""
    known: tuple[Any, Bound] | None = None
    for group, size in _groups():
        version, on, year, at = group
        pack = pack_as_known(version, at)
        key = (id(pack), on, year)
        if known is None or known[0] != key:
            known = key, bind(pack, on, year)
        for rows in _parts(group):
            assess = few if size <= FEW else many
            again = dict(assess(known[1], [one.organisation_id for one in rows], at))
            for one in rows:
                yield one, columns(again[one.organisation_id])


def columns(row: Row) -> dict[str, Any]:
    """The columns of a standing by their names."""
    return dict(zip(KEPT, row, strict=True))


def _groups() -> list[tuple[Group, int]]:
    names = ("version_id", "on", "year", "known_at")
    found = Standing.objects.filter(stale=False).values_list(*names).annotate(rows=Count("pk"))
    return [((version, on, year, at), rows) for version, on, year, at, rows in found.order_by(*names)]


def _parts(group: Group) -> Iterator[list[Standing]]:
    version, on, year, at = group
    found = Standing.objects.filter(stale=False, version=version, on=on, year=year, known_at=at)
    found = found.select_related("organisation").order_by("organisation")
    after = 0
    while rows := list(found.filter(organisation__gt=after)[:PART]):
        yield rows
        after = rows[-1].organisation_id
