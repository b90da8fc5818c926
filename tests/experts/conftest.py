"""What o'clock it is in stories about pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.utils import timezone


@pytest.fixture
def clock_at(monkeypatch) -> Callable[[datetime], None]:
    """Sets the machine's clock; at first it is the hour of all stories."""

    def set_to(at: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: at)

    set_to(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    return set_to
