"""The kinds of filing as data (kinds.yaml): columns, who files them, what must stand before, which benefits judge."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from kechuang.policy.language.values import Value, Words
from kechuang.policy.language.vocabulary import Field, RecordKind, load_vocabulary
from kechuang.registry import keys

SIGN: Final = "/"
"""Between the filer's code and its own number: "9137…X/HT-2025-1"."""
WRITTEN: Final = "written"
"""Of a line whose number was written otherwise than it is compared: the number as written, for showing."""


FACTS: Final = frozenset({"loans", "interests", "covers", "claims", "losses"})
"""Records each line of which states facts of its own; of balances the sum over all banks is the fact."""


@dataclass(frozen=True, slots=True)
class FilingKind:
    """One kind of filing. record: of the vocabulary; sheet: the columns, some of the filer's book alone."""

    name: str
    title: Words
    note: Words
    by: tuple[str, ...]
    record: str
    sheet: RecordKind
    needs: tuple[str, ...]
    fills: tuple[str, ...]
    of: str
    judged: Mapping[str, tuple[str, ...]]

    @property
    def is_fact(self) -> bool:
        """Whether each line states facts of its own (balances are added up over all banks first)."""
        return self.record in FACTS

    @property
    def list_record(self) -> str:
        """What the registry's list is called: a record of the vocabulary only where its lines are facts."""
        return self.record if self.is_fact else f"filed_{self.record}"

    @property
    def whole(self) -> tuple[str, ...]:
        """The fields without which a line is no whole record; none where a line only adds to a record (repayments)."""
        return () if self.of == self.record else self.needs

    def key_of(self, _record: str, values: Mapping[str, Value]) -> str:
        """The key of a line's record; raises Refused where its parts are unknown."""
        return keys.key_of(self.record, values)


@cache
def filing_kinds() -> Mapping[str, FilingKind]:
    """All kinds by name, in the order of the file."""
    text = (files("kechuang.finance.filing") / "kinds.yaml").read_text(encoding="utf-8")
    return {name: _kind(name, given) for name, given in yaml.safe_load(text).items()}


def kinds_for(organisation_kind: str) -> list[FilingKind]:
    """What an organisation of this kind files; nothing unless it is a bank or an insurer."""
    return [kind for kind in filing_kinds().values() if organisation_kind in kind.by]


def with_code(code: str, number: str) -> str:
    """A filer's own number as the registry knows it: however it is written, one loan has one."""
    return f"{code}{SIGN}{plain_number(number)}"


def plain_number(number: str) -> str:
    """A number without differences that mean nothing: full width, case, kind of dash, blanks. "ＺＹ—1 " is "ZY-1"."""
    plain = unicodedata.normalize("NFKC", number).upper()
    return _DASHES.sub("-", "".join(plain.split()))


_DASHES: Final = re.compile("[-\u2010-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]+")


def without_code(number: str) -> str:
    """The filer's own number."""
    return number.partition(SIGN)[2] or number


def number_of(values: Mapping[str, Any]) -> str:
    """The number of a filed line as its filer wrote it."""
    return str(values.get(WRITTEN) or without_code(str(values.get("number", ""))))


def _kind(name: str, given: Mapping[str, Any]) -> FilingKind:
    title, note = Words(**given["title"]), Words(**given["note"])
    shared = load_vocabulary().records[given["record"]]
    fields: dict[str, Field] = {one: shared.fields[one] for one in given["fields"]}
    fields |= {
        one: Field(one, said["type"], Words(**said["title"]), None, None)
        for one, said in given.get("more", {}).items()
    }
    sheet = replace(shared, title=title, note=note, fields=fields)
    judged = {one: tuple(benefits) for one, benefits in given.get("judged", {}).items()}
    return FilingKind(
        name,
        title,
        note,
        tuple(given["by"]),
        given["record"],
        sheet,
        tuple(given["needs"]),
        tuple(given.get("fills", ())),
        given.get("of", ""),
        judged,
    )
