"""What /metrics tells of the treasury."""

from __future__ import annotations

from django.db.models import Count, F, Sum

from kechuang.treasury.models import Appropriation, Batch, Receivable
from kechuang.treasury.queries import TOTALS


def money_readings() -> list[tuple[tuple[str], int]]:
    """Amount, paid, committed, reserved and recovered over all appropriations, in fen."""
    found = Appropriation.objects.aggregate(**{name: Sum(name) for name in TOTALS})
    return [((name.removesuffix("_fen"),), fen or 0) for name, fen in found.items()]


def batch_readings() -> list[tuple[tuple[str], int]]:
    """How many batches there are in each state."""
    rows = Batch.objects.order_by().values_list("state").annotate(n=Count("id"))
    return [((state,), n) for state, n in rows]


def due_readings() -> list[tuple[tuple[()], int]]:
    """What must still come back, in fen."""
    found = Receivable.objects.aggregate(fen=Sum(F("amount_fen") - F("recovered_fen")))
    return [((), found["fen"] or 0)]
