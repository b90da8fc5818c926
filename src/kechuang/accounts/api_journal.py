"""The API of the journal: who did what when, for auditors and operators within a staff session."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from django.http import FileResponse, HttpRequest
from django.utils.timezone import localtime
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from kechuang.accounts import journal_files, queries
from kechuang.accounts.calling import MOST, Page, acting, told_file
from kechuang.accounts.roles import Role
from kechuang.accounts.tokens import bearer
from kechuang.journal import clock
from kechuang.journal.kinds import title_of
from kechuang.journal.models import Event
from kechuang.journal.queries import Filters
from kechuang.reader.answers import Day
from kechuang.reader.api_shapes import Said, Shape
from kechuang.reader.told import told

router = Router(tags=["journal"], auth=bearer)
READERS: Final = (Role.AUDITOR, Role.OPERATOR)
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class EventsChosen(BaseModel):
    """What narrows the events; what is left out does not."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=64, description="种类的开头 · beginning of the kind")] = ""
    subject: Annotated[str, Field(max_length=64, description="对象，如 case:17 · what it was done to")] = ""
    who: Annotated[str, Field(max_length=100, description="经办人的一部分 · part of who did it")] = ""
    since: Day | None = Field(None, description="自此日 · from this day")
    until: Day | None = Field(None, description="至此日 · up to this day")

    @property
    def filters(self) -> Filters:
        """The same as the journal takes it."""
        return Filters(**{name: value for name, value in self.model_dump().items() if value})


class ToldEvent(Shape):
    """An act, with the hash that chains it to the one before."""

    number: int
    at: datetime
    actor: str = Field(description="姓名、单位和身份，如当时 · name, organisation and role as they stood")
    kind: str
    title: Said
    subject: str
    organisation: int | None
    data: dict[str, Any]
    previous: str
    hash: str


class ToldEvents(Shape):
    """A page of events, and how many fit."""

    count: int
    events: list[ToldEvent]


@router.get(
    "/events",
    response=ToldEvents,
    **told("events", "留痕一览", "Events", "符合条件的事件，新的在前，每页至多 100 件；须在工作时段内。"),
)
def events(request: HttpRequest, chosen: Query[EventsChosen], page: Page = 1) -> dict[str, Any]:
    """Events that fit, the newest first, 100 a page. The token of an auditor or operator within a staff session."""
    found = queries.events_seen_by(acting(request, *READERS), chosen.filters)
    start = (page - 1) * MOST
    return {"count": found.count(), "events": [_event(one) for one in found[start : start + MOST]]}


@router.get(
    "/events.xlsx",
    **told_file(
        "eventsWorkbook",
        "留痕工作簿",
        "The journal as a workbook",
        "符合条件的事件，至多 10 万件；谁取走了会留痕。",
        XLSX,
    ),
)
def events_workbook(request: HttpRequest, chosen: Query[EventsChosen]) -> FileResponse:
    """The events that fit as a workbook, 100,000 at most; who took it is an event itself."""
    return _file(request, chosen, "xlsx", XLSX)


@router.get(
    "/events.jsonl",
    **told_file(
        "eventsFile",
        "留痕文件",
        "The journal as lines of JSON",
        "每行一件，含校验值所覆盖的全部内容；谁取走了会留痕。",
        "application/jsonl",
    ),
)
def events_file(request: HttpRequest, chosen: Query[EventsChosen]) -> FileResponse:
    """One event a line with everything that its hash covers, 100,000 at most; who took it is an event itself."""
    return _file(request, chosen, "jsonl", "application/jsonl")


def _file(request: HttpRequest, chosen: EventsChosen, form: str, media_type: str) -> FileResponse:
    at = clock.now()
    file = journal_files.taken_by(acting(request, *READERS), chosen.filters, form, at)
    name = f"kechuang-journal-{localtime(at):%Y%m%d-%H%M}.{form}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=media_type)


def _event(one: Event) -> dict[str, Any]:
    title = title_of(one.kind)
    names = ("number", "at", "actor", "kind", "subject", "data", "previous", "hash")
    return {
        **{name: getattr(one, name) for name in names},
        "title": {"zh": title.zh, "en": title.en},
        "organisation": one.organisation_id,
    }
