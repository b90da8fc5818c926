"""What the pages of the offices share: who acts, pages of lists, files, the words for days left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from kechuang.accounts.roles import DEPARTMENT, FINANCE, READERS, Role
from kechuang.fulfilment.office_export import MEDIA

WORKERS: Final = (Role.DISTRICT, Role.OFFICER, Role.DECIDER, Role.REVIEWER)
"""Who has acts of their own to do."""
OFFICES: Final = (*WORKERS, *sorted(READERS), *sorted(FINANCE))
"""Who may list cases of others."""
CALL_OFFICE: Final = tuple(sorted(DEPARTMENT))
"""Who may write and publish calls."""


def file(data: bytes, form: str, name: str) -> HttpResponse:
    """A file to keep. form: xlsx, csv, json, pdf or zip."""
    response = HttpResponse(data, content_type=MEDIA[form])
    response.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=form != "pdf", filename=f"{name}.{form}") or ""
    )
    return response


def picked(request: HttpRequest, names: Sequence[str]) -> dict[str, str]:
    """What the address says of these filters."""
    return {name: request.GET.get(name, "").strip()[:100] for name in names}
