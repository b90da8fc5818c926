"""As objects.py, of the pool of experts, recusals and draws, and of filings, pools, letters and partners."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from experts.factories import make_expert
from factories import AT, TODAY, make_organisation
from finance import test_pools
from finance.factories import WAN, file, loan, make_filer, make_partner, make_tech_sme, take
from kechuang.accounts.roles import DEPARTMENT, FINANCE, Role
from kechuang.experts import actions as experts
from kechuang.experts import declaring, drawing
from kechuang.experts.declaring import Said
from kechuang.experts.models import Draw, Expert, Tie, Work
from kechuang.finance import letters, pools
from kechuang.finance.models import Filing, Letter, Overlap, Partner, Pool, PoolEntry
from web.objects import Thing, World
from web.objects_judged import once

Maker = Callable[[World], Thing]
ALL_SEE = (*DEPARTMENT, Role.AUDITOR)
POOLS_SEEN = (*DEPARTMENT, *FINANCE, Role.LEADER, Role.AUDITOR)
SURE, BECAUSE = {"sure": True}, {"reason": "填写有误"}


@once
def expert(world: World) -> Expert:
    """Kept by the city's own department, with days that the expert cannot come and one employment."""
    made = make_expert(world.city.officer, employer="材料研究院")
    experts.add_absence(made, TODAY, TODAY, "", actor=made.membership, at=AT)
    return Expert.objects.select_related("membership").get(pk=made.pk)


@once
def tie(world: World) -> Tie:
    said = Said("holding", organisation=make_organisation(), source="来函 3 号")
    return declaring.enter(expert(world), said, actor=world.city.officer, at=AT)


@once
def work(world: World) -> Work:
    """Of the expert and an organisation."""
    made = Work(kind="paper", title="低速机", identifier="10.1/m", on=TODAY, source="知网")
    return declaring.state_work(made, [expert(world)], [make_organisation()], actor=world.city.officer, at=AT)


@once
def draw(world: World) -> Draw:
    """Carried out: two seats of four experts of as many institutions."""
    for number in range(4):
        make_expert(world.city.officer, employer=f"第 {number} 研究院")
    plan = drawing.Plan("年度评价", 2, 1, (TODAY + timedelta(days=30), TODAY + timedelta(days=31)))
    prepared = drawing.prepare(plan, actor=world.city.officer, at=AT)
    return drawing.carry_out(prepared, actor=world.city.officer, at=AT)


@once
def filing(world: World) -> Filing:
    return take(make_filer(), "loans", [loan(make_organisation())])


@once
def overlap(world: World) -> Overlap:
    """The same contract, filed by two banks."""
    firm = make_organisation()
    file(make_filer(), "loans", [loan(firm)])
    file(make_filer(), "loans", [loan(firm)])
    return Overlap.objects.filter(organisation=firm).first()


@once
def partner(world: World) -> Partner:
    return make_partner(make_filer(), world.city.officer)


@once
def letter(world: World) -> Letter:
    """Prepared, and not issued."""
    given = {"actor": world.city.officer, "on": TODAY, "at": AT}
    return letters.prepare("23.risk_compensation", make_tech_sme(), 2025, **given)


@once
def pool(world: World) -> Pool:
    """With one shared loss."""
    bank, firm = make_filer(), make_organisation()
    made = test_pools.make_pool(world.city.officer)
    pools.move(made, "contribute", 500 * WAN, "首期", actor=world.city.officer, at=AT)
    loss = test_pools.make_loss(bank, firm)
    pools.lose(made, loss, "逾期", actor=world.city.decider, at=AT)
    return made


def _of_expert(own: str = "officer", *seen_by: Role, sent: Any = None, **named: Any) -> Maker:
    return lambda w: Thing(
        {"number": expert(w).pk, **named}, getattr(w.city, own), frozenset(seen_by), sent or {}
    )


def _of_self(kind: str) -> Maker:
    """Something that experts enter about themselves."""
    return lambda w: Thing({"number": getattr(expert(w), kind).first().pk}, expert(w).membership, sent=SURE)


def _of_draw(**sent: Any) -> Maker:
    return lambda w: Thing({"number": draw(w).number}, w.city.officer, sent=sent)


def _of_filing(*seen_by: Role, **sent: Any) -> Maker:
    return lambda w: Thing(
        {"number": filing(w).pk}, filing(w).filer.memberships.get(), frozenset(seen_by), sent
    )


def _seen(
    make: Callable[[World], Any], own: str, *seen_by: Role, named: dict[str, Any] | None = None, **sent: Any
) -> Maker:
    return lambda w: Thing(
        {"number": make(w).pk, **(named or {})}, getattr(w.city, own), frozenset(seen_by), sent
    )


def _loss(world: World) -> PoolEntry:
    return pool(world).entries.get(act="lose")


def _shared(**sent: Any) -> Maker:
    return lambda w: Thing(
        {"number": pool(w).pk, "line": _loss(w).line_id}, w.city.decider, frozenset({Role.DECIDER}), sent
    )


def _recovered(**sent: Any) -> Maker:
    return lambda w: Thing(
        {"number": pool(w).pk, "entry": _loss(w).pk}, w.city.officer, frozenset({Role.OFFICER}), sent
    )


ROUTES: dict[str, Maker] = {
    "expert-entry": _of_expert("officer", Role.AUDITOR),
    "expert-act": _of_expert(name="check"),
    "recusal-withdraw": _seen(tie, "officer"),
    "draw-act": lambda w: Thing({"number": draw(w).number, "name": "cancel"}, w.city.officer),
    "filing": _of_filing(*ALL_SEE),
    "filing-apply": _of_filing(),
    "filing-undo": _of_filing(),
    "filing-errors": _of_filing(*ALL_SEE),
    "overlap": _seen(overlap, "officer", *ALL_SEE),
    "partner-end": _seen(partner, "officer", Role.OFFICER),
    "letter": _seen(letter, "officer", *ALL_SEE),
    "letter-act": _seen(letter, "decider", *DEPARTMENT, named={"act": "issue"}),
    "letter-paper": _seen(letter, "officer", *ALL_SEE),
    "pool": _seen(pool, "officer", *POOLS_SEEN),
    "pool-export": _seen(pool, "officer", *POOLS_SEEN),
    "pool-move": _seen(pool, "officer", *DEPARTMENT, named={"act": "contribute"}),
    "pool-lose": _shared(),
    "pool-recover": _recovered(),
}
"""url name → something that the address names."""

NO_OBJECT = {
    "expert-own-act": "the word names an act on oneself",
    "filing-template": "the words name a kind of filing and a language",
    "draw": "public by law: everybody may do a draw again",
    "draw-json": "public by law: everybody may do a draw again",
}

MOVED = {"amount_fen": 1, "reason": "首期"}
DECIDED = {"decision": "both", "reason": "两份合同。"}
OPERATIONS: dict[str, Maker] = {
    "expertEntry": _of_expert("officer", Role.AUDITOR),
    "expertBackground": _of_expert("officer", Role.AUDITOR),
    "changeExpert": _of_expert(sent={"revision": 1, "title": "full"}),
    "confirmExpert": _of_expert("decider", sent={"no_record": True}),
    "checkExpert": _of_expert(sent={"no_record": True}),
    "removeExpert": _of_expert(sent=BECAUSE),
    "mergeExperts": lambda w: Thing(
        {"number": expert(w).pk}, w.city.officer, sent={"into": expert(w).pk, "reason": "同一人"}
    ),
    "addExpertFile": _of_expert(sent={"evidence": 1}),
    "addEmployment": _of_expert(sent={"employer": "研究院"}),
    "withdrawEmployment": lambda w: Thing(
        {"number": expert(w).pk, "employment": expert(w).employments.first().pk}, w.city.officer, sent=BECAUSE
    ),
    "withdrawWork": _seen(work, "officer", **BECAUSE),
    "enterTie": _of_expert(sent={"kind": "holding", "organisation": "x", "source": "来函"}),
    "dropAbsence": _of_self("absences"),
    "endEmployment": _of_self("employments"),
    "withdrawTie": _seen(tie, "officer", **BECAUSE),
    "carryOutDraw": _of_draw(witness=""),
    "cancelDraw": _of_draw(**BECAUSE),
    "declineSeat": _of_draw(place=1, reason="出差"),
    "filing": _of_filing(*ALL_SEE),
    "applyFiling": _of_filing(),
    "undoFiling": _of_filing(),
    "lineOverlap": _seen(overlap, "officer", *ALL_SEE),
    "decideLineOverlap": _seen(overlap, "officer", Role.OFFICER, **DECIDED),
    "endPartner": _seen(partner, "officer", Role.OFFICER, **SURE),
    "financeLetter": _seen(letter, "officer", *ALL_SEE),
    "letterPaper": _seen(letter, "officer", *ALL_SEE),
    "issueLetter": _seen(letter, "decider", *DEPARTMENT, **SURE),
    "discardLetter": _seen(letter, "officer", *DEPARTMENT, **SURE),
    "pool": _seen(pool, "officer", *POOLS_SEEN),
    "poolLedger": _seen(pool, "officer", *POOLS_SEEN),
    "poolWorkbook": _seen(pool, "officer", *POOLS_SEEN),
    "filingErrors": _of_filing(*ALL_SEE),
    "movePool": _seen(pool, "officer", *DEPARTMENT, act="contribute", **MOVED),
    "shareLoss": _shared(reason="逾期"),
    "recoverLoss": _recovered(**MOVED),
}
"""operation id → something that the address names."""

PUBLIC_OPERATIONS = ("draw",)
