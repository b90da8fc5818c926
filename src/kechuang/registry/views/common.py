"""What all pages of this room share: pages of a list, downloads, who acts, how a refusal is shown."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import IO, Final

from django.http import FileResponse

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attached(write: Callable[[IO[bytes]], None], name: str) -> FileResponse:
    """A workbook to take away, written by `write`."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    write(file)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
