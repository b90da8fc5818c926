"""What operations of the API share that a token opens: for whom they act, bodies, files as answers."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest
from django.utils.translation import override
from ninja import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from kechuang.accounts.acting import acting as acting_as
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import Role
from kechuang.reader.answers import language_of
from kechuang.reader.problems import ProblemError
from kechuang.reader.told import told

LARGEST: Final = 2**63 - 1  # number of a row
MOST: Final = 100  # rows of a page
Id = Annotated[int, Path(ge=1, le=LARGEST, description="编号 · number", examples=[1])]
Page = Annotated[int, Query(ge=1, le=100_000, description="第几页 · which page")]
Number = Annotated[int, Field(ge=1, le=LARGEST, examples=[1])]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Line = Annotated[str, Field(min_length=1, max_length=200)]


class Given(BaseModel):
    """A body: it has these members and no others."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Sure(Given):
    """An act that needs no more than that one means it."""

    sure: Literal[True] = Field(description="确认办理 · that this is meant")


class Because(Given):
    """An act that needs a reason."""

    reason: Text = Field(description="理由 · why")


SURE: Final = {"sure": True}
BECAUSE: Final = {"reason": "材料有误，重新办理。"}


def acting(request: HttpRequest, *roles: Role) -> Membership:
    """Whom the token acts for; for other roles than these there is no such address."""
    membership = acting_as(request)
    if roles and membership.role not in roles:
        raise ProblemError("not-found")
    return membership


def speaking(request: HttpRequest) -> override:
    """A context in which texts of pages and files come in the language that the request asks for."""
    return override("zh-hans" if language_of(request) == "zh" else "en")


def told_file(operation_id: str, zh: str, en: str, text_zh: str, media_type: str) -> dict[str, Any]:
    """As `told`, of an operation that answers with a file."""
    said = told(operation_id, zh, en, text_zh)
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    said["openapi_extra"]["responses"] = {200: {"description": f"{zh} · {en}", "content": content}}
    return said
