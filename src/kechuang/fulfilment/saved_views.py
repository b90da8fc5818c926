"""Saved views of lists: filters and columns that a person keeps under a name. A bookmark, and no event."""

from __future__ import annotations

from typing import Final

from kechuang.accounts.models import Membership
from kechuang.fulfilment.models import SavedView
from kechuang.journal.statements import Ask, ask

MOST_LETTERS: Final = 100  # of a title


def keep(page: str, title: str, query: str, *, actor: Membership) -> None:
    """Keep a list as it is shown, by its query; the same title again replaces it, and without one nothing is kept."""
    named = title.strip()[:MOST_LETTERS]
    if named:
        SavedView.objects.update_or_create(
            membership=actor, page=page, title=named, defaults={"query": query}
        )


def kept(membership: int, page: str) -> Ask[SavedView]:
    """The views of a list that a membership keeps, by title."""
    return ask(
        "saved views",
        lambda membership, page: SavedView.objects.filter(membership=membership, page=page),
        membership=membership,
        page=page,
    )


def drop(number: int, *, actor: Membership) -> str | None:
    """Forget a view of one's own; the list that it was of, None where there is none."""
    found = SavedView.objects.filter(membership=actor, pk=number).first()
    if found is None:
        return None
    found.delete()
    return found.page
