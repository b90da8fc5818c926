"""How many cases there are, kept by the database: counting 200,000 of them for each page would take seconds.

A trigger adds what every change of a case adds to and takes from its group, never waiting for anybody; the clock joins
these rows (tally.join). So the sum over the rows is right at any moment, in any transaction.
"""

from __future__ import annotations

from typing import Final

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from kechuang.accounts.models import Organisation

GROUPED: Final = ("department_id", "call_id", "district", "state", "due_on", "asked", "pending", "answered")
"""Columns of a case by which it is counted; lists are filtered by nothing else but words."""

SUMMED: Final = ("declared_fen", "recommended_fen", "determined_fen", "granted_fen")


class Tally(models.Model):
    """Cases of one group, counted and summed; several rows may speak of one group, some below zero."""

    department = models.ForeignKey(
        Organisation, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    call = models.ForeignKey(
        "fulfilment.Call", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    district = models.CharField(max_length=12)
    state = models.CharField(max_length=16)
    due_on = models.DateField(null=True)
    asked = ArrayField(models.TextField())
    pending = ArrayField(models.TextField())
    answered = models.PositiveSmallIntegerField()
    granted = models.BooleanField()  # whether a share above zero fell to them
    cases = models.BigIntegerField()
    declared_fen = models.BigIntegerField()
    recommended_fen = models.BigIntegerField()
    determined_fen = models.BigIntegerField()
    granted_fen = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.call_id} {self.state} {self.cases}"


def kept_in_tally() -> pgtrigger.Trigger:
    """The trigger of the cases that keeps the tally."""
    return pgtrigger.Trigger(
        name="case_in_tally",
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.After,
        func=f"""
            IF TG_OP = 'UPDATE' AND ({_columns("OLD")}) IS NOT DISTINCT FROM ({_columns("NEW")}) THEN
                RETURN NULL;
            END IF;
            IF TG_OP <> 'INSERT' THEN {_added("OLD", -1)} END IF;
            IF TG_OP <> 'DELETE' THEN {_added("NEW", 1)} END IF;
            RETURN NULL;
        """,
    )


def counted(row: str, sign: int = 1) -> str:
    """The columns of a tally that one case makes, as SQL. row: NEW, OLD or the name of the table."""
    summed = [f"{sign} * COALESCE({row}.{name}, 0)" for name in SUMMED]
    grouped = [f"{row}.{name}" for name in GROUPED]
    return ", ".join([*grouped, f"COALESCE({row}.granted_fen, 0) > 0", str(sign), *summed])


COLUMNS: Final = ", ".join([*GROUPED, "granted", "cases", *SUMMED])
"""The columns of the table, in the order of `counted`."""


def _added(row: str, sign: int) -> str:
    return f"INSERT INTO fulfilment_tally ({COLUMNS}) VALUES ({counted(row, sign)});"  # noqa: S608 - names of columns, above


def _columns(row: str) -> str:
    return ", ".join(f"{row}.{name}" for name in (*GROUPED, *SUMMED))
