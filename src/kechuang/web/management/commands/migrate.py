"""`python -m kechuang.web migrate`: as Django's, in a quarter of the time where the tables are not there yet."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from kechuang.journal.migrating import rendering_less


class Command(migrate.Command):
    """As Django's own."""

    def handle(self, *given: Any, **options: Any) -> str | None:
        """Migrate, and render fewer models meanwhile."""
        with rendering_less():
            return super().handle(*given, **options)
