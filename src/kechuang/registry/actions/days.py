"""What an organisation says of days must be possible: no event before it happens, no end before the beginning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from kechuang.accounts.refusals import Refused
from kechuang.policy.language.values import DATE
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.registry.models import Fact

PERIODS: Final = {
    "claims": ("claimed_on", "paid_on"),
    "covers": ("starts_on", "ends_on"),
    "loans": ("signed_on", "due_on"),
    "projects": ("library_from", "library_until"),
    "stations": ("set_up_on", "term_ends_on"),
    "statuses": ("granted_on", "expires_on"),
    "talent_cards": ("issued_on", "expires_on"),
    "talents": ("managed_from", "managed_until"),
}
"""Of each kind of record that has them: the days on which something begins and ends."""
MAY_COME: Final = frozenset(
    {"starts_on", "ends_on", "due_on", "library_until", "term_ends_on", "expires_on", "managed_until"}
)
"""Days that may lie ahead; all others say when something happened."""


def check_past(record: str, field: str, value: Any, today: date) -> None:
    """Raise Refused for a day to come, as plain JSON, on which something is said to have happened."""
    about = load_vocabulary().records[record].fields[field]
    if about.type == DATE and field not in MAY_COME and value > today.isoformat():
        raise Refused(
            f"{about.title.zh}：{value} 还没有到，请改正。",
            f"{about.title.en}: {value} is yet to come; correct it.",
            field,
        )


def check_order(organisation_id: int, told: Mapping[tuple[str, str, str], Any]) -> None:
    """Raise Refused where a period that is said, with what stands already, would end before it begins.

    told: {(record, key, field): value as plain JSON}.
    """
    for record, key in {(record, key) for record, key, field in told if field in PERIODS.get(record, ())}:
        first, last = PERIODS[record]
        begins, ends = (
            told.get((record, key, name)) or _standing(organisation_id, record, key, name)
            for name in (first, last)
        )
        if begins and ends and ends < begins:
            fields = load_vocabulary().records[record].fields
            raise Refused(
                f"{fields[last].title.zh}（{ends}）早于{fields[first].title.zh}（{begins}）：请改正。",
                f"{fields[last].title.en} ({ends}) lies before {fields[first].title.en} ({begins}): correct them.",
                last if (record, key, last) in told else first,
            )


def _standing(organisation_id: int, record: str, key: str, field: str) -> str | None:
    """The day that the organisation has said already."""
    fact = Fact.objects.filter(
        organisation=organisation_id,
        record=record,
        key=key,
        field=field,
        source=Fact.Source.DECLARED,
        known_to__isnull=True,
    ).first()
    return fact.value if fact else None
