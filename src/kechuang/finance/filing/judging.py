"""What the law says of filed lines: the pack's engine assesses each organisation with its lines put in.

A line that does not meet a benefit's conditions is taken all the same (the loan was made), with a note that gives the
engine's reason. Only a day whose month has no quote is a fault of the line: nothing could ever be worked out for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from django.utils import timezone

from kechuang.entitlements import versions
from kechuang.entitlements.releasing import version_in_force
from kechuang.entitlements.results import as_plain
from kechuang.exchange.intake import Fault
from kechuang.finance.filing import talents
from kechuang.finance.filing.kinds import FilingKind
from kechuang.finance.models import LineNote
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.outcome import Assessment, Outcome, Result
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.language.values import Words, yuan
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.policy.words.reasons import reason_sentence
from kechuang.registry.assembly import cases_of
from kechuang.registry.lists.reading import Organisations
from kechuang.registry.lists.rows import Said
from kechuang.registry.models import ListImport
from kechuang.registry.values import typed_of

SERIES: Final = "series"
WITHIN: Final = "within"
"""The condition of a limit that is about all loans together."""
_FITS: Final = "for"
"""The reason of a benefit that is not for this kind of organisation: it says nothing of the line."""


@dataclass(frozen=True, slots=True)
class _Judge:
    """The law in force when the filing was taken in, and the records as the vocabulary reads them."""

    kind: FilingKind
    on: date
    pack: Any

    def concerns(self, line: Mapping[str, Any]) -> bool:
        """Whether the document can give anything for the year that a line is about; nothing for years before it."""
        year = line.get("year")
        return year is None or self._first <= int(year) <= self.on.year

    def bound(self, line: Mapping[str, Any]) -> Bound:
        """The law for the year that a line is about; of a cover the nearest year that the document knows."""
        paid = line.get("paid_on") or line.get("starts_on")
        year = line.get("year") or (date.fromisoformat(paid).year if paid else self.on.year - 1)
        return bind(self.pack, self.on, min(max(int(year), self._first), self.on.year))

    @property
    def _first(self) -> int:
        return int(self.pack.valid[0].year) - 1

    def typed(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """A line as the engine reads it: the fields of the vocabulary."""
        fields = load_vocabulary().records[self.kind.record].fields
        return {name: typed_of(value, fields[name].type) for name, value in line.items() if name in fields}


def judge(
    part: Sequence[Said], organisations: Organisations, kind: FilingKind, list_import: ListImport
) -> None:
    """Note what the law says of the lines without fault; a line whose month is not quoted becomes faulty."""
    at = list_import.created_at
    on = timezone.localdate(at)
    judge_ = _Judge(kind, on, versions.pack_as_known(version_in_force().pk, at))
    lines: defaultdict[int, list[Said]] = defaultdict(list)
    for said in part:
        judged = kind.judged.get(str(said.after.get("kind"))) and not said.faults
        if judged and said.code in organisations and judge_.concerns(said.after):
            lines[organisations[said.code][0]].append(said)
    if not lines:
        return
    own = {organisation: list(said) for organisation, said in lines.items()}
    _with_firms(lines, kind)
    cases = cases_of(lines, at, on)
    notes: list[LineNote] = []
    for organisation, saids in lines.items():
        for said, benefit, assessment in _failing(cases[organisation], saids, judge_):
            result = assessment.results[benefit]
            if said not in own.get(organisation, ()):
                notes += _of_firm(list_import, said, assessment, result)
                continue
            if any(one.record == SERIES for one in result.missing):
                said.faults.append(_not_quoted(said, kind, assessment, result))
                continue
            told = {one: reason_sentence(assessment, result, one) for one in ("zh", "en")}
            notes.append(
                LineNote(
                    filing_id=list_import.filing.pk,
                    row=said.number,
                    benefit=benefit,
                    outcome=str(result.outcome),
                    words=told,
                )
            )
    LineNote.objects.bulk_create(notes, batch_size=2_000)


def _with_firms(lines: defaultdict[int, list[Said]], kind: FilingKind) -> None:
    """Put the talent loans of persons beside those of the firms in which they work: the limit is of both together."""
    if kind.record != talents.LOANS:
        return
    lent = {
        one: [said for said in own if said.after.get("kind") == talents.TALENT] for one, own in lines.items()
    }
    for person, firms in talents.firms_of([one for one, own in lent.items() if own]).items():
        for firm in firms - {person}:
            lines[firm] += lent[person]


def _of_firm(
    list_import: ListImport, said: Said, assessment: Assessment, result: Result
) -> Iterator[LineNote]:
    """The note on a loan to a person that takes the firm's talent loans above their total; it names the sums."""
    if result.because != WITHIN:
        return
    firm, total = assessment.facts["name"], as_plain(result)["values"]["let.drawn"]
    most = cast("int", assessment.bound.value_of(result.bound.benefit.parameters["ceiling"]))
    words = {
        "zh": f"任职企业“{firm}”的人才贷（含其人才个人所借）本金合计 {yuan(total)} 元，超过总额 {yuan(most)} 元。",
        "en": f"Talent loans of the firm “{firm}”, those of its talents included, come to {yuan(total)} yuan, "
        f"above the total of {yuan(most)} yuan.",
    }
    yield LineNote(
        filing_id=list_import.filing.pk,
        row=said.number,
        benefit=result.benefit_id,
        outcome=str(result.outcome),
        words=words,
    )


def _failing(
    case: Mapping[str, Any], own: Sequence[Said], by: _Judge
) -> Iterator[tuple[Said, str, Assessment]]:
    """Lines that do not meet a benefit, with the assessment that says so.

    The organisation is assessed with all its lines first; where that fails each line is tried alone, and one that
    passes alone is held by what all lines come to together.
    """
    groups: defaultdict[tuple[int, str], list[Said]] = defaultdict(list)
    bounds: dict[int, Bound] = {}
    for said in own:
        bound = by.bound(said.after)
        bounds[bound.year] = bound
        for benefit in by.kind.judged[said.after["kind"]]:
            groups[bound.year, benefit].append(said)
    for (year, benefit), lines in groups.items():
        bound = bounds[year]
        together = _assess(bound, _with(case, own, by), benefit)
        if together.results[benefit].because == _FITS:
            continue
        if together.results[benefit].outcome.passes and bound.pack.benefit(benefit).each is None:
            continue
        good = []
        for said in lines:
            alone = _assess(bound, _with(case, [said], by, only=True), benefit)
            if _holds(alone.results[benefit]):
                good.append(said)
            else:
                yield said, benefit, alone
        together = _assess(bound, _with(case, good, by), benefit)
        if not _holds(together.results[benefit]):
            yield from ((said, benefit, together) for said in good)


def _holds(result: Result) -> bool:
    return bool(result.outcome.passes) or result.outcome is Outcome.NOT_IN_FORCE


def _assess(bound: Bound, facts: Mapping[str, Any], benefit: str) -> Assessment:
    return assess_bound(bound, facts, frozenset({benefit}))


def _with(
    case: Mapping[str, Any], lines: Sequence[Said], by: _Judge, *, only: bool = False
) -> dict[str, Any]:
    """The case with these lines in place of what was known of the same records; only: and no other records."""
    keys = by.kind.sheet.key
    given = [by.typed(one.after) for one in lines]
    known = [] if only else list(case.get(by.kind.record) or ())
    by_key = {tuple(one.get(name) for name in keys): dict(one) for one in known}
    for one in given:
        place = tuple(one.get(name) for name in keys)
        by_key[place] = {**by_key.get(place, {}), **one}
    return {**case, by.kind.record: list(by_key.values())}


def _not_quoted(said: Said, kind: FilingKind, assessment: Assessment, result: Result) -> Fault:
    """The fault of a day whose month has no quote: the engine's sentence, and who can help."""
    field = kind.sheet.fields["signed_on"]
    told = {one: reason_sentence(assessment, result, one) for one in ("zh", "en")}
    remedy = Words(
        "请核对合同签订日；确实如此的，请系统管理员先载入该月报价",
        "check the day of the contract; if it is right, ask the operator to load the month's quote first",
    )
    return Fault(
        kind.title.zh,
        said.number,
        field.title.zh,
        said.after["signed_on"],
        Words(told["zh"], told["en"]),
        remedy,
    )
