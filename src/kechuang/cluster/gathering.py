"""The summaries of all parts become one intake and one set of totals, and nothing may be missing or come twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kechuang.cluster.errors import ClusterError
from kechuang.cluster.parts import Part
from kechuang.cluster.working import Summary
from kechuang.exchange.intake import Count, Intake, Stated
from kechuang.exchange.results import Totals
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT


@dataclass(frozen=True, slots=True)
class SpreadIntake(Intake):
    """What a population in parts became; its facts stay in the parts."""

    @property
    def size(self) -> int:
        """How many subjects were assessed."""
        return self.counts[SUBJECT].used if SUBJECT in self.counts else 0


def gather(bound: Bound, parts: Sequence[Part], found: Iterable[Summary]) -> tuple[SpreadIntake, Totals]:
    """Add up in the order of the parts.

    ClusterError for what a worker could not assess, and unless each part is there once with all its rows.
    """
    summaries = sorted(found, key=lambda summary: summary.part)
    for summary in summaries:
        if summary.trouble is not None:
            raise ClusterError(summary.trouble)
    came = [(one.part, one.counts[SUBJECT].rows) for one in summaries]
    if came != [(part.number, part.rows) for part in parts]:
        raise ClusterError(
            Words(
                f"{len(parts)} 份只收到 {len(set(came))} 份，或行数不符；请重新运行",
                f"of {len(parts)} parts {len(set(came))} came back, or with other rows: run it again",
            )
        )
    totals = Totals(bound, sum(one.counts[SUBJECT].used for one in summaries))
    for summary in summaries:
        _add(totals, summary)
    refused = tuple(one for summary in summaries for one in summary.refused)
    intake = SpreadIntake(
        bound.pack.vocabulary, (), None, refused, (), _stated(summaries), _counts(summaries)
    )
    return intake, totals


def _add(totals: Totals, summary: Summary) -> None:
    for benefit_id, part in summary.totals.items():
        total = totals.benefits[benefit_id]
        for outcome, subjects in part.subjects.items():
            total.subjects[outcome] += subjects
        total.entitled_fen += part.entitled_fen
        total.ceiling_fen += part.ceiling_fen


def _counts(summaries: Sequence[Summary]) -> dict[str, Count]:
    counts: dict[str, Count] = {}
    for summary in summaries:
        for name, count in summary.counts.items():
            sum_ = counts.setdefault(name, Count())
            sum_.rows += count.rows
            sum_.used += count.used
    return counts


def _stated(summaries: Sequence[Summary]) -> tuple[Stated, ...]:
    """Equal readings of one column are counted over all parts; the example is the first one of the file."""
    stated: dict[tuple[str, str, str], Stated] = {}
    for summary in summaries:
        for one in summary.stated:
            key = (one.sheet, one.column, one.how.en)
            if key in stated:
                stated[key].count += one.count
            else:
                stated[key] = one
    return tuple(stated.values())
