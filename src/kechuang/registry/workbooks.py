"""An organisation's own facts as a workbook, out and in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.exchange.intake import Fault, Intake
from kechuang.exchange.reading import read_file
from kechuang.exchange.template import write_filled
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT, SUBJECT_KEY, RecordKind, load_vocabulary
from kechuang.registry import actions, keys, queries, showing
from kechuang.registry.actions.stating import IDENTITY_FIELDS
from kechuang.registry.assembly import case_of
from kechuang.registry.models import Fact
from kechuang.registry.values import plain_of

Place = tuple[str, str, str]


@dataclass
class Taken:
    """What became of a workbook: how many facts are new, which the city knows better, what was wrong."""

    stated: int = 0
    none: list[Words] = field(default_factory=list)
    better: list[Words] = field(default_factory=list)
    faults: Sequence[Fault] = ()


def write(target: IO[bytes], organisation: Organisation, at: datetime, language: str) -> None:
    """The workbook with what is known of the organisation."""
    write_filled(target, [case_of(organisation, at)], load_vocabulary(), language)


def take(path: Path, membership: Membership, at: datetime) -> Taken:
    """State the facts of a workbook; nothing is stated while a row has a fault.

    What a department has stated already is left as it is. Raises UnusableFileError for a file that cannot be read,
    Refused for one that speaks of another organisation.
    """
    intake = read_file(path, load_vocabulary())
    faults = [*intake.faults, *(fault for one in intake.refused for fault in one.faults)]
    if faults:
        return Taken(faults=faults)
    case = _own_case(intake, membership.organisation)
    known = _known_better(membership.organisation_id, at)
    taken, statements = Taken(), []
    for kind in load_vocabulary().records.values():
        for one in _statements(case, kind):
            place = (one.record, one.key, one.field)
            if place not in known:
                statements.append(one)
            elif known[place] != plain_of(one.value):
                taken.better.append(_better(kind, one))
    taken.stated = len(actions.state_many(membership.organisation, statements, actor=membership, at=at))
    _state_none(case, membership, at, taken)
    return taken


def _own_case(intake: Intake, organisation: Organisation) -> Mapping[str, Any]:
    cases = intake.as_cases()
    codes = [str(case.get(SUBJECT_KEY) or "") for case in cases]
    if codes != [organisation.uscc]:
        found = "、".join(codes[:3]) or "空"
        raise Refused(
            f"工作簿应只有本单位一行（代码 {organisation.uscc}），现为 {found}：请下载本单位的工作簿填写。",
            f"The workbook should hold your organisation alone ({organisation.uscc}), found {found}: "
            "download the workbook of your organisation and fill it in.",
            "file",
        )
    return cases[0]


def _statements(case: Mapping[str, Any], kind: RecordKind) -> list[actions.Statement]:
    if kind.name == SUBJECT:
        told = {name: case[name] for name in kind.fields if name in case and name not in IDENTITY_FIELDS}
        return [actions.Statement(SUBJECT, name, value) for name, value in told.items()]
    said = []
    for record in case.get(kind.name) or ():
        key = keys.key_of(kind.name, record)
        said += [actions.Statement(kind.name, name, value, key) for name, value in record.items()]
    return said


def _known_better(organisation_id: int, at: datetime) -> dict[Place, Any]:
    """What the city itself knows, by place: nobody need declare it, and a declaration would not count."""
    facts = queries.facts_known(organisation_id, at).exclude(source=Fact.Source.DECLARED)
    return {(fact.record, fact.key, fact.field): fact.value for fact in facts}


def _better(kind: RecordKind, one: actions.Statement) -> Words:
    title, record = kind.fields[one.field].title, showing.title_of(kind, one.key)
    return Words(f"{kind.title.zh} {record.zh}：{title.zh}", f"{kind.title.en} {record.en}: {title.en}")


def _state_none(case: Mapping[str, Any], membership: Membership, at: datetime, taken: Taken) -> None:
    """Sheets that say 无: kinds of which the organisation has none, unless some are on file."""
    known = set(queries.facts_known(membership.organisation_id, at).values_list("record", flat=True))
    for kind in load_vocabulary().related:
        if case.get(kind.name) == [] and kind.name not in known:
            actions.state_none(membership.organisation, kind.name, actor=membership, at=at)
            taken.none.append(kind.title)
