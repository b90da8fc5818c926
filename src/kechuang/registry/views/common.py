"""What all pages of this room share: pages of a list, downloads, who acts, how a refusal is shown."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import IO, Any, Final

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest

from kechuang.journal.statements import Pages

ROWS: Final = 50  # of a table on one page
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def paged(request: HttpRequest, found: QuerySet[Any] | Pages, count: int | None = None) -> dict[str, Any]:
    """`page` of the list, and the page `numbers` to offer; `count` where the length is known already."""
    pages = Paginator(found, ROWS)  # type: ignore[arg-type] # Pages have no length but what is said
    if count is not None:
        pages.__dict__["count"] = count
    page = pages.get_page(request.GET.get("page"))
    return {
        "page": page,
        "numbers": list(pages.get_elided_page_range(page.number, on_each_side=2, on_ends=1)),
    }


def attached(write: Callable[[IO[bytes]], None], name: str) -> FileResponse:
    """A workbook to take away, written by `write`."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    write(file)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
