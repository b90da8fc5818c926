"""What every request under /api/ meets: limits, language, readable by programs of every origin, problems as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

from kechuang.exchange.intake import shown
from kechuang.policy.language.values import Words
from kechuang.reader.answers import language_of
from kechuang.reader.problems import BY_STATUS, MEDIA_TYPE, Flaw, ProblemError, problem_response
from kechuang.web.limits import Buckets, client_address

Handler = Callable[[HttpRequest], HttpResponse]
PAGES: Final = "/api/problems/"  # beside /api/ itself: pages for people
METHODS: Final = "GET, HEAD, POST, PUT, OPTIONS"
UPLOADS: Final = frozenset({"/api/organisation/evidence", "/api/finance/filings", "/api/registry/lists"})
"""Addresses that take files, and so bodies as large as the site takes."""
COST_BYTES: Final = 16_384  # a body of so many bytes counts as one request more
ERROR: Final = 400
SERVER_ERROR: Final = 500
_KEPT_HEADERS: Final = ("Allow", "Retry-After", "Connection")
_LANGUAGES: Final = Words("zh 或 en", "zh or en")
_CORRECT: Final = Words("请改正后重新提交", "correct it and send it again")


def is_api(path: str) -> bool:
    """Whether a program asks at this address, and not a person who reads about the API."""
    return path.startswith("/api/") and path != "/api/" and not path.startswith(PAGES)


def serve_programs(handle: Handler) -> Handler:
    """Guard the API and dress its answers; all other addresses pass untouched."""
    buckets = Buckets(settings.API_RATE, settings.API_BURST) if settings.API_RATE else None
    compress = GZipMiddleware(handle).process_response

    def middleware(request: HttpRequest) -> HttpResponse:
        if not is_api(request.path):
            return handle(request)
        response = _guarded(request, handle, buckets)
        if response.status_code >= ERROR and not response.headers.get("Content-Type", "").startswith(
            MEDIA_TYPE
        ):
            response = _as_problem(response, language_of(request))
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = (
            "ETag, Retry-After, Content-Language, X-Request-ID"
        )
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers.setdefault("Content-Language", "en" if language_of(request) == "en" else "zh-CN")
        patch_vary_headers(response, ["Accept-Language"])
        return cast("HttpResponse", compress(request, response))

    return middleware


def _guarded(request: HttpRequest, handle: Handler, buckets: Buckets | None) -> HttpResponse:
    """The answer, or what stands in its way."""
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        return _preflight()
    refused = _refused(request, buckets)
    if refused is not None:
        return problem_response(refused, language_of(request))
    asked, request.method = request.method, "GET" if request.method == "HEAD" else request.method
    response = handle(request)
    request.method = asked
    return response


def _preflight() -> HttpResponse:
    """A browser asks whether a page of another origin may ask us: it may, as there are no accounts and no cookies."""
    allowed = {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept-Language, If-None-Match, Idempotency-Key",
        "Access-Control-Max-Age": "86400",
    }
    return HttpResponse(status=204, headers=allowed)


def _refused(request: HttpRequest, buckets: Buckets | None) -> ProblemError | None:
    """Too often, too large, or in a language that we do not speak."""
    written = request.META.get("CONTENT_LENGTH") or "0"
    length = int(written) if written.isdecimal() else 0
    if buckets is not None:
        remote, forwarded = request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
        address = client_address(remote, forwarded, settings.PROXIES)
        wait = buckets.wait(address, 1 + min(length, settings.API_BODY) // COST_BYTES)
        if wait:
            return ProblemError("too-many-requests", headers={"Retry-After": str(int(wait) + 1)})
    most = settings.UPLOAD_LIMIT if request.path in UPLOADS else settings.API_BODY
    if length > most:
        most //= 1024
        words = Words(
            f"正文不得超过 {most:,} KB。请分成几次；成千上万户请用 kechuang assess 或网站上传。",
            f"A body has at most {most:,} KB. Split it; for thousands of cases use `kechuang assess` or an upload.",
        )
        return ProblemError("too-large", words)
    language = request.GET.get("language")
    if language not in {None, "zh", "en"}:
        flaw = Flaw("query", "/language", shown(language), _LANGUAGES, _CORRECT)
        return ProblemError("invalid-request", flaws=[flaw])
    return None


def _as_problem(response: HttpResponse, language: str) -> HttpResponse:
    """An error that was meant for a person, as data."""
    other = "bad-request" if response.status_code < SERVER_ERROR else "internal-error"
    kind = BY_STATUS.get(response.status_code, other)
    kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    if "Allow" in kept and "GET" in kept["Allow"]:
        kept["Allow"] = "GET, HEAD, OPTIONS"
    return problem_response(ProblemError(kind, headers=kept), language)
