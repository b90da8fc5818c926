"""Two versions of a text side by side: which words went, which came, which clause became which.

    compare_words(before, after)          -> the words kept, deleted and inserted, in order
    compare_documents(before, after)      -> the same, clause by clause, clauses matched by their words
    compare_texts(raw_before, raw_after)  -> the same for two texts as published

Whatever is compared can be put together again: kept and deleted words give the text before, kept and inserted words
the text after. A figure is one word (100万元), as is a Latin word; else every character is one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from kechuang.policy.text.document import Document, read_document
from kechuang.policy.text.lexicon import figures

ChangeKind = Literal["kept", "deleted", "inserted"]
PIECES_BEFORE: Final = ("title", "addressees", "preamble")
PIECES_AFTER: Final = ("closing", "issuer", "issued", "note")
WORD: Final = re.compile(r"[A-Za-z]+|[0-9]+|[\s\S]")
# Every letter stands in one sentence, line breaks too, so that the parts give back the whole.
SENTENCE: Final = re.compile(r"[^。！？\n]*[。！？\n]+[”’」』）]*|[^。！？\n]+")
ALIKE: Final = 0.4  # two clauses with less in common than this are different clauses
TITLE_WEIGHT: Final = 0.9  # the same title over changed words is the same clause, a little less surely
SAME_NUMBER: Final = 0.02  # of two clauses equally alike, the one with the same number
MOST_MEETINGS: Final = (
    20_000  # pairs of equal words, the measure of work; beyond that sentences are compared first
)
MOST_PAIRS: Final = 40_000  # pairs of clauses whose likeness is sought; beyond that the number alone decides


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of words that both texts have, or that only the one before or the one after has."""

    kind: ChangeKind
    text: str


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure as it stood before and stands after; None where it had or has no counterpart."""

    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One part of the documents on both sides: a clause, a heading (P1, P2.3) or a piece such as 'preamble'.

    `before` and `after` are its anchors, None on the side that does not have it; `title` names it for people.
    """

    before: str | None
    after: str | None
    title: str
    changes: tuple[Change, ...]

    @property
    def changed(self) -> bool:
        """Whether any word differs."""
        return any(change.kind != "kept" for change in self.changes)

    @property
    def moved(self) -> bool:
        """Whether the part is there on both sides under different numbers."""
        return self.before is not None and self.after is not None and self.before != self.after

    @property
    def figures(self) -> tuple[FigureChange, ...]:
        """The figures that changed, in order: those of one replaced stretch are paired one by one."""
        return tuple(_figure_changes(self.changes))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two documents part by part, in the order of the one after; what only the one before has stands where it stood."""

    rows: tuple[Row, ...]

    @property
    def changed(self) -> tuple[Row, ...]:
        """The rows in which any word differs."""
        return tuple(row for row in self.rows if row.changed)


def compare_texts(before: str, after: str) -> Comparison:
    """Two texts as published, with page numbers and broken lines."""
    return compare_documents(read_document(before), read_document(after))


def compare_documents(before: Document, after: Document) -> Comparison:
    """Two documents part by part: pieces by name, headings and clauses by their words, then by number."""
    old, new = _parts(before), _parts(after)
    pairs: list[tuple[str | None, str | None]] = [(name, name) for name in PIECES_BEFORE]
    pairs += _in_order(old, new, _matched(old, new))
    pairs += [(name, name) for name in PIECES_AFTER]
    old |= _pieces(before)
    new |= _pieces(after)
    return Comparison(
        tuple(
            _row(was, old.get(was or ""), now, new.get(now or ""))
            for was, now in pairs
            if was in old or now in new
        )
    )


def compare_words(before: str, after: str) -> tuple[Change, ...]:
    """The words of two texts; of one replaced stretch the deleted words come first."""
    found: list[Change] = []
    for edit in _merged(_edits(before, after)):
        stretch = (
            Change("deleted", edit.deleted),
            Change("inserted", edit.inserted),
            Change("kept", edit.kept),
        )
        found += (change for change in stretch if change.text)
    return tuple(found)


@dataclass(slots=True)
class _Edit:
    """Words replaced, and the words after them that both texts have."""

    deleted: str
    inserted: str
    kept: str

    @property
    def size(self) -> int:
        return max(len(self.deleted), len(self.inserted))


def _edits(before: str, after: str) -> Iterator[_Edit]:
    """Word by word; of texts too long for that sentence by sentence, and word by word what differs then."""
    words = _words(before), _words(after)
    if _meetings(*words) <= MOST_MEETINGS:
        yield from _differences(*words)
        return
    for edit in _by_sentence(before, after):
        inner = _words(edit.deleted), _words(edit.inserted)
        if edit.size and _meetings(*inner) <= MOST_MEETINGS:
            yield from _differences(*inner)
            yield _Edit("", "", edit.kept)
        else:
            yield edit


def _by_sentence(before: str, after: str) -> Iterator[_Edit]:
    sentences = [[found[0] for found in SENTENCE.finditer(text)] for text in (before, after)]
    if _meetings(*sentences) <= MOST_MEETINGS:
        yield from _differences(*sentences)
    else:
        yield _Edit(before, after, "")


def _meetings(first: Sequence[str], second: Sequence[str]) -> int:
    """How many pairs of equal words two texts have."""
    others = Counter(second)
    return sum(number * others[word] for word, number in Counter(first).items())


def _differences(first: Sequence[str], second: Sequence[str]) -> Iterator[_Edit]:
    edit = _Edit("", "", "")
    for tag, *span in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        old, new = "".join(first[span[0] : span[1]]), "".join(second[span[2] : span[3]])
        if tag == "equal":
            edit.kept = old
            yield edit
            edit = _Edit("", "", "")
        else:
            edit = _Edit(edit.deleted + old, edit.inserted + new, "")
    yield edit


def _merged(edits: Iterator[_Edit]) -> list[_Edit]:
    """Join edits that only a few common letters part: '市科技局' to '省教育厅' is one change, not three."""
    done: list[_Edit] = []
    for edit in edits:
        latest = edit
        while done and latest.size and done[-1].size and _is_slight(done[-1], latest):
            last = done.pop()
            latest = _Edit(
                last.deleted + last.kept + latest.deleted,
                last.inserted + last.kept + latest.inserted,
                latest.kept,
            )
        done.append(latest)
    return done


def _is_slight(left: _Edit, right: _Edit) -> bool:
    """Whether what stands between two edits is too little to be read as kept."""
    return len(left.kept) <= 1 or len(left.kept) < min(left.size, right.size)


def _words(text: str) -> list[str]:
    """The text cut into figures, Latin words and single characters; joined they give the text."""
    words: list[str] = []
    at = 0
    for figure in figures(text):
        words += WORD.findall(text, at, figure.start)
        words.append(text[figure.start : figure.end])
        at = figure.end
    return words + WORD.findall(text, at)


def _figure_changes(changes: Sequence[Change]) -> Iterator[FigureChange]:
    """Within each replaced stretch the figures of both sides, less those that stand on both."""
    gone: list[str] = []
    for change in (*changes, Change("kept", "")):
        if change.kind == "deleted":
            gone = [figure.text for figure in figures(change.text)]
            continue
        come = [figure.text for figure in figures(change.text)] if change.kind == "inserted" else []
        both = Counter(gone) & Counter(come)
        old, new = _less(gone, both), _less(come, both)
        for index in range(max(len(old), len(new))):
            yield FigureChange(
                old[index] if index < len(old) else None, new[index] if index < len(new) else None
            )
        gone = []


def _less(found: Sequence[str], both: Counter[str]) -> list[str]:
    """The figures without those that also stand on the other side."""
    left = Counter(both)
    kept = []
    for one in found:
        if left[one]:
            left[one] -= 1
        else:
            kept.append(one)
    return kept


@dataclass(frozen=True, slots=True)
class _Part:
    kind: str
    title: str
    text: str


def _parts(document: Document) -> dict[str, _Part]:
    """Headings and clauses by anchor, in order; a heading's text is what stands under it before any clause."""
    found = {}
    for one in (*document.parts, *document.sections):
        found[one.start, one.id] = _Part("heading", one.title, document.opening(one))
    for key, clause in document.clauses.items():
        found[clause.start, key] = _Part(clause.kind, clause.title, clause.text)
    return {key: found[start, key] for start, key in sorted(found)}


def _pieces(document: Document) -> dict[str, _Part]:
    names = (*PIECES_BEFORE, *PIECES_AFTER)
    return {
        name: _Part("piece", "", document.anchors[name].text) for name in names if name in document.anchors
    }


def _in_order(
    before: dict[str, _Part], after: dict[str, _Part], partner: dict[str, str]
) -> Iterator[tuple[str | None, str | None]]:
    """Every part of both sides once, in the order of `after`; what went stands behind what it stood behind."""
    taken = set(partner.values())
    lost: dict[str | None, list[str]] = {}
    last: str | None = None
    for key in before:
        if key in taken:
            last = key
        else:
            lost.setdefault(last, []).append(key)
    yield from ((key, None) for key in lost.get(None, []))
    for key in after:
        old = partner.get(key)
        yield old, key
        if old is not None:
            yield from ((gone, None) for gone in lost.get(old, []))


def _matched(before: dict[str, _Part], after: dict[str, _Part]) -> dict[str, str]:
    """For each part after the part before that it was: the same words first, then the most alike."""
    partner: dict[str, str] = {}
    waiting: dict[_Part, list[str]] = {}
    for key, part in before.items():
        waiting.setdefault(part, []).append(key)
    for key, part in after.items():
        same = waiting.get(part, [])
        if same:
            partner[key] = same.pop(same.index(key) if key in same else 0)
    taken = set(partner.values())
    old = {key: part for key, part in before.items() if key not in taken}
    new = {key: part for key, part in after.items() if key not in partner}
    if len(old) * len(new) > MOST_PAIRS:
        return partner | {key: key for key in new if key in old and old[key].kind == new[key].kind}
    for _, was, now in sorted(_alike(old, new), key=lambda one: -one[0]):
        if was not in taken and now not in partner:
            partner[now] = was
            taken.add(was)
    return partner


def _alike(old: dict[str, _Part], new: dict[str, _Part]) -> Iterator[tuple[float, str, str]]:
    """How alike two parts are, where that is enough to take them for the same; a heading is never a clause."""
    grams = {
        text: _grams(text) for part in (*old.values(), *new.values()) for text in (part.title, part.text)
    }
    for was, before in old.items():
        for now, after in new.items():
            if (before.kind == "heading") is (after.kind == "heading"):
                alike = max(
                    _shared(grams[before.text], grams[after.text]),
                    TITLE_WEIGHT * _shared(grams[before.title], grams[after.title]),
                )
                if alike >= ALIKE:
                    yield alike + (SAME_NUMBER if was == now else 0), was, now


def _grams(text: str) -> Counter[str]:
    return Counter(text[at : at + 2] for at in range(max(len(text) - 1, 1)))


def _shared(first: Counter[str], second: Counter[str]) -> float:
    """What two bags of letter pairs have in common: 0 nothing, 1 all."""
    return 2 * (first & second).total() / ((first.total() + second.total()) or 1)


def _row(was: str | None, old: _Part | None, now: str | None, new: _Part | None) -> Row:
    title = new.title if new else old.title if old else ""
    changes = compare_words(old.text if old else "", new.text if new else "")
    return Row(was if old else None, now if new else None, title, changes)
