"""Evidence is handed out as a file to keep, never as a page to look at."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.registry import files, queries
from kechuang.registry.models import Evidence


@require_safe
@as_role()
def download(request: HttpRequest, number: int) -> HttpResponseBase:
    """One file, to those who may see it, once the scanner has said that it is clean."""
    return handed_out(queries.evidence_at(number, acting(request)))


def handed_out(evidence: Evidence) -> FileResponse:
    """The answer with a file: to be saved, not sniffed, and without rights should a browser open it after all."""
    file = files.path_of(evidence.hash).open("rb")
    response = FileResponse(
        file, as_attachment=True, filename=evidence.name, content_type=evidence.media_type
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
