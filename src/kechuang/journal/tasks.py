"""Background work of this room."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.task
def deliver_due() -> None:
    """Deliveries wait until the sender lands; nothing is marked sent meanwhile."""
