"""What OpenAPI says of an operation: its name, and in both languages what it does, with an example to send."""

from __future__ import annotations

from typing import Any, Final

CHINESE: Final = "x-zh"  # where the Chinese description waits until OpenAPI is put together


def told(operation_id: str, zh: str, en: str, text_zh: str, example: Any = None) -> dict[str, Any]:
    """The keywords of an operation: id, summary in both languages, Chinese description, an example of its body.

    Its English description is the docstring.
    """
    extra: dict[str, Any] = {CHINESE: text_zh}
    if example is not None:
        extra["requestBody"] = {"content": {"application/json": {"example": example}}}
    return {"operation_id": operation_id, "summary": f"{zh} · {en}", "openapi_extra": extra}
