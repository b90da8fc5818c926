"""Locking rows in the one order that everybody keeps: appropriation, reserve, award, cap, batch, payment, receivable.

Rows of one table are locked by ascending number. All locks are FOR NO KEY UPDATE: they stop other writers and let
foreign keys of new rows pass, so that a row that merely names an appropriation never waits for who holds it. The end
of the journal's chain comes after all of them (docs/treasury.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db import connection, models

from kechuang.treasury.models import Appropriation, Award, Batch, CapUse, Payment, Receivable, Reserve

Row = TypeVar("Row", bound=models.Model)


def rows(model: type[Row], numbers: Iterable[int]) -> dict[int, Row]:
    """Rows by number, locked in ascending order, as they stand now. Raises DoesNotExist when one is not there."""
    wanted = set(numbers)
    found = model._default_manager.select_for_update(no_key=True, of=("self",))  # noqa: SLF001 - Django's public name
    locked = {row.pk: row for row in found.filter(pk__in=wanted).order_by("pk")}
    if missing := wanted - locked.keys():
        raise model.DoesNotExist(f"{model.__name__} {sorted(missing)}")  # type: ignore[attr-defined]
    return locked


def alone(name: str) -> None:
    """Nobody else goes on under this name before the transaction ends; for what has no row to lock yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])


def appropriation(number: int) -> Appropriation:
    """One appropriation, locked."""
    return rows(Appropriation, [number])[number]


def reserve(appropriation_id: int, subject: str) -> int:
    """What a call holds of an appropriation, locked with it: fen."""
    found = Reserve.objects.select_for_update(no_key=True).filter(
        appropriation_id=appropriation_id, subject=subject
    )
    return sum(one.amount_fen for one in found)


def awards(numbers: Iterable[int]) -> dict[int, Award]:
    """Awards, locked; each with its organisation and payments when asked for them."""
    return rows(Award, numbers)


def award(number: int) -> Award:
    """One award, locked, without its appropriation: for acts that move no money."""
    return awards([number])[number]


def award_with_appropriation(given: Award) -> tuple[Award, Appropriation]:
    """An award and its appropriation, locked in order. Which appropriation that is never changes."""
    money = appropriation(given.appropriation_id)
    locked = award(given.pk)
    locked.appropriation = money
    return locked, money


def cap(of: Award) -> CapUse | None:
    """The use of the award's ceiling, locked; None when nothing is used yet or there is none."""
    found = CapUse.objects.select_for_update(no_key=True)
    return (
        found.filter(organisation_id=of.organisation_id, cap=of.cap, year=of.year).first() if of.cap else None
    )


def batch(number: int) -> Batch:
    """One batch, locked."""
    return rows(Batch, [number])[number]


def payments(numbers: Iterable[int]) -> dict[int, Payment]:
    """Payments, locked."""
    return rows(Payment, numbers)


def receivable(number: int) -> Receivable:
    """One receivable, locked."""
    return rows(Receivable, [number])[number]
