"""What tests of cases share: a city, a real file, and what o'clock it is in stories about pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kechuang.exchange.paper import pdf_of

if TYPE_CHECKING:
    from fulfilment.city import City

_PDF: list[bytes] = []


@pytest.fixture
def city() -> City:
    """A city's offices, as most tests of cases want them."""
    from fulfilment.city import make_city  # the models are not there yet when pytest reads this file

    return make_city()


@pytest.fixture
def pdf_upload() -> SimpleUploadedFile:
    """A small, real PDF."""
    if not _PDF:
        _PDF.append(pdf_of("<p>批复文件</p>"))
    return SimpleUploadedFile("批复文件.pdf", _PDF[0], "application/pdf")


@pytest.fixture
def clock_at(monkeypatch) -> Callable[[datetime], None]:
    """Sets the machine's clock; at first it is the hour of all stories."""

    def set_to(at: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: at)

    set_to(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    return set_to
