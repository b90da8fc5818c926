"""What a clause gives: sums and rates gathered into benefits, each with its guesses and the words they rest on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from kechuang.policy.drafting.candidates import Sure
from kechuang.policy.drafting.roles import MAIN, Part, Reading, groups, phrase_of, sentence_of, table_of
from kechuang.policy.drafting.rules import Rule, first_rule, lexicon
from kechuang.policy.text.lexicon import BoundaryWord

_OPENINGS: Final = ("对", "支持", "鼓励", "为", "面向")


@dataclass(slots=True)
class Grant:
    """One benefit as drafted: its figures, the stretch of text it stands in, and the words shared with its neighbours.

    `main` are the figures of its sum, `caps` its ceilings, `others` thresholds, spans and shares. (start, end) is its
    own stretch of the clause `whole`, `shared` the words before it that hold for several (对获批…的单位，).
    `in_kind` is support without a sum.
    """

    start: int
    end: int
    shared: tuple[int, int]
    whole: str = field(repr=False)
    header: str = ""  # the first row of its table
    main: list[Part] = field(default_factory=list)
    caps: list[Part] = field(default_factory=list)
    others: list[Part] = field(default_factory=list)
    loose: list[BoundaryWord] = field(default_factory=list)
    in_kind: Rule | None = None

    @property
    def text(self) -> str:
        """The own words."""
        return self.whole[self.start : self.end]

    @property
    def opening(self) -> str:
        """The words before it that hold for several."""
        return self.whole[slice(*self.shared)]

    @property
    def near(self) -> str:
        """The opening and the own words, for the guesses."""
        rate = "⟨rate⟩" if any(part.role in ("rate", "unit_sum") for part in self.main) else ""
        return self.opening + self.text + rate

    @property
    def kind(self) -> str:
        """The kind of amount that the words mean."""
        if self.in_kind is not None:
            return "up_to" if self.loose and self.in_kind.code == "matching_grant" else "in_kind"
        role = self.main[0].role
        if role in ("limit", "floor"):
            return "limit" if role == "limit" else "at_least"
        return "up_to" if any(part.is_ceiling for part in self.main) else "exact"


def read_grants(reading: Reading) -> list[Grant]:
    """The benefits of a clause in the order of the text."""
    grants: list[Grant] = []
    waiting: list[Part] = []  # thresholds and spans that stand before the sum they belong to
    for together in groups(reading.parts):
        part = together[0]
        if part.role in MAIN:
            grants.append(_begin(reading, grants, together))
            grants[-1].others += [one for one in waiting if one.figure.start >= grants[-1].start]
            waiting = []
        elif part.role == "cap":
            grants[-1].caps += together
            grants[-1].end = part.end
        elif part.role in ("threshold", "span", "share", "date"):
            _attach(reading, grants, waiting, together)
    grants += _in_kind(reading, grants)
    grants.sort(key=lambda grant: grant.start)
    for word in reading.loose:
        owner = _owner(reading.text, grants, word.start)
        if owner is not None:
            owner.loose.append(word)
    return grants


def _begin(reading: Reading, grants: list[Grant], together: list[Part]) -> Grant:
    """A new benefit from the end of the one before it, or from the beginning of the sentence."""
    text, part = reading.text, together[0]
    start, _ = sentence_of(text, part.figure.start, part.figure.end)
    shared = (start, start)
    table = table_of(text, part.figure.start)
    if table is not None:
        top, row = table
        end = text.find("\n", row)
        lead = sentence_of(text, top - 1, top - 1) if top else (0, 0)
        lead = (0, top) if lead[1] - lead[0] <= 1 else lead
        return Grant(
            row, end if end >= 0 else len(text), lead, text, text[top : text.find("\n", top)], list(together)
        )
    last = grants[-1] if grants else None
    if last is not None and last.end > start:
        start = last.end if last.end <= part.figure.start else last.main[-1].figure.end
        shared = _opening(last)
    elif last is not None and text[start - 1 : start] == "；":
        shared = _opening(last)
    while start < part.figure.start and text[start] in "，、。；\n|和":
        start += 1
    if text.startswith(_OPENINGS, start):
        shared = (start, start)
    return Grant(start, together[-1].end, shared, text, main=list(together))


def _opening(grant: Grant) -> tuple[int, int]:
    """The words before the first comma of a benefit, or those it shares itself, that also hold for the next one."""
    if grant.shared[0] < grant.shared[1]:
        return grant.shared
    stop = grant.whole.find("，", grant.start)
    if not grant.main or not 0 <= stop < grant.main[0].figure.start:
        return grant.start, grant.start
    return grant.start, stop + 1


def _attach(reading: Reading, grants: list[Grant], waiting: list[Part], together: list[Part]) -> None:
    """Give a threshold to the sum after it in its sentence, else to the one before it."""
    text, part = reading.text, together[0]
    _, stop = sentence_of(text, part.figure.start, part.figure.end)
    follows = any(one.role in MAIN and part.figure.end <= one.figure.start < stop for one in reading.parts)
    begin, _ = sentence_of(text, part.figure.start, part.figure.end)
    last = grants[-1] if grants and grants[-1].end > begin else None
    same_phrase = last is not None and last.main[0].start == part.start
    if last is not None and (same_phrase or part.role == "share" or not follows):
        last.others += together
        last.end = max(last.end, together[-1].end)
    elif follows:
        waiting += together


def _in_kind(reading: Reading, grants: list[Grant]) -> list[Grant]:
    """Support that is promised without a sum, where no sum stands in the same words."""
    found: list[Grant] = []
    text = reading.text
    for rule in lexicon().rules["in_kind"]:
        for match in rule.pattern.finditer(text):
            start, end = phrase_of(text, match.start(), match.end())
            taken = [*grants, *found]
            if any(one.main and one.main[0].start < end and start < one.main[-1].end for one in taken):
                continue
            if any(not one.main and one.start <= match.start() < one.end for one in taken):
                continue
            begin, _ = sentence_of(text, start, end)
            begin = max([begin, *(one.end for one in taken if one.end <= match.start())])
            while text[begin] in "，、。；\n|":
                begin += 1
            found.append(Grant(begin, max(end, match.end()), (begin, begin), text, in_kind=rule))
    return found


def _owner(text: str, grants: list[Grant], at: int) -> Grant | None:
    """The benefit whose words hold an offset; one that begins later in the same sentence otherwise."""
    for grant in grants:
        if grant.start <= at < grant.end:
            return grant
    begin, end = sentence_of(text, at, at)
    return next((grant for grant in grants if begin <= grant.start < end and grant.start >= at), None)


@dataclass(frozen=True, slots=True)
class Guess:
    """What a benefit is, by the words around its sum."""

    code: str
    sure: Sure
    words: str  # the words that say so


def guess(name: str, *texts: str) -> Guess:
    """The first rule of a list that matches the nearest of the texts."""
    rule = first_rule(name, *texts)
    if rule is None:
        return Guess("", "check", "")
    found = next(
        (match[0] for text in texts if rule.pattern.pattern and (match := rule.pattern.search(text))), ""
    )
    return Guess(rule.code, rule.sure if found else "check", found)


def instrument_of(grant: Grant, clause: str) -> Guess:
    """Reward, subsidy, interest subsidy …: by the words after the sum, then by those before it."""
    if grant.in_kind is not None:
        words = grant.in_kind.pattern.search(grant.text)
        return Guess(grant.in_kind.code, grant.in_kind.sure, words[0] if words else "")
    if grant.main[0].role in ("limit", "floor"):
        return Guess("limit", "clear", "")
    last = grant.main[-1]
    tail = grant.text[last.figure.end - grant.start : last.end - grant.start]
    phrase = grant.text[max(grant.main[0].start - grant.start, 0) :]
    found = guess("instruments", tail, phrase, grant.near, clause)
    nearer = first_rule("instruments", phrase, grant.text)
    if (
        nearer is not None
        and found.code == "subsidy"
        and nearer.code in ("premium_subsidy", "interest_subsidy")
    ):
        return guess("instruments", phrase, grant.text)
    return found


def lifecycle_of(grant: Grant) -> Guess:
    """Recognition, formula, project, evaluation, finance or duty."""
    return guess("lifecycles", grant.near)


def subject_of(grant: Grant, clause: str) -> tuple[Rule, str]:
    """Who can have it, with the words: whom the text names after 对, 面向, 支持, else the first noun of the clause."""
    before = grant.main[0].figure.start if grant.main else grant.end
    text = grant.opening + grant.whole[grant.start : before]
    named = list(lexicon().cues["openings"].finditer(text))
    for match in reversed(named):
        who = _VERB.split(match["who"])[0]
        headed = [one for one in _nouns(who) if len(who) - one[1] <= 1 and not who.endswith("的")]
        near = [one for one in _nouns(who) if one[0] <= _CLOSE]
        if match["word"] == "对" and headed:
            return headed[-1][2:]
        if near or (match["word"] != "对" and _nouns(who)):
            return (near or _nouns(who))[0][2:]
    for words in (text, clause):
        found = _nouns(words)
        if found:
            return found[0][2:]
    return lexicon().rules["subjects"][-1], ""


_VERB: Final = re.compile("给予|予以|按|不超过|最高")
_CLOSE: Final = 5  # letters between 对 and the noun: 对我市科技型企业


def _nouns(text: str) -> list[tuple[int, int, Rule, str]]:
    """Every noun for a recipient, in order; a noun within a longer one is left out: 新型研发机构, not 机构."""
    found = [
        (match.start(), match.end(), rule, match[0])
        for rule in lexicon().rules["subjects"]
        if rule.pattern.pattern
        for match in rule.pattern.finditer(text)
    ]
    longest = [
        one
        for one in found
        if not any(
            other is not one
            and other[0] <= one[0]
            and one[1] <= other[1]
            and other[1] - other[0] > one[1] - one[0]
            for other in found
        )
    ]
    return sorted(longest, key=lambda one: (one[0], -one[1]))


def scopes_of(grant: Grant, payee: str) -> tuple[list[str], list[str]]:
    """What the sum is given per, with the words; enterprise or unit when nothing else is named."""
    found = [
        (rule.code, match[0]) for rule in lexicon().rules["per"] if (match := rule.pattern.search(grant.text))
    ]
    codes = [code for code, _ in found]
    if not set(codes) & {"enterprise", "person", "project"}:
        first = {
            "enterprise": "enterprise",
            "person": "person",
            "project": "project",
            "bank": "bank",
            "team": "team",
        }
        codes.insert(0, first.get(payee, "unit"))
    return codes, [words for _, words in found]
