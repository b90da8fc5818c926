"""What a draft does not encode: programmatic figures with their reason, gaps with reason and owner; none is dropped."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from kechuang.policy.drafting.candidates import Unclaimed
from kechuang.policy.drafting.encoding import Encoding
from kechuang.policy.drafting.quoting import unique_quote
from kechuang.policy.drafting.roles import Part
from kechuang.policy.drafting.rules import reason
from kechuang.policy.drafting.tokens import Span, span_of
from kechuang.policy.drafting.yaml_text import Inline, both
from kechuang.policy.language.values import Words
from kechuang.policy.text.document import Clause, Document
from kechuang.policy.text.lexicon import boundary_words

COMPUTES_NOTHING: Final = ("name", "reference", "duty")
OWNER: Final = "to be encoded"


def programmatic_of(encoding: Encoding) -> list[Inline]:
    """Figures and words that compute nothing, each with the reason. Claims what it lists."""
    entries: list[Inline] = []
    for part in encoding.reading.parts:
        span = span_of(part.figure)
        if part.role in COMPUTES_NOTHING and part.sure != "check" and span not in encoding.claimed:
            _add(encoding, entries, [span, *map(span_of, part.words)], part.why, None)
    for word in _names(encoding):
        _add(encoding, entries, [word], reason("name"), None)
    return entries


def gaps_of(encoding: Encoding) -> list[Inline]:
    """Every token that nothing claims, those of one figure together."""
    entries: list[Inline] = []
    for spans, why in list(_open(encoding)):
        if not _add(encoding, entries, spans, why, OWNER):
            for span in spans:
                _add(encoding, entries, [span], why, OWNER)
    return entries


def is_whole(encoding: Encoding) -> bool:
    """Whether every token of the clause is claimed."""
    return encoding.claimed >= set(_tokens(encoding))


def whole_gap(encoding: Encoding) -> list[Inline]:
    """Gaps for all tokens of a clause in which the same words stand so often that no quote can tell them apart.

    One quote for the tokens between two departments, which are claimed as departments; where that stands twice, one
    from the beginning of the clause.
    """
    spans = sorted(_tokens(encoding))
    text, why = encoding.clause.text, reason("not_encoded")
    encoding.gaps.update(dict.fromkeys(spans, why))
    starts = [one.start for one in encoding.clause.departments]
    runs: dict[int, list[Span]] = {}
    for span in spans:
        runs.setdefault(bisect_right(starts, span[0]), []).append(span)
    quotes = [text[run[0][0] : run[-1][1]] for run in runs.values()]
    if any(text.count(quote) != 1 or len(encoding.clause.find(quote)) != 1 for quote in quotes):
        quotes = [text[: spans[-1][1]]]
    said = both(why.zh, why.en)
    return [Inline(quote=quote.replace("\n", ""), why=said, owner=OWNER) for quote in quotes]


def _tokens(encoding: Encoding) -> list[Span]:
    """Every figure and boundary word of the clause, as the trace counts them."""
    return [span_of(part.figure) for part in encoding.reading.parts] + [
        span_of(word) for word in boundary_words(encoding.clause.text)
    ]


def unclaimed_of(document: Document, encoding: Encoding) -> Iterator[Unclaimed]:
    """The tokens of the gaps, in the order of the text."""
    clause = encoding.clause
    tokens = {span_of(part.figure): "figure" for part in encoding.reading.parts}
    tokens |= {span_of(word): "boundary word" for word in encoding.words}
    for span in sorted(encoding.gaps):
        yield Unclaimed(
            kind="figure" if tokens[span] == "figure" else "boundary word",
            clause=clause.key,
            anchor=anchor_at(clause, span[0]),
            start=span[0],
            end=span[1],
            line=document.clause_line(clause.key, span[0]),
            text=clause.text[slice(*span)],
            why=encoding.gaps[span],
        )


def anchor_at(clause: Clause, offset: int) -> str:
    """The id of the sentence in which an offset of the clause stands."""
    at = clause.start + offset
    return next((one.id for one in clause.sentences if one.start <= at < one.end), clause.key)


def _names(encoding: Encoding) -> list[Span]:
    """Boundary words that stand inside a name: the trace sees them, they draw no line."""
    known = {span_of(word) for word in encoding.words}
    return [span_of(word) for word in boundary_words(encoding.clause.text) if span_of(word) not in known]


def _open(encoding: Encoding) -> Iterator[tuple[list[Span], Words]]:
    for part in encoding.reading.parts:
        spans = [
            span for span in (span_of(part.figure), *map(span_of, part.words)) if span not in encoding.claimed
        ]
        if spans:
            yield spans, encoding.reasons.get(span_of(part.figure), _reason(part))
    for word in encoding.reading.loose:
        if span_of(word) not in encoding.claimed:
            yield (
                [span_of(word)],
                reason("loose"),
            )


def _reason(part: Part) -> Words:
    if part.role in ("threshold", "span"):
        return reason("no_fact")
    if part.role == "other":
        return part.why
    return reason("not_encoded")


def _add(encoding: Encoding, entries: list[Inline], spans: list[Span], why: Words, owner: str | None) -> bool:
    """Add one entry that quotes exactly these tokens; False when no such quote stands once in the clause."""
    mentions = [(one.start, one.end) for one in encoding.clause.departments]
    avoid = [one for one in (*_tokens(encoding), *mentions) if one not in spans]
    quote = unique_quote(encoding.clause, (min(spans)[0], max(end for _, end in spans)), avoid)
    if quote is None:
        return False
    entry = Inline(quote=quote, why=both(why.zh, why.en))
    if owner is not None:
        entry["owner"] = owner
        encoding.gaps.update(dict.fromkeys(spans, why))
    entries.append(entry)
    encoding.claimed.update(spans)
    return True
