"""The API of standings: what an organisation can get now, what it lacks, what is due. With a token only."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from kechuang.accounts.calling import Id, acting
from kechuang.accounts.models import Organisation
from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.accounts.tokens import bearer
from kechuang.entitlements.api_shapes import FactWanted
from kechuang.entitlements.releasing import version_in_force
from kechuang.entitlements.standing_pages import Due, Shown, standing_shown
from kechuang.journal import clock
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import RecordKind
from kechuang.policy.words.reasons import MissingFact
from kechuang.reader.answers import answer, language_of
from kechuang.reader.api_shapes import Said, Shape, Term
from kechuang.reader.told import told
from kechuang.registry.queries import organisation_at

router = Router(tags=["organisation"], auth=bearer)
OFFICES: Final = (Role.OFFICER, Role.DECIDER, Role.DISTRICT, Role.LEADER, Role.AUDITOR)


class ToldDue(Shape):
    """Something that waits for the organisation; `url` is the page where it is done."""

    title: Said
    url: str
    until: date | None
    benefit: str = ""


class ToldHeld(Shape):
    """What was applied for or received already: which record ('': the organisation), which case."""

    key: str
    case: str
    said: Said


class StandingBenefit(Shape):
    """One benefit: how it came out and why, and what can still be got of it."""

    benefit: str
    title: str
    outcome: str = Field(description="entitled, may_apply, undetermined, not_eligible, not_in_force")
    headline: str
    reason: str
    amount_fen: int | None
    left_fen: int | None = Field(
        description="已申报、已享受之外还能得到的 · what is left beside what is held"
    )
    missing: list[FactWanted]
    held: list[ToldHeld]


class Lacking(Shape):
    """Facts of one kind of record that would settle something."""

    record: Term
    facts: list[FactWanted]


class ToldStanding(Shape):
    """What an organisation stands to get by the version in force and the facts known now.

    lacking: facts that would settle something; unlisted: kinds of record of which nothing is known, not even that
    there is none.
    """

    organisation: int
    uscc: str
    name: str
    pack: str
    hash: str
    on: date
    year: int
    known: bool = Field(description="档案中是否有信息 · whether anything is known at all")
    entitled_fen: int
    ceiling_fen: int
    due: list[ToldDue]
    benefits: list[StandingBenefit]
    lacking: list[Lacking]
    unlisted: list[Term]


@router.get(
    "/standing",
    response=ToldStanding,
    **told(
        "ownStanding",
        "本单位能享受什么",
        "One's own standing",
        "按现行版本和档案中的信息测算：可享、可申报、待定及所缺信息，和现在要办的。",
    ),
)
def own_standing(request: HttpRequest) -> HttpResponse:
    """What the token's organisation can get now, what it lacks, what is due."""
    return _standing(request, acting(request, *sorted(APPLICANTS)).organisation)


@router.get(
    "/standing/{number}",
    response=ToldStanding,
    **told(
        "standing",
        "一家单位能享受什么",
        "An organisation's standing",
        "一家单位按现行版本的测算，供看得到其档案的部门；编号见 organisations。",
    ),
)
def standing(request: HttpRequest, number: Id) -> HttpResponse:
    """The same of an organisation, for the offices that see its profile."""
    return _standing(request, organisation_at(number, acting(request, *OFFICES)))


def _standing(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    version = version_in_force()
    shown = standing_shown(
        organisation, version, on=clock.today(), at=clock.now(), language=language_of(request), mine=False
    )
    same = ("on", "year", "known", "entitled_fen", "ceiling_fen")
    return answer(
        ToldStanding(
            organisation=organisation.pk,
            uscc=organisation.uscc,
            name=organisation.name,
            pack=version.pack,
            hash=version.pk,
            due=[_due(one) for one in shown["due"]],
            benefits=[_benefit(one) for group in shown["groups"] for one in group.benefits],
            lacking=[
                Lacking(record=_term(one.kind), facts=[_wanted(fact) for fact in one.facts])
                for one in shown["lacking"]
            ],
            unlisted=[_term(kind) for kind in shown["unlisted"]],
            **{name: shown[name] for name in same},
        )
    )


def _benefit(one: Shown) -> StandingBenefit:
    return StandingBenefit(
        benefit=one.told.benefit_id,
        title=one.told.parts.title,
        outcome=str(one.told.outcome),
        headline=one.told.headline,
        reason=one.told.reason,
        amount_fen=one.told.result.amount,
        left_fen=one.left_fen,
        missing=[_wanted(fact) for fact in one.told.missing],
        held=[ToldHeld(key=held.key, case=held.number, said=_said(held.said)) for held in one.held],
    )


def _due(one: Due) -> ToldDue:
    return ToldDue(title=_said(one.title), url=one.url, until=one.until, benefit=one.benefit)


def _wanted(fact: MissingFact) -> FactWanted:
    return FactWanted(path=fact.path, title=fact.title, source=fact.source)


def _term(kind: RecordKind) -> Term:
    return Term(key=kind.name, zh=kind.title.zh, en=kind.title.en)


def _said(words: Words) -> Said:
    return Said(zh=words.zh, en=words.en)
