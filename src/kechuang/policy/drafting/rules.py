"""The lexicon of lexicon.yaml and the sentences of words.yaml, each read once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from kechuang.policy.drafting.candidates import Sure
from kechuang.policy.language.values import Words

_FILE: Final = Path(__file__).with_name("lexicon.yaml")
_WORDS: Final = Path(__file__).with_name("words.yaml")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a list: the pattern, what it means (`code`), how sure that is; `data` is the whole line."""

    pattern: re.Pattern[str]
    code: str
    sure: Sure
    data: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All lists by name (`rules`), and the single patterns by name (`cues`)."""

    rules: Mapping[str, tuple[Rule, ...]]
    cues: Mapping[str, re.Pattern[str]]
    boundary_names: tuple[str, ...]
    levels: Mapping[str, re.Pattern[str]]
    no_evidence: Mapping[str, Any]


@cache
def lexicon() -> Lexicon:
    """The lexicon that comes with the package."""
    data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    single = {name: value for name, value in data.items() if isinstance(value, str)}
    return Lexicon(
        rules={
            name: tuple(_rule(entry) for entry in entries)
            for name, entries in data.items()
            if isinstance(entries, list) and entries and isinstance(entries[0], dict)
        },
        cues={name: re.compile(pattern) for name, pattern in {**data["cues"], **single}.items()},
        boundary_names=tuple(data["boundary_names"]),
        levels={name: re.compile(pattern) for name, pattern in data["levels"].items()},
        no_evidence=data["no_evidence"],
    )


def first_rule(name: str, *texts: str) -> Rule | None:
    """The first rule that matches the first of the texts in which any does; an empty pattern is the default."""
    rules = lexicon().rules[name]
    for text in texts:
        for rule in rules:
            if rule.pattern.pattern and rule.pattern.search(text):
                return rule
    return next((rule for rule in rules if not rule.pattern.pattern), None)


def cue(name: str, text: str) -> re.Match[str] | None:
    """Where a cue stands in a text."""
    return lexicon().cues[name].search(text)


@cache
def _sentences() -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return found


def reason(name: str, **fill: str) -> Words:
    """A reason of words.yaml, its places filled in."""
    return _filled(_sentences()["reasons"][name], fill)


def title(name: str) -> Words:
    """The title of a role or instrument, or a sentence of the head."""
    return _filled(_sentences()["titles"][name], {})


def problem(name: str, **fill: str) -> tuple[Words, Words, Words]:
    """What was found, what is expected, what to do."""
    entry = _sentences()["problems"][name]
    return _filled(entry["found"], fill), _filled(entry["expected"], fill), _filled(entry["todo"], fill)


def _filled(entry: Mapping[str, str], fill: Mapping[str, str]) -> Words:
    zh, en = str(entry["zh"]), str(entry["en"])
    for name, words in fill.items():
        zh, en = zh.replace(f"{{{name}}}", words), en.replace(f"{{{name}}}", words)
    return Words(zh, en)


def words_at(entry: Mapping[str, Any]) -> Words:
    """The {zh, en} of an entry."""
    return Words(str(entry["zh"]), str(entry["en"]))


def _rule(entry: Mapping[str, Any]) -> Rule:
    return Rule(re.compile(entry["pattern"]), entry.get("code", ""), entry.get("sure", "likely"), entry)
