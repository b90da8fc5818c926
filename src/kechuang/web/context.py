"""What every template may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

THEMES: Final = {"auto": _("跟随系统"), "light": _("浅色"), "dark": _("深色")}
TEXT_SIZES: Final = {"normal": _("常规"), "large": _("大"), "largest": _("特大")}


@dataclass(frozen=True)
class Door:
    """A way into the house: the room of the code, the name of its first page, what it is called and what it is for."""

    room: str
    first: str
    label: StrPromise
    says: StrPromise


ASK: Final = Door("interview", "ask", _("问一问"), _("回答几个问题，就知道能享受什么、最高多少、还差什么。"))
DOORS: Final = (
    Door(
        "reader",
        "policy",
        _("读政策"),
        _("逐句读原文。点任何一个数字或条件，看它怎样计算、由谁确定、有没有别的读法。"),
    ),
    ASK,
    Door("entitlements", "upload", _("批量测算"), _("上传一张表，逐家逐项测算，理由写明，结果可下载。")),
    Door("insight", "simulate", _("推演"), _("改一个数，看全市多花多少、谁增谁减；给定预算，反求比例。")),
    Door("drafting", "draft-start", _("起草"), _("把下一年的文稿读成可运行的政策，边写、边查、边算。")),
    Door("api_pages", "api", _("接口"), _("供程序调用：政策、测算、问答、解释、推演。")),
)


def limits(_request: HttpRequest) -> dict[str, int]:
    """`upload_limit`: largest upload in bytes; `upload_limit_mb`: the same in megabytes."""
    return {"upload_limit": settings.UPLOAD_LIMIT, "upload_limit_mb": settings.UPLOAD_LIMIT // 1024**2}


def frame(request: HttpRequest) -> dict[str, object]:
    """`doors` of the navigation, the `room` that the page belongs to, and how the visitor wants pages to look."""
    return {
        "doors": DOORS,
        "room": SimpleLazyObject(lambda: _room(request)),
        "themes": THEMES,
        "text_sizes": TEXT_SIZES,
        "theme": _chosen(request, "theme", THEMES),
        "demo": settings.DEMO,
        "text_size": _chosen(request, "text_size", TEXT_SIZES),
    }


def numbered(_request: HttpRequest) -> dict[str, str]:
    """`request_number`: what the log calls this request; an error page shows it."""
    return {"request_number": structlog.contextvars.get_contextvars().get("request", "")}


def _room(request: HttpRequest) -> str:
    """The room of the view that answers (of the house's own pages their module); empty where no view does."""
    match = request.resolver_match
    if match is None:
        return ""
    _, room, *module = match.func.__module__.split(".")
    return module[0] if room == "web" and module else room


def _chosen(request: HttpRequest, name: str, known: Mapping[str, object]) -> str:
    """The visitor's choice from a cookie; the first where there is none that we know."""
    value = request.COOKIES.get(name, "")
    return value if value in known else next(iter(known))
