"""The API of messages: what the token's person was told in the token's capacity, and that it was read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import Field

from kechuang.accounts import queries
from kechuang.accounts.calling import LARGEST, MOST, Given, Id, Page, acting
from kechuang.accounts.tokens import bearer
from kechuang.journal import actions, clock
from kechuang.journal.models import Message
from kechuang.reader.api_shapes import Said, Shape
from kechuang.reader.told import told

router = Router(tags=["messages"], auth=bearer)


class ReadMessages(Given):
    """Messages that were read; none named: all."""

    messages: list[Annotated[int, Field(ge=1, le=LARGEST)]] = Field(default=[], max_length=1000)


class ToldMessage(Shape):
    """A message; `link` leads to the page that it is about."""

    id: int
    kind: str = Field(description="事件的种类 · kind of the event")
    event: int | None = Field(description="事件的编号 · number of the event")
    subject: str
    title: Said
    body: Said
    link: str
    released_at: datetime | None
    read_at: datetime | None


class ToldMessages(Shape):
    """A page of messages, how many there are, and how many are unread."""

    count: int
    unread: int
    messages: list[ToldMessage]


class Unread(Shape):
    """How many messages are unread now."""

    unread: int


@router.get(
    "",
    response=ToldMessages,
    **told("messages", "消息一览", "Messages", "令牌所代表的身份收到的消息，新的在前，每页至多 100 条。"),
)
def messages(
    request: HttpRequest,
    page: Page = 1,
    unread: Annotated[bool, Query(description="只要未读的 · only unread ones")] = False,  # noqa: FBT002 - a query
) -> dict[str, Any]:
    """What the token's person was told in its capacity, the newest first, 100 a page; reading here marks nothing."""
    everything = queries.messages_of(acting(request))
    new = everything.filter(read_at__isnull=True)
    found, start = new if unread else everything, (page - 1) * MOST
    return {
        "count": found.count(),
        "unread": new.count(),
        "messages": [_message(one) for one in found[start : start + MOST]],
    }


@router.post(
    "/read",
    response=Unread,
    **told(
        "readMessages",
        "标为已读",
        "Mark messages as read",
        "把所列的消息标为已读；不列即全部。别人的消息不动。",
        {"messages": [1]},
    ),
)
def read(request: HttpRequest, given: ReadMessages) -> dict[str, int]:
    """Mark messages of the token's capacity as read, all of them where none is named."""
    own = queries.messages_of(acting(request))
    chosen = own.filter(pk__in=given.messages) if given.messages else own
    numbers = chosen.filter(read_at__isnull=True).values_list("pk", flat=True)
    actions.mark_read(numbers, reader=acting(request).user_id, at=clock.now())
    return {"unread": own.filter(read_at__isnull=True).count()}


@router.get(
    "/{number}", response=ToldMessage, **told("message", "一条消息", "A message", "一条消息；读取不算已读。")
)
def message(request: HttpRequest, number: Id) -> dict[str, Any]:
    """One message; it is marked as read by `readMessages` alone."""
    found = queries.messages_of(acting(request)).filter(pk=number).first()
    if found is None:
        raise Http404
    return _message(found)


def _message(one: Message) -> dict[str, Any]:
    names = ("kind", "event", "subject", "title", "body", "link", "released_at", "read_at")
    return {"id": one.pk, **{name: getattr(one, name) for name in names}}
