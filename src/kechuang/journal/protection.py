"""Triggers that keep what must not be lost, whoever asks the database."""

from __future__ import annotations

import pgtrigger


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
