"""Rows of a list as pages show them: what each says, field by field, before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import RecordKind, load_vocabulary
from kechuang.registry.models import ListRow
from kechuang.registry.showing import said_of, title_of
from kechuang.registry.values import typed_of

ENDED = Words("不再有", "no longer there")


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of a row: before is None where lists said nothing; `filled`: by a rule, not by the list.

    corrected: what a department has corrected it to, where the row says otherwise; that stands unless `changed`.
    """

    title: Words
    before: Words | None
    after: Words
    changed: bool
    filled: bool
    corrected: Words | None = None


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row: whose record, which, and what it says."""

    row: ListRow
    record: Words
    fields: list[ShownField]

    @property
    def name(self) -> str:
        """The organisation's registered name, else the name as the list has it."""
        return self.row.organisation.name if self.row.organisation else self.row.name

    @property
    def other_name(self) -> str:
        """The name in the list, where it differs from the registered one."""
        known = self.row.organisation
        return self.row.name if known and self.row.name and self.row.name != known.name else ""


def shown_rows(rows: Iterable[ListRow], record: str) -> list[ShownRow]:
    """Rows with their words."""
    kind = load_vocabulary().records[record]
    return [
        ShownRow(row, title_of(kind, row.key) if row.key else Words("", ""), shown_fields(row, kind))
        for row in rows
    ]


def shown_fields(row: ListRow, kind: RecordKind) -> list[ShownField]:
    """What a row says, field by field, as far as the kind has the fields."""
    ended = row.change == ListRow.Change.ENDED
    changes = ended or row.change == ListRow.Change.CHANGED
    if ended and not row.after:
        return [
            ShownField(Words("记录", "record"), _said(kind, name, value), ENDED, changed=True, filled=False)
            for name, value in list(row.before.items())[:1]
        ]
    return [
        ShownField(
            kind.fields[name].title,
            _said(kind, name, row.before[name]) if name in row.before else None,
            _said(kind, name, value),
            changed=changes and (ended or name in row.before),
            filled=name in row.filled,
            corrected=_said(kind, name, row.corrected[name]) if name in row.corrected else None,
        )
        for name, value in row.after.items()
        if name in kind.fields
    ]


def _said(kind: RecordKind, name: str, plain: Any) -> Words:
    field = kind.fields[name]
    return said_of(field, typed_of(plain, field.type))
