"""What every template may use."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from kechuang.web.masthead import TEXT_SIZES, THEMES, masthead


def limits(_request: HttpRequest) -> dict[str, int]:
    """`upload_limit`: largest upload in bytes; `upload_limit_mb`: the same in megabytes."""
    return {"upload_limit": settings.UPLOAD_LIMIT, "upload_limit_mb": settings.UPLOAD_LIMIT // 1024**2}


def frame(request: HttpRequest) -> dict[str, object]:
    """`masthead`, the head of the page, and how the visitor wants pages to look."""
    theme, text_size = _chosen(request, "theme", THEMES), _chosen(request, "text_size", TEXT_SIZES)
    return {
        "masthead": SimpleLazyObject(lambda: masthead(request, (theme, text_size))),
        "theme": theme,
        "text_size": text_size,
        "demo": settings.DEMO,
    }


def numbered(_request: HttpRequest) -> dict[str, str]:
    """`request_number`: what the log calls this request; an error page shows it."""
    return {"request_number": structlog.contextvars.get_contextvars().get("request", "")}


def _chosen(request: HttpRequest, name: str, known: Mapping[str, object]) -> str:
    """The visitor's choice from a cookie; the first where there is none that we know."""
    value = request.COOKIES.get(name, "")
    return value if value in known else next(iter(known))
