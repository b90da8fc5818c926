"""What offices and enterprises read beside cases and money: messages, disputed facts, a sweep of the whole city."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

MESSAGES = 5_000  # to one officer
DISPUTES = 500


def tell(officer: Any, at: datetime) -> None:
    """Messages to an officer, half of them read."""
    from kechuang.journal.models import Message

    Message.objects.bulk_create(
        (
            Message(
                recipient_id=officer.user_id, membership_id=officer.pk, kind="case.submitted", subject=f"case:{place}",
                title={"zh": f"申报件 {place} 已提交", "en": f"Case {place} was submitted"},
                body={"zh": "请在期限内受理。", "en": "Please accept it in time."}, link="/tasks/",
                created_at=at, released_at=at, read_at=at if place % 2 else None,
            )
            for place in range(MESSAGES)
        ),
        batch_size=1_000,
    )  # fmt: skip


def dispute(manager: Any, at: datetime) -> None:
    """Facts of the list of what was spent on research that the organisations say are wrong."""
    from kechuang.registry.models import Correction, Fact

    facts = Fact.objects.filter(record="years", field="rd_spend", known_to=None).order_by("pk")[:DISPUTES]
    due = datetime.now(UTC).date() + timedelta(days=10)
    Correction.objects.bulk_create(
        Correction(fact=fact, organisation_id=fact.organisation_id, proposed=1_000_000, ground="数字有误",
                   raised_by=manager, raised_at=at, due_on=due)
        for fact in facts
    )  # fmt: skip


def sweep(officer: Any, at: datetime) -> int:
    """Who gets something by one benefit, of the whole city; the number of the sweep."""
    from kechuang.entitlements import sweeping

    found = sweeping.start("9.rd_growth", on=at.date(), year=at.year - 1, actor=officer, at=at)
    sweeping.carry_out(found.pk, lambda: at)
    return int(found.pk)
