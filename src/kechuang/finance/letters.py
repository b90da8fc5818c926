"""Letters: what the finance chain gives without the city's money, in writing (推荐函、确认函).

A recommendation goes upward (the province pays, investors decide); a confirmation tells a bank or an insurer that the
conditions of a limit or a cover hold. One person prepares it from the engine's answer, another issues it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

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
from kechuang.finance.models import Letter
from kechuang.fulfilment.calls import departments_for, paid_here
from kechuang.journal.actions import canonical, record
from kechuang.policy.encoding.pack import Benefit
from kechuang.policy.language.values import Words
from kechuang.policy.words.reasons import headline, reason_sentence

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


def prepare(
    benefit_id: str, organisation: Organisation, year: int, *, actor: Membership, on: date, at: datetime
) -> Letter:
    """Prepare a letter from what is known now. Raises Refused where the conditions do not hold, with the reason."""
    version = version_in_force()
    benefit = next((one for one in benefits() if one.id == benefit_id), None)
    if benefit is None:
        raise Refused(
            "没有这一事项的函：请从列表中选择",
            "there is no such letter: choose one of the list",
            "benefit",
        )
    if actor.role != Role.OFFICER or actor.organisation.department not in departments_for(benefit, version):
        raise Refused(
            "只有这一条的责任单位可以出函",
            "only departments responsible for the measure write it",
            "benefit",
        )
    must_not_stay_away(actor, [organisation.pk])
    assessment = assess_organisation(organisation, version, on=on, year=year, known_at=at)
    result = assessment.results[benefit_id]
    told = {one: [headline(result, one), reason_sentence(assessment, result, one)] for one in ("zh", "en")}
    if not result.outcome.passes:
        raise Refused(" ".join(told["zh"]), " ".join(told["en"]), "organisation")
    with transaction.atomic(), plainly():
        Organisation.objects.select_for_update().get(pk=actor.organisation_id)  # numbers one letter at a time
        standing = Letter.objects.filter(benefit=benefit_id, organisation=organisation, year=year)
        if standing.exclude(state=Letter.State.DISCARDED).exists():
            raise Refused(
                "这家单位这一年度的函已有一份",
                "there is a letter for this organisation and year",
                "organisation",
            )
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
            prepared_by=actor,
            prepared_at=at,
        )
        _note("letter.prepared", letter, actor, at)
    return letter


def issue(letter: Letter, *, actor: Membership, at: datetime) -> Letter:
    """Issue a letter; raises Refused for whoever prepared it, another department, and facts that no longer hold."""
    with transaction.atomic(), plainly():
        found = _locked(letter, actor, Role.DECIDER)
        if found.prepared_by.user_id == actor.user_id:
            raise Refused("出函和签发须为两人", "one person prepares a letter, another issues it")
        now = assess_organisation(
            found.organisation, found.version_id, on=found.on, year=found.year, known_at=at
        ).results[found.benefit]
        if canonical(results.as_plain(now)) != canonical(found.result):
            raise Refused(
                "拟函之后事实有变化：请作废后重新拟函",
                "the facts have changed: discard it and prepare it anew",
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
        raise Refused("这份函由出函部门签发", "the letter is issued by the department that prepared it")
    must_not_stay_away(actor, [found.organisation_id])
    if found.state != Letter.State.PREPARED:
        raise Refused(
            "这份函已签发或作废：请刷新页面", "the letter is issued or discarded already: reload the page"
        )
    return found


def replayed(letter: Letter) -> bool:
    """Whether the engine says the same again from the version, the facts and the quotes known then."""
    again = assess_organisation(
        letter.organisation, letter.version_id, on=letter.on, year=letter.year, known_at=letter.known_at
    ).results[letter.benefit]
    return canonical(results.as_plain(again)) == canonical(letter.result)


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
    told = {"number": letter.number, "benefit": letter.benefit, "amount_fen": letter.amount_fen}
    record(kind, f"letter:{letter.pk}", actor=actor, at=at, organisation_id=letter.organisation_id, data=told)
