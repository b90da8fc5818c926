"""What happens to every request: it is logged, speaks a language, is not too large, is text, gets strict headers."""

from __future__ import annotations

import contextlib
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import translation
from django.utils.translation import gettext as _

from kechuang.reader.answers import language_of
from kechuang.reader.problems import NUL_SAID, ProblemError, problem_response
from kechuang.web.api_requests import UPLOADS, is_api
from kechuang.web.views import problem

Handler = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger("kechuang.web")

# Nothing runs and nothing loads but what this site serves as a file: no inline script or style, no eval, no other host.
# Pictures may be data: because Tabler draws its arrows and ticks so.
_PROVIDER = (
    f" {settings.OIDC_ISSUER}" if settings.OIDC_ISSUER else ""
)  # where the button of OpenID Connect leads
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    f"connect-src 'self'; manifest-src 'self'; form-action 'self'{_PROVIDER}; "
    "base-uri 'none'; frame-ancestors 'none'"
)
REQUEST_NUMBER = re.compile(r"[0-9A-Za-z_-]{8,64}")
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def number_requests(handle: Handler) -> Handler:
    """Give every request a number that its answer, its error page and every line of the log meanwhile carry.

    A proxy in front may have given one; from anybody else, or in another form, it is not taken over.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "") if settings.PROXIES else ""
        number = given if REQUEST_NUMBER.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=number)
        response = handle(request)
        response.headers["X-Request-ID"] = number
        return response

    return middleware


def log_requests(handle: Handler) -> Handler:
    """One line a request; addresses only, no contents."""

    def middleware(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = handle(request)
        milliseconds = round((time.perf_counter() - begun) * 1000, 1)
        log.info(
            "answered", method=request.method, path=request.path, status=response.status_code, ms=milliseconds
        )
        return response

    return middleware


def set_headers(handle: Handler) -> Handler:
    """Headers of every page beyond those of Django's SecurityMiddleware; a view may set its own first."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = handle(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def set_language(handle: Handler) -> Handler:
    """Chinese unless the visitor chose English; what the browser prefers is not asked."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = handle(request)
            response.headers.setdefault("Content-Language", language)
        return response

    return middleware


def refuse_large_bodies(handle: Handler) -> Handler:
    """Refuse a body past settings.UPLOAD_LIMIT, or of unknown length, before any of it is read.

    The web server closes the connection then (kechuang.web.gunicorn), so what is on its way is never taken in.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            text = _("请用浏览器上传，或在请求中给出 Content-Length。")
            return problem(request, 411, _("请求没有说明大小"), text)
        if _length(request) > settings.UPLOAD_LIMIT:
            most = settings.UPLOAD_LIMIT // 1024**2
            text = _("文件不得超过 %(most)s MB。请删去不需要的工作表，或分成几个文件上传。") % {"most": most}
            return problem(request, 413, _("文件太大"), text)
        return handle(request)

    return middleware


def _length(request: HttpRequest) -> int:
    """Bytes of the body; the web server has already refused what is not a number."""
    return int(request.META.get("CONTENT_LENGTH") or 0)


def refuse_nul(handle: Handler) -> Handler:
    """Refuse the character NUL, which PostgreSQL cannot keep, in the address, in cookies and in the fields of a form.

    Files may hold it and are not looked into; what a body of JSON says is looked through where it is read.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not _has_nul(request):
            return handle(request)
        if is_api(request.path):
            return problem_response(ProblemError("bad-request", NUL_SAID), language_of(request))
        return problem(request, 400, _("请求无法识别"), _("网址或表单中有空字符（NUL）。请删去后重试。"))

    return middleware


def _has_nul(request: HttpRequest) -> bool:
    """Whether the character stands in what a view would read as text; a form that breaks off has no fields."""
    said, named = [request.path_info, *request.COOKIES.values()], [request.GET]
    if not is_api(request.path) or request.path in UPLOADS:
        with contextlib.suppress(UnreadablePostError):
            named.append(request.POST)
    for names in named:
        said += [text for name, values in names.lists() for text in (name, *values)]
    return any("\0" in text for text in said)
