"""What tests of cases share."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kechuang.exchange.paper import pdf_of

_PDF: list[bytes] = []


@pytest.fixture
def pdf_upload() -> SimpleUploadedFile:
    """A small, real PDF."""
    if not _PDF:
        _PDF.append(pdf_of("<p>批复文件</p>"))
    return SimpleUploadedFile("批复文件.pdf", _PDF[0], "application/pdf")
