"""Which tables are sealed: all of these rooms, and messages, but for what is named here with the reason.

A new table is sealed by itself at the next `migrate`; one that shall not be has to be named.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from django.apps import apps
from django.db import connection
from django.db.models import BigAutoField

from kechuang.journal import sealing

ROOMS: Final = (
    "accounts",
    "registry",
    "experts",
    "treasury",
    "entitlements",
    "fulfilment",
    "chains",
    "finance",
)
UNSEALED: Final = {
    "accounts_tries": "counts failed sign-ins for an hour",
    "accounts_invitation": "an offer that is kept no longer than it is open",
    "entitlements_run": "an anonymous upload, deleted after days",
    "entitlements_subject": "as its run",
    "entitlements_rowfault": "as its run",
    "entitlements_standing": "worked out anew whenever a fact changes",
    "entitlements_effectrun": "progress of work in the background",
    "finance_linenote": "worked out anew from the lines",
    "fulfilment_bulkrun": "progress of work in the background",
    "fulfilment_bulkline": "as its run",
    "fulfilment_savedview": "somebody's bookmark",
    "fulfilment_tally": "counted again by a check of its own",
    "registry_listrow": "rows of a file under dry run; the file itself is kept by its hash",
    "treasury_capuse": "added up again from the ledger by a check of its own",
    "treasury_reserve": "as treasury_capuse",
}
"""Tables without seals, each with the reason; pages of an upgrade and history tables need none to be named."""
WITHOUT: Final = {
    "accounts_apitoken": ("used_at",),
    "accounts_user": ("last_login", "password"),
    "entitlements_sweep": ("after", "done", "job"),
    "journal_message": ("read_at",),
    "registry_listimport": ("done",),
}
"""Columns that are not sealed because they change with no act behind them."""


@cache
def sealed_tables() -> dict[str, tuple[str, ...]]:
    """Every sealed table with its columns that are not."""
    names = [
        model._meta.db_table  # noqa: SLF001 - Django's documented name
        for room in ROOMS
        for model in apps.get_app_config(room).get_models(include_auto_created=True)
        if isinstance(model._meta.pk, BigAutoField) and not hasattr(model, "pgh_tracked_model")  # noqa: SLF001
    ]
    kept = sorted({*names, "journal_message"} - UNSEALED.keys())
    return {name: WITHOUT.get(name, ()) for name in kept}


def keep(**_signal: object) -> None:
    """After `migrate`: seal what an upgrade has added or changed."""
    if {"journal_seal"} <= set(connection.introspection.table_names()):
        sealing.keep_sealed(sealed_tables())
