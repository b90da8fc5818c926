"""分别给予 500万元、300万元: which code list tells the sums of a list apart."""

from __future__ import annotations

from dataclasses import dataclass

from kechuang.policy.drafting.facts import vocabulary
from kechuang.policy.drafting.grants import Grant
from kechuang.policy.drafting.rules import lexicon
from kechuang.policy.language.vocabulary import SUBJECT, RecordKind


@dataclass(frozen=True, slots=True)
class Split:
    """A code list, its codes in the order of the sums, the fact that holds the code (platform.level), its record."""

    list: str
    codes: tuple[str, ...]
    fact: str
    record: RecordKind


def split_of(grant: Grant, each: RecordKind | None) -> Split | None:
    """The code list of which the words before the sums name as many codes as there are sums; None if there is none."""
    count = len(grant.main)
    if count <= 1:
        return None
    before = grant.opening + grant.header + grant.whole[grant.start : grant.main[0].figure.start]
    fits = [
        (found[-1][0], Split(name, tuple(code for _, code in found), fact, record))
        for name, fact, record in _lists(each)
        if len(found := _codes(before, name)) == count
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def _lists(each: RecordKind | None) -> list[tuple[str, str, RecordKind]]:
    """The code lists that facts at hand hold: those of the records read one by one and those of the subject.

    Where no records are named yet, any record whose list no other record has may be meant: 特等奖, 一等奖.
    """
    related = vocabulary().related if each is None else (each,)
    lists = [
        (
            item.type.removeprefix("code:"),
            item.name if kind.name == SUBJECT else f"{kind.one}.{item.name}",
            kind,
        )
        for kind in (*related, vocabulary().records[SUBJECT])
        for item in kind.fields.values()
        if item.type.startswith("code:")
    ]
    names = [name for name, _, _ in lists]
    return [one for one in lists if each is not None or names.count(one[0]) == 1]


def _codes(text: str, name: str) -> list[tuple[int, str]]:
    """The codes of a list that a text names, in order, the longest title where two overlap."""
    patterns = lexicon().levels if name == "level" else None
    found: list[tuple[int, int, str]] = []
    if patterns is not None:
        found = [
            (*match.span(), code) for code, pattern in patterns.items() for match in pattern.finditer(text)
        ]
    else:
        titles = {words.zh: code for code, words in vocabulary().codes[name].items()}
        for title, code in sorted(titles.items(), key=lambda pair: -len(pair[0])):
            at = text.find(title)
            if at >= 0 and not any(start < at + len(title) and at < end for start, end, _ in found):
                found.append((at, at + len(title), code))
    ordered = sorted(found)
    codes = list(dict.fromkeys(code for *_, code in ordered))
    return [(next(end for _, end, one in reversed(ordered) if one == code), code) for code in codes]
