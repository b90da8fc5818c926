"""What the API of this room takes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field

from kechuang.accounts.calling import Given, Number, Text

Day = Annotated[date, Field(strict=False)]
EMAIL: Final = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


class NewExpert(Given):
    """An expert to be entered; the ID number is hashed and forgotten."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    id_number: Annotated[str, Field(min_length=6, max_length=32)]
    born: Day
    title: Annotated[str, Field(max_length=32, description="entry.yaml 的代码 · a code of entry.yaml")]
    fields: Annotated[
        list[str], Field(max_length=20, description="fields.yaml 的代码 · codes of fields.yaml")
    ]
    email: Annotated[str, Field(max_length=254, pattern=EMAIL)]
    orcid: Annotated[str, Field(max_length=40)] = ""
    exception: Annotated[str, Field(max_length=500)] = ""


class Checked(Given):
    """The integrity file was looked at, and what it holds."""

    no_record: bool = Field(description="没有失信记录 · the integrity file holds nothing")
    note: Annotated[str, Field(max_length=500)] = ""


class Merged(Given):
    """Into which entry, and why they are one person."""

    into: Annotated[int, Field(ge=1, le=2**63 - 1)]
    reason: Text


class NewTie(Given):
    """What ties a person to an organisation (by its code) or to another expert (by number)."""

    kind: Annotated[str, Field(max_length=32, description="grounds.yaml 的代码 · a code of grounds.yaml")]
    organisation: Annotated[str, Field(max_length=32, description="统一社会信用代码 · its code")] = ""
    other: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    began_on: Day | None = None
    ended_on: Day | None = None
    note: Annotated[str, Field(max_length=500)] = ""
    source: Annotated[str, Field(max_length=200, description="依据 · what it rests on")] = ""


class Days(Given):
    """Days, both included."""

    since: Day
    until: Day
    note: Annotated[str, Field(max_length=200)] = ""


class NewDraw(Given):
    """A draw to be prepared; with the number of a call, whoever is tied to an applicant is left out."""

    purpose: Annotated[str, Field(min_length=1, max_length=200)]
    call: Annotated[str, Field(max_length=32)] = ""
    seats: Annotated[int, Field(ge=1, le=99)]
    substitutes: Annotated[int, Field(ge=0, le=99)] = 0
    first_day: Day
    last_day: Day
    fields: Annotated[list[str], Field(max_length=20)] = Field(default_factory=list)


class Carried(Given):
    """The words of the witness, if there are any."""

    witness: Annotated[str, Field(max_length=200)] = ""


class Declined(Given):
    """Who of those drawn cannot come, and why."""

    place: Annotated[int, Field(ge=1, le=200)]
    reason: Text


class ProfileChange(Given):
    """What of an entry is changed, on the revision that was seen; what is left out stays."""

    revision: Annotated[int, Field(ge=0, description="所见的版本号 · the revision that was seen")]
    name: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    born: Day | None = None
    title: Annotated[str, Field(max_length=32)] | None = None
    fields: Annotated[list[str], Field(max_length=20)] | None = None
    email: Annotated[str, Field(max_length=254, pattern=EMAIL)] | None = None
    orcid: Annotated[str, Field(max_length=40)] | None = None
    exception: Annotated[str, Field(max_length=500)] | None = None


class FileNamed(Given):
    """A file that was kept before (keepEvidence)."""

    evidence: Number


class NewEmployment(Given):
    """Where an expert works or worked: the code of an organisation, or the name of one that is not registered."""

    organisation: Annotated[str, Field(max_length=32, description="统一社会信用代码 · its code")] = ""
    employer: Annotated[str, Field(max_length=200)] = ""
    began_on: Day | None = None
    ended_on: Day | None = None


class NewWork(Given):
    """A paper, patent or project, and who did it together: experts by number, organisations by their codes."""

    kind: Literal["paper", "patent", "project"]
    title: Annotated[str, Field(min_length=1, max_length=300)]
    identifier: Annotated[str, Field(min_length=1, max_length=100)]
    on: Day
    experts: list[Number] = Field(min_length=1, max_length=100)
    organisations: list[Annotated[str, Field(max_length=32)]] = Field(default_factory=list, max_length=100)
    source: Annotated[str, Field(min_length=1, max_length=200)]
