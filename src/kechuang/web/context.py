"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest


def limits(_request: HttpRequest) -> dict[str, int]:
    """`upload_limit`: largest upload in bytes; `upload_limit_mb`: the same in megabytes."""
    return {"upload_limit": settings.UPLOAD_LIMIT, "upload_limit_mb": settings.UPLOAD_LIMIT // 1024**2}
