"""The declaration that an applicant makes, by lifecycle of the benefit (statements.yaml)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kechuang.fulfilment.assessing import benefit_of
from kechuang.fulfilment.models import Case
from kechuang.journal.actions import canonical
from kechuang.policy.language.values import Words


@dataclass(frozen=True)
class Clause:
    """One sentence that is ticked on its own."""

    key: str
    title: Words
    text: Words


def clauses_of(case: Case) -> list[Clause]:
    """The clauses of the declaration for this case's benefit, in order."""
    return clauses_for(benefit_of(case).lifecycle)


def clauses_for(lifecycle: str) -> list[Clause]:
    """The clauses that applications of a lifecycle declare, in order. Raises KeyError for one without any."""
    read = _read()
    return [
        Clause(key, Words(**read["clauses"][key]["title"]), Words(**read["clauses"][key]["text"]))
        for key in read["lifecycles"][lifecycle]
    ]


def hash_of(case: Case) -> str:
    """SHA-256 of the words that are agreed to: a case keeps it, so that nobody wonders later which text it was."""
    said = [[one.key, one.text.zh, one.text.en] for one in clauses_of(case)]
    return hashlib.sha256(canonical(said)).hexdigest()


@cache
def _read() -> dict[str, Any]:
    path = Path(__file__).with_name("statements.yaml")
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))
