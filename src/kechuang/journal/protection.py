"""Triggers that keep what must not be lost, whoever asks the database."""

from __future__ import annotations

import pgtrigger
from django.db import connection


def never_changed(name: str) -> tuple[pgtrigger.Trigger, pgtrigger.Trigger]:
    """Rows of the table are added and never changed, deleted or emptied away."""
    return pgtrigger.Protect(
        name=f"{name}_append_only", operation=pgtrigger.Update | pgtrigger.Delete
    ), _kept(name)


def never_deleted(name: str) -> tuple[pgtrigger.Trigger, pgtrigger.Trigger]:
    """Rows of the table may change but are never deleted or emptied away."""
    return pgtrigger.Protect(name=f"{name}_never_deleted", operation=pgtrigger.Delete), _kept(name)


def _kept(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"{name}_no_truncate",
        operation=pgtrigger.Truncate,
        when=pgtrigger.Before,
        level=pgtrigger.Statement,
        func="RAISE EXCEPTION 'pgtrigger: cannot truncate %', TG_TABLE_NAME;",
    )


def check_keys_at_once() -> None:
    """Check foreign keys row by row until this transaction ends, not all of them at its end.

    Many rows into a table whose history a trigger keeps take time with their square otherwise: decision 0031.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
