"""The table of states and transitions, read once from transitions.yaml, and who is heard, from gates.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from kechuang.policy.language.values import Words

HERE: Final = Path(__file__).parent
CLOCK_ROLE: Final = "clock"


@dataclass(frozen=True, slots=True)
class State:
    """One state of a case: `stage` says in whose to-do list it stands, `ends` that nothing is due any more."""

    key: str
    title: Words
    stage: str
    ends: bool


@dataclass(frozen=True, slots=True)
class Transition:
    """One act: from which states it leads where, who may do it, what is checked, what happens, when the next is due.

    target: '' for an act that leaves the case in whichever of its states it is.
    """

    command: str
    title: Words
    sources: tuple[str, ...]
    target: str
    who: tuple[str, ...]
    guards: tuple[str, ...]
    needs: tuple[str, ...]
    effect: str
    days: int | None
    lifecycles: tuple[str, ...]
    basis: Words

    def leads_to(self, state: str) -> str:
        """The state of a case after the act, from the one that it is in."""
        return self.target or state


@dataclass(frozen=True, slots=True)
class Voice:
    """An office that is heard: the sections its opinion rests on; None: all of them."""

    key: str
    title: Words
    asks: Words | None
    rests_on: tuple[str, ...] | None


@cache
def states() -> Mapping[str, State]:
    """All states by key, in the order of a case's life."""
    return {
        key: State(key, Words(one["zh"], one["en"]), one.get("stage", ""), one.get("ends", False))
        for key, one in _read("transitions.yaml")["states"].items()
    }


@cache
def transitions() -> Mapping[str, Transition]:
    """All transitions by command. Raises ValueError when the table names a state that there is not."""
    found = {}
    for row in _read("transitions.yaml")["transitions"]:
        unknown = {*row["from"], row.get("to", row["from"][0])} - states().keys()
        if unknown:
            message = f"transitions.yaml: '{row['command']}' names unknown states {sorted(unknown)}"
            raise ValueError(message)
        found[row["command"]] = Transition(
            command=row["command"],
            title=Words(**row["title"]),
            sources=tuple(row["from"]),
            target=row.get("to", ""),
            who=tuple(row["who"]),
            guards=tuple(row.get("guards", ())),
            needs=tuple(row.get("needs", ())),
            effect=row.get("effect", ""),
            days=row.get("days"),
            lifecycles=tuple(row["lifecycles"]),
            basis=Words(**row["basis"]),
        )
    return found


def title_of_event(kind: str) -> Words | None:
    """What the journal calls an act of the table, 'case.submit'; None for any other event."""
    rule = transitions().get(kind.removeprefix("case.")) if kind.startswith("case.") else None
    return rule.title if rule else None


@cache
def voices() -> Mapping[str, Voice]:
    """Everybody who may be heard on a case: approvals first, then the gates of the joint review."""
    read = _read("gates.yaml")
    return {key: _voice(key, row) for part in ("approvals", "gates") for key, row in read[part].items()}


@cache
def gates() -> tuple[str, ...]:
    """The gates of the joint review."""
    return tuple(_read("gates.yaml")["gates"])


def _voice(key: str, row: Mapping[str, Any]) -> Voice:
    rests_on = None if row["rests_on"] == "all" else tuple(row["rests_on"])
    return Voice(key, Words(**row["title"]), Words(**row["asks"]) if "asks" in row else None, rests_on)


@cache
def _read(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
