"""What reads drafts. A draft is open to whoever has its address; nothing lists drafts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from django.db.models.fields.json import KT
from django.http import Http404
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from kechuang.drafting.actions import content_of
from kechuang.drafting.files import measure_files
from kechuang.drafting.models import Draft, Effect, Text, Version

LOST_JOBS: Final = ("failed", "aborted", "cancelled")
Plain = dict[str, Any]


def draft_at(draft_id: str) -> Draft:
    """The draft at an address; 404 when there is none or its time is over."""
    found = Draft.objects.filter(pk=draft_id, expires_at__gt=timezone.now()).defer("found").first()
    if found is None:
        raise Http404
    return found


def version_of(draft: Draft, number: int | None = None) -> Version:
    """One version of a draft, the newest unless `number` says another; 404 when there is none."""
    found = Version.objects.filter(draft=draft, number=number or draft.current).first()
    if found is None:
        raise Http404
    return found


def versions(draft: Draft) -> list[Version]:
    """All versions, the newest first, each with the counts of its check (None when it has none)."""
    found = Version.objects.filter(draft=draft).order_by("-number").defer("files", "check_result")
    names = ("faults", "open", "passed", "failed", "few")
    return list(found.annotate(**{name: KT(f"check_result__{name}") for name in names}))


def text_of(version: Version, name: str) -> str:
    """The text of one file of a version; empty when it has none."""
    digest = version.files.get(name)
    found = Text.objects.filter(draft_id=version.draft_id, digest=digest).first() if digest else None
    return found.content if found else ""


def files_of(version: Version) -> dict[str, str]:
    """All files of a version."""
    return content_of(version)


@dataclass(frozen=True)
class MeasureRow:
    """One clause of the text and how far its encoding is; `state` is its part of the check, None when there is none."""

    key: str
    title: str
    heading: str
    file: str
    state: Plain | None

    @property
    def look(self) -> str:
        """In one word: absent, wrong, open, or well."""
        if self.state is None:
            return "absent"
        if self.state["faults"] or self.state["failed"]:
            return "wrong"
        return "open" if self.state["open"] or self.state["gaps"] or self.state["few"] else "well"


def measure_rows(version: Version) -> list[MeasureRow]:
    """Every clause in the order of the text, then files whose measure the text does not have."""
    keys = measure_keys(version)
    states: Plain = version.check_result.get("measures", {})
    document = version.check_result.get("document") or {"clauses": []}
    rows = [
        MeasureRow(
            one["key"],
            one["title"],
            one["heading"],
            keys.get(one["key"], ""),
            states.get(keys.get(one["key"], "")),
        )
        for one in document["clauses"]
    ]
    known = {row.key for row in rows}
    rows += [
        MeasureRow(key, "", "", file, states.get(file)) for key, file in keys.items() if key not in known
    ]
    return rows


def measure_keys(version: Version) -> dict[str, str]:
    """The file of each measure by its key; read from the texts when the version could not be checked."""
    known = version.check_result.get("keys")
    return known if known is not None else measure_files(content_of(version))


def clause_titles(version: Version) -> dict[str, str]:
    """The title of every clause by its key."""
    document = version.check_result.get("document") or {"clauses": []}
    return {one["key"]: one["title"] for one in document["clauses"]}


def effects(draft: Draft) -> list[Effect]:
    """What has been asked for so far, the newest first, without the results."""
    return list(Effect.objects.filter(draft=draft).order_by("-id").defer("result"))


def effect_at(draft: Draft, number: int) -> Effect:
    """One effect of a draft; 404 when there is none. One whose job was given up has failed."""
    found = Effect.objects.filter(draft=draft, pk=number).first()
    if found is None:
        raise Http404
    open_states = {Effect.State.WAITING, Effect.State.WORKING}
    if (
        found.state in open_states
        and ProcrastinateJob.objects.filter(pk=found.job, status__in=LOST_JOBS).exists()
    ):
        zh, en = "测算中断，请重新测算", "the work was interrupted; ask again"
        found.state, found.problem = Effect.State.FAILED, {"zh": zh, "en": en}
        found.save(update_fields=["state", "problem"])
    return found


def first_lines(version: Version, key: str) -> str:
    """What the file of a clause begins with: its number, title and the departments that the text names."""
    clauses = (version.check_result.get("document") or {"clauses": []})["clauses"]
    clause = next((one for one in clauses if one["key"] == key), None)
    if clause is None:
        raise Http404
    title, departments = clause["title"], clause["departments"]
    lines = [f"measure: {key}", f"title: {json.dumps({'zh': title, 'en': title}, ensure_ascii=False)}"]
    lines.append(f"departments: {json.dumps(departments, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
