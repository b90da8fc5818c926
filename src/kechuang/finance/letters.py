"""Letters: what the finance chain gives without the city's money, in writing (推荐函、确认函).

A recommendation goes upward (the province pays, investors decide); a confirmation tells a bank or an insurer that the
conditions of a limit or a cover hold. One person prepares it from the engine's answer, another issues it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.protection import must_not_stay_away, plainly
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import results, versions
from kechuang.entitlements.releasing import version_in_force
from kechuang.entitlements.standing import assess_organisation
from kechuang.exchange.paper import pdf_of
from kechuang.finance import overlaps
from kechuang.finance.filing.kinds import plain_number, without_code
from kechuang.finance.models import Letter
from kechuang.fulfilment.calls import departments_for, paid_here
from kechuang.journal.actions import canonical, record
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.pack import Benefit
from kechuang.policy.language.values import Words
from kechuang.policy.words.reasons import headline, reason_sentence
from kechuang.registry.assembly import case_of

LIFECYCLE: Final = "finance"
UPWARD: Final = Words("推荐函", "Letter of recommendation")
CONFIRMED: Final = Words("确认函", "Letter of confirmation")
_CONFIRMS: Final = frozenset({"limit", "at_least"})


def is_letter(benefit: Benefit) -> bool:
    """Whether a benefit of the finance chain ends with a letter rather than with money of the city."""
    return benefit.lifecycle == LIFECYCLE and not paid_here(benefit)


def benefits() -> list[Benefit]:
    """The benefits of the law in force that end with a letter."""
    return [one for one in versions.pack_of(version_in_force().pk).benefits if is_letter(one)]


def kind_of(benefit: Benefit) -> Words:
    """A recommendation upward, or a confirmation of a limit or a cover."""
    return CONFIRMED if benefit.amount.kind in _CONFIRMS else UPWARD


def is_once(benefit: Benefit) -> bool:
    """Whether an organisation is recommended for it once and not each year: what it is counted by names no year.

    A confirmation of a limit or a cover gives nothing that could be had twice; it is written anew each year.
    """
    return kind_of(benefit) is UPWARD and set(benefit.per) <= _WHOM


_WHOM: Final = frozenset({"enterprise", "person", "bank"})
OF_ONE_LOAN: Final = frozenset({"23.provincial_interest"})
"""Letters that are for one loan, which the organisation chooses where several qualify."""


def prepare(
    benefit_id: str,
    organisation: Organisation,
    year: int,
    *,
    actor: Membership,
    on: date,
    at: datetime,
    loan: str = "",
) -> Letter:
    """Prepare a letter from what is known now; loan: the number of the chosen one, where several qualify.

    Raises Refused where the conditions do not hold, with the reason; where a loan or cover of the organisation may be
    filed twice; and where the organisation has the letter already.
    """
    version = version_in_force()
    benefit = next((one for one in benefits() if one.id == benefit_id), None)
    if benefit is None:
        raise Refused(
            "没有这一事项的函：请从列表中选择。",
            "There is no such letter: choose one of the list.",
            "benefit",
        )
    if actor.role != Role.OFFICER or actor.organisation.department not in departments_for(benefit, version):
        raise Refused(
            "只有这一条的责任单位可以出函。",
            "Only departments responsible for the measure write it.",
            "benefit",
        )
    must_not_stay_away(actor, [organisation.pk])
    assessment = assess_organisation(organisation, version, on=on, year=year, known_at=at)
    result = assessment.results[benefit_id]
    told = {one: [headline(result, one), reason_sentence(assessment, result, one)] for one in ("zh", "en")}
    if not result.outcome.passes:
        raise Refused(" ".join(told["zh"]), " ".join(told["en"]), "organisation")
    _nothing_is_open(benefit, organisation)
    chosen = _chosen(benefit, organisation, Day(on, year, at), loan)
    if chosen is not None:
        told["zh"].append(f"选定的贷款：{_named(chosen)}。")
        told["en"].append(f"Loan chosen: {_named(chosen)}.")
    with transaction.atomic(), plainly():
        Organisation.objects.select_for_update().get(pk=actor.organisation_id)  # numbers one letter at a time
        _none_stands(benefit, organisation, year)
        prefix = f"{timezone.localdate(at).year}-{benefit.measure}-H"
        letter = Letter.objects.create(
            number=f"{prefix}{Letter.objects.filter(number__startswith=prefix).count() + 1:03d}",
            benefit=benefit_id,
            organisation=organisation,
            department=actor.organisation,
            version=version,
            on=on,
            year=year,
            known_at=at,
            result=results.as_plain(result),
            words=told,
            amount_fen=result.amount,
            once=is_once(benefit),
            loan="" if chosen is None else str(chosen["number"]),
            prepared_by=actor,
            prepared_at=at,
        )
        _note("letter.prepared", letter, actor, at)
    return letter


def _nothing_is_open(benefit: Benefit, organisation: Organisation) -> None:
    """Raises Refused while it is not decided whether loans or covers of the organisation are filed twice."""
    open_ = overlaps.waiting_for(benefit.id, organisation.pk)
    if open_ is not None:
        raise Refused(open_.zh, open_.en, "organisation")


def _none_stands(benefit: Benefit, organisation: Organisation, year: int) -> None:
    """Raises Refused where the organisation has this letter: of the year, or ever where it is given once."""
    standing = Letter.objects.filter(benefit=benefit.id, organisation=organisation)
    standing = standing.exclude(state=Letter.State.DISCARDED)
    before = (standing if is_once(benefit) else standing.filter(year=year)).first()
    if before is not None and is_once(benefit):
        raise Refused(
            f"每家单位出一份，{before.year} 年度已有 {before.number}。",
            f"An organisation has one letter of this kind, and {before.number} of {before.year} stands.",
            "organisation",
        )
    if before is not None:
        raise Refused(
            "这家单位这一年度的函已有一份。",
            "There is a letter for this organisation and year.",
            "organisation",
        )


@dataclass(frozen=True, slots=True)
class Day:
    """For when a letter is prepared: the day, the year that counts, and what is known by when."""

    on: date
    year: int
    at: datetime


def _chosen(benefit: Benefit, organisation: Organisation, day: Day, loan: str) -> Mapping[str, Any] | None:
    """The one loan that a letter is for; None where it is for none. Raises Refused until a qualifying one is named."""
    if benefit.id not in OF_ONE_LOAN:
        return None
    good = qualifying(benefit, organisation, day, version_in_force().pk)
    wanted = plain_number(loan)
    found = [one for one in good if not wanted or plain_number(without_code(str(one["number"]))) == wanted]
    if len(found) == 1:
        return found[0]
    names = [_named(one) for one in good]
    raise Refused(
        f"符合条件的贷款为 {'、'.join(names)}：请写明单位选定的一笔。",
        f"The loans that qualify are {', '.join(names)}: name the one that the organisation has chosen.",
        "loan",
    )


def qualifying(
    benefit: Benefit, organisation: Organisation, day: Day, version: str
) -> list[Mapping[str, Any]]:
    """The loans each of which alone meets the conditions, as a version of the law has them."""
    pack = versions.pack_as_known(version, day.at)
    facts, bound = case_of(organisation, day.at, day.on, pack.vocabulary), bind(pack, day.on, day.year)
    only = frozenset({benefit.id})
    return [
        one
        for one in facts.get("loans") or ()
        if assess_bound(bound, {**facts, "loans": [one]}, only).results[benefit.id].outcome.passes
    ]


def _chosen_still(letter: Letter, at: datetime) -> bool:
    """Whether the loan that a letter is for qualifies by itself; another that does is not the one chosen."""
    if not letter.loan:
        return True
    day = Day(letter.on, letter.year, at)
    good = qualifying(benefit_of(letter), letter.organisation, day, letter.version_id)
    return letter.loan in {str(one["number"]) for one in good}


def _named(loan: Mapping[str, Any]) -> str:
    return " ".join(str(part) for part in (loan.get("bank"), without_code(str(loan["number"]))) if part)


def issue(letter: Letter, *, actor: Membership, at: datetime) -> Letter:
    """Issue a letter; raises Refused for whoever prepared it, another department, and facts that no longer hold."""
    with transaction.atomic(), plainly():
        found = _locked(letter, actor, Role.DECIDER)
        if found.prepared_by.user_id == actor.user_id:
            raise Refused("出函和签发须为两人。", "One person prepares a letter, another issues it.")
        _nothing_is_open(benefit_of(found), found.organisation)
        now = assess_organisation(
            found.organisation, found.version_id, on=found.on, year=found.year, known_at=at
        ).results[found.benefit]
        if canonical(results.as_plain(now)) != canonical(found.result) or not _chosen_still(found, at):
            raise Refused(
                "拟函之后事实有变化：请作废后重新拟函。",
                "The facts have changed: discard it and prepare it anew.",
            )
        found.state, found.issued_by, found.issued_at = Letter.State.ISSUED, actor, at
        found.save(update_fields=["state", "issued_by", "issued_at"])
        _note("letter.issued", found, actor, at)
    return found


def discard(letter: Letter, *, actor: Membership, at: datetime) -> Letter:
    """Throw a prepared letter away; it stays on file as discarded."""
    with transaction.atomic(), plainly():
        found = _locked(letter, actor, Role.OFFICER, Role.DECIDER)
        found.state = Letter.State.DISCARDED
        found.save(update_fields=["state"])
        _note("letter.discarded", found, actor, at)
    return found


def _locked(letter: Letter, actor: Membership, *roles: Role) -> Letter:
    locked = Letter.objects.select_for_update(of=("self",)).select_related("prepared_by", "organisation")
    found = locked.get(pk=letter.pk)
    if actor.role not in roles or actor.organisation_id != found.department_id:
        raise Refused("这份函由出函部门签发。", "The letter is issued by the department that prepared it.")
    must_not_stay_away(actor, [found.organisation_id])
    if found.state != Letter.State.PREPARED:
        raise Refused(
            "这份函已签发或作废：请刷新页面。", "The letter is issued or discarded already: reload the page."
        )
    return found


def replayed(letter: Letter) -> bool:
    """Whether the engine says the same again from the version, the facts and the quotes known then."""
    again = assess_organisation(
        letter.organisation, letter.version_id, on=letter.on, year=letter.year, known_at=letter.known_at
    ).results[letter.benefit]
    return canonical(results.as_plain(again)) == canonical(letter.result)


def content_hash(letter: Letter) -> str:
    """SHA-256 of what a letter says and rests on, as canonical JSON; the journal keeps it."""
    said = {
        "organisation": letter.organisation_id,
        "version": letter.version_id,
        "on": letter.on.isoformat(),
        "year": letter.year,
        "known_at": letter.known_at.astimezone(UTC).isoformat(),
        "result": letter.result,
        "words": letter.words,
        "amount_fen": letter.amount_fen,
        "once": letter.once,
        "loan": letter.loan,
    }
    return hashlib.sha256(canonical(said)).hexdigest()


def benefit_of(letter: Letter) -> Benefit:
    """The benefit as the letter's version encodes it."""
    return versions.pack_of(letter.version_id).benefit(letter.benefit)


def paper(letter: Letter, language: str) -> bytes:
    """The letter as PDF."""
    benefit = benefit_of(letter)
    pack = versions.pack_of(letter.version_id)
    shown = {
        "letter": letter,
        "benefit": benefit,
        "kind": kind_of(benefit),
        "pack": pack,
        "told": letter.words[language],
    }
    with translation.override("zh-hans" if language == "zh" else "en"):
        return pdf_of(render_to_string("finance/letter_paper.html", shown))


def _note(kind: str, letter: Letter, actor: Membership, at: datetime) -> None:
    told = {
        "number": letter.number,
        "benefit": letter.benefit,
        "amount_fen": letter.amount_fen,
        "hash": content_hash(letter),
    }
    record(kind, f"letter:{letter.pk}", actor=actor, at=at, organisation_id=letter.organisation_id, data=told)
