"""What every template may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from kechuang.web.doors import navigation

THEMES: Final = {"auto": _("跟随系统"), "light": _("浅色"), "dark": _("深色")}
TEXT_SIZES: Final = {"normal": _("常规"), "large": _("大"), "largest": _("特大")}


def limits(_request: HttpRequest) -> dict[str, int]:
    """`upload_limit`: largest upload in bytes; `upload_limit_mb`: the same in megabytes."""
    return {"upload_limit": settings.UPLOAD_LIMIT, "upload_limit_mb": settings.UPLOAD_LIMIT // 1024**2}


def frame(request: HttpRequest) -> dict[str, object]:
    """`navigation`, the doors of the house, and how the visitor wants pages to look."""
    return {
        "navigation": SimpleLazyObject(
            lambda: navigation(request, getattr(request, "membership", None) or None)
        ),
        "themes": THEMES,
        "text_sizes": TEXT_SIZES,
        "theme": _chosen(request, "theme", THEMES),
        "demo": settings.DEMO,
        "text_size": _chosen(request, "text_size", TEXT_SIZES),
    }


def numbered(_request: HttpRequest) -> dict[str, str]:
    """`request_number`: what the log calls this request; an error page shows it."""
    return {"request_number": structlog.contextvars.get_contextvars().get("request", "")}


def _chosen(request: HttpRequest, name: str, known: Mapping[str, object]) -> str:
    """The visitor's choice from a cookie; the first where there is none that we know."""
    value = request.COOKIES.get(name, "")
    return value if value in known else next(iter(known))
