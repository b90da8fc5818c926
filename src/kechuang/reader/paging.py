"""Long lists, a page at a time: the one way in which every room shows them, by reader/_pages.html."""

from __future__ import annotations

from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest

ROWS: Final = 50  # of a table; fewer where each says a lot


def paged(request: HttpRequest, found: Any, count: int | None = None, rows: int = ROWS) -> dict[str, Any]:
    """`page` of a list by the number in the address, and the page `numbers` to offer.

    found: a query, a sequence or journal.statements.Pages. count: its length where that is known already.
    """
    pages = Paginator(found, rows)
    if count is not None:
        pages.__dict__["count"] = count
    page = pages.get_page(request.GET.get("page"))
    numbers = pages.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {"page": page, "numbers": list(numbers)}
