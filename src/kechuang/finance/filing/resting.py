"""What rests on a loan or a policy: repayments, interest, losses and claims that the same filer has filed of it.

A line is checked against its loan when it is filed; the loan may be corrected or taken back later. So undoing asks
first what would be left without a loan or policy, and the sum of a case waits while interest does not agree with its
loan any more, in whatever order they were filed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from kechuang.entitlements import versions
from kechuang.finance.filing import book
from kechuang.finance.filing.checking import BRANCH, SUBSIDISED, Sender, against_loan
from kechuang.finance.filing.kinds import filing_kinds, number_of
from kechuang.finance.models import FiledLine, Filing, LineNote
from kechuang.fulfilment.models import Case
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import bind
from kechuang.policy.language.values import Words
from kechuang.registry.lists.reading import Organisations
from kechuang.registry.lists.rows import Said
from kechuang.registry.models import ListImport

Place = tuple[int, str]
"""An organisation, and the number of a loan or policy."""
BEARS: Final = {"25.interest": "pledge", "25.appraisal": "pledge", "27.branch_interest": "branch"}
"""The benefits that are worked out from filed interest, and on which kind of loan."""
PERIOD: Final = "period"
"""The condition of branch interest that is about the years."""
MOST_NAMED: Final = 5


def resting_on(filing: Filing) -> list[Filing]:
    """The applied filings of which something would be left without its loan or policy if this one were undone."""
    kinds = [one for one in filing_kinds().values() if one.of == filing.kind]
    if not kinds:
        return []
    own = _numbers(FiledLine.objects.filter(filing=filing))
    organisations = {organisation for organisation, _ in own}
    others = list(book.rows_of_others(filing, organisations)) if own else []
    kept = {(row.organisation_id or 0, str(row.after["number"])) for row in others if book.is_whole(row)}
    lost = own - kept
    found = [
        row.list_import.filing
        for row in others
        if not book.is_whole(row) and (row.organisation_id, row.after.get("number")) in lost
    ]
    lines = FiledLine.objects.filter(
        filer=filing.filer_id,
        record__in={one.record for one in kinds} - {filing_kinds()[filing.kind].record},
        organisation__in={organisation for organisation, _ in lost},
        ended_at__isnull=True,
    )
    standing = lines.select_related("filing__list_import")
    found += [one.filing for one in standing if (one.organisation_id, one.values["number"]) in lost]
    return sorted(set(found), key=lambda one: -one.pk)


def _numbers(lines: Iterable[FiledLine]) -> set[Place]:
    return {(one.organisation_id, str(one.values["number"])) for one in lines}


def question_about(case: Case) -> Words | None:
    """Why the sum of a case waits: interest of its year does not agree with the loan that it is of; else None."""
    kind = BEARS.get(case.call.benefit)
    if kind is None:
        return None
    lines = FiledLine.objects.filter(organisation=case.organisation_id, ended_at__isnull=True)
    borne = lines.filter(record="interests", values__kind=kind, values__year=case.year).order_by("id")
    lent = {(one.filer_id, one.values["number"]): one for one in lines.filter(record="loans")}
    unfit = [one for one in borne if not _agrees(one, lent.get((one.filer_id, one.values["number"])))]
    if not unfit:
        return None
    named = ", ".join(number_of(one.values) for one in unfit[:MOST_NAMED])
    return Words(
        f"{len(unfit)} 笔计息与银行现在所报的贷款不符（{named}）：请银行更正计息或贷款后再办理。",
        f"{len(unfit)} lines of interest do not agree with the loans as the bank files them now ({named}): "
        "the bank corrects the interest or the loan first.",
    )


def past_the_years(case: Case) -> Words | None:
    """Why the sum of branch interest waits: the city has granted as many other years as the law allows; else None.

    The bank states the count, checked when it files; other years, filed at other banks, may be granted since.
    """
    if case.call.benefit not in SUBSIDISED:
        return None
    years = granted_years(case.organisation_id, case.year)
    bound = bind(versions.pack_of(case.version_id), case.on, case.year, case.call.readings)
    row = {"kind": BRANCH, "year": case.year, "principal": 1, "subsidy_years": len(years) + 1}
    statuses = [{"kind": "high_tech_enterprise", "granted_on": case.on, "expires_on": case.on}]
    facts = {"kind": case.organisation.kind, "statuses": statuses, "interests": [row]}
    result = assess_bound(bound, facts, frozenset(SUBSIDISED)).results[case.call.benefit]
    if result.because != PERIOD:
        return None
    named = "、".join(str(one) for one in years)
    return Words(
        f"该企业已兑付 {len(years)} 年贴息（{named}），再加这一年就超过条款的期限：请核对累计贴息年数。",
        f"{len(years)} years of subsidy are granted to the enterprise ({', '.join(map(str, years))}); another is more "
        "than the clause allows: check the years of subsidy.",
    )


def granted_years(organisation: int, but: int) -> list[int]:
    """The years for which the city has granted branch interest to an organisation, but for one."""
    cases = Case.objects.filter(organisation=organisation, call__benefit__in=SUBSIDISED)
    granted = cases.filter(award__isnull=False, award__cancelled_at__isnull=True).exclude(call__year=but)
    return sorted(set(granted.values_list("call__year", flat=True)))


def _agrees(interest: FiledLine, loan: FiledLine | None) -> bool:
    return loan is not None and not list(_misfits(interest.values, loan.values))


def _misfits(interest: Mapping[str, Any], loan: Mapping[str, Any]) -> Iterator[Words]:
    """What of a line of interest does not agree with its loan: the column, and what is expected."""
    kind = filing_kinds()["interest"]
    fields = kind.sheet.fields
    titles = {one.title.zh: one.title for one in fields.values()}
    for column, _, expected, _ in against_loan(interest, loan, fields, kind):
        yield Words(f"{column}须{expected.zh}", f"{titles[column].en} should be {expected.en}")


def note_interest(
    part: Sequence[Said], organisations: Organisations, sender: Sender, list_import: ListImport
) -> None:
    """Tell beside lines of loans that interest filed before does not agree with them: the bank files it anew."""
    if sender.kind.name != "loans":
        return
    about = [number for number, _ in organisations.values()]
    lines = FiledLine.objects.filter(filer=sender.filer, organisation__in=about, ended_at__isnull=True)
    borne: defaultdict[Place, list[FiledLine]] = defaultdict(list)
    for one in lines.filter(record="interests").order_by("id"):
        borne[one.organisation_id, one.values["number"]].append(one)
    if not borne:
        return
    judged, notes = filing_kinds()["interest"].judged, []
    for said in part:
        if said.faults or said.code not in organisations:
            continue
        for one in borne.get((organisations[said.code][0], str(said.after["number"])), ()):
            wrong = list(_misfits(one.values, said.after))
            benefits = judged.get(one.values["kind"], ())
            if wrong and benefits:
                year = one.values["year"]
                words = {
                    "zh": f"已报送的 {year} 年计息与更正后的贷款不符，更正计息之前不能核定贴息："
                    f"{'；'.join(found.zh for found in wrong)}。",
                    "en": f"The interest of {year} on file does not agree with the loan as corrected, and no subsidy "
                    f"is determined before it is filed anew: {'; '.join(found.en for found in wrong)}.",
                }
                notes.append(
                    LineNote(
                        filing_id=list_import.filing.pk,
                        row=said.number,
                        benefit=benefits[0],
                        outcome=str(Outcome.UNDETERMINED),
                        words=words,
                    )
                )
    LineNote.objects.bulk_create(notes, batch_size=2_000)
