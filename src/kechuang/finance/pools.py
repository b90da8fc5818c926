"""Acts on risk pools: opened, filled, reserved from; losses shared by the declared ratios, recoveries shared back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from django.db import transaction
from django.db.models import Case, F, Sum, When

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.protection import must_not_stay_away, plainly
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import versions
from kechuang.entitlements.releasing import version_in_force
from kechuang.finance.losses import may_be_shared
from kechuang.finance.models import FiledLine, Pool, PoolEntry, Share
from kechuang.finance.splitting import split
from kechuang.journal.actions import record
from kechuang.policy.language.values import Words, yuan
from kechuang.registry.lists.applying import lock_organisations

MEASURES: Final = ("23", "24")
"""Measures of the document that share losses through a pool."""
Act = PoolEntry.Act
BY_DECIDER: Final = frozenset({Act.LOSE, Act.WITHDRAW})
"""Acts that take money out: decided by the department's decider, the others are entered by its officer."""


@dataclass(frozen=True, slots=True)
class Part:
    """A party's declared part of the losses; borne_by_pool: it is paid from the pool."""

    party: str
    ratio: Fraction
    borne_by_pool: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """What a pool begins with. source: the paper that sets it up. concentration: the share that gives warning."""

    name: str
    measure: str
    source: str
    parts: Sequence[Part]
    floor_fen: int = 0
    concentration: Fraction = Fraction(1, 5)


def may_act(actor: Membership, measure: str, act: str | None = None) -> bool:
    """Whether one may act on pools of a measure: its department's officer, or decider where money leaves."""
    needed = Role.DECIDER if act in BY_DECIDER else Role.OFFICER
    names = {name for name, _ in versions.pack_of(version_in_force().pk).measures[measure].departments}
    return actor.role == needed and actor.organisation.department in names


def open_pool(setup: Setup, *, actor: Membership, at: datetime) -> Pool:
    """Open a pool; Refused unless the ratios are above zero and add up to exactly one, some of it the pool's."""
    if setup.measure not in MEASURES or not may_act(actor, setup.measure):
        raise Refused("请选择本部门负责的条款。", "Choose a measure of your department.", "measure")
    total = sum((one.ratio for one in setup.parts), Fraction(0))
    if total != 1 or any(one.ratio <= 0 for one in setup.parts):
        raise Refused(
            f"分担比例须都大于零、合计为 1，现为 {total}。",
            f"The ratios must be above zero and add up to 1, not {total}.",
            "parts",
        )
    if len({one.party for one in setup.parts}) != len(setup.parts) or not all(
        one.party.strip() for one in setup.parts
    ):
        raise Refused("每个分担方写一次。", "Name each party once.", "parts")
    if not any(one.borne_by_pool for one in setup.parts):
        raise Refused("至少一方由资金池承担。", "The pool must bear the part of one party at least.", "parts")
    if not setup.name.strip() or not setup.source.strip():
        raise Refused("请填写名称和依据。", "State the name and the paper that sets it up.", "name")
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=actor.organisation_id)
        if Pool.objects.filter(name=setup.name.strip()).exists():
            raise Refused("已有同名的资金池。", "There is a pool of this name.", "name")
        pool = Pool.objects.create(
            name=setup.name.strip(),
            measure=setup.measure,
            source=setup.source.strip(),
            floor_fen=setup.floor_fen,
            concentration=f"{setup.concentration.numerator}/{setup.concentration.denominator}",
            opened_by=actor,
            opened_at=at,
        )
        Share.objects.bulk_create(
            Share(
                pool=pool,
                party=one.party.strip(),
                place=place,
                numerator=one.ratio.numerator,
                denominator=one.ratio.denominator,
                borne_by_pool=one.borne_by_pool,
            )
            for place, one in enumerate(setup.parts, start=1)
        )
        told = {"name": pool.name, "ratios": {one.party: str(one.ratio) for one in setup.parts}}
        record("pool.opened", f"pool:{pool.pk}", actor=actor, at=at, data=told)
    return pool


def move(
    pool: Pool,
    act: str,
    amount_fen: int,
    reason: str,
    *,
    actor: Membership,
    at: datetime,
    organisation: Organisation | None = None,
) -> PoolEntry:
    """Contribute, withdraw, reserve for an organisation or release; Refused where the pool has not so much."""
    if act not in {Act.CONTRIBUTE, Act.WITHDRAW, Act.RESERVE, Act.RELEASE}:
        message = f"'{act}' is no plain movement"
        raise ValueError(message)
    with transaction.atomic(), plainly():
        locked = _locked(pool, actor, act, amount_fen, reason, [organisation.pk] if organisation else [])
        free = {
            Act.WITHDRAW: locked.free_fen,
            Act.RESERVE: locked.free_fen,
            Act.RELEASE: reserved_for(locked, organisation),
        }.get(Act(act))
        if act in {Act.RESERVE, Act.RELEASE} and organisation is None:
            raise Refused("请选择单位。", "Choose the organisation.", "organisation")
        if free is not None and amount_fen > free:
            more = Words("", "") if act == Act.RELEASE else Words("，或先出资", ", or fill the pool first")
            raise Refused(
                f"可用 {yuan(free)} 元，不足 {yuan(amount_fen)} 元：请减少金额{more.zh}。",
                f"{yuan(free)} yuan are free, not {yuan(amount_fen)}: reduce the sum{more.en}.",
                "amount",
            )
        entry = _enter(locked, act, amount_fen, reason, actor, at, organisation=organisation)
        _note(entry, actor, at)
    return entry


def lose(
    pool: Pool, line: FiledLine, reason: str, *, actor: Membership, at: datetime, finding: str = ""
) -> PoolEntry:
    """Share a filed loss by the declared ratios; what was reserved for the debtor is released first, as far as needed.

    finding: the written finding that allows a balance below zero, which is refused without one.
    """
    with transaction.atomic(), plainly():
        lock_organisations([line.organisation_id])  # its limit counts what all pools share of it
        standing = (
            FiledLine.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=line.pk)
        )
        whole = int(standing.values.get("amount") or 0)
        about = [standing.organisation_id, standing.filer_id]
        locked = _locked(pool, actor, Act.LOSE, whole, reason, about)
        may_be_shared(standing, locked.measure, at)
        shares = list(locked.shares.all())
        parts = split(whole, [Fraction(one.numerator, one.denominator) for one in shares])
        borne = sum(part for part, one in zip(parts, shares, strict=True) if one.borne_by_pool)
        kept = min(borne, reserved_for(locked, standing.organisation))
        if borne > locked.free_fen + kept and not finding.strip():
            raise Refused(
                f"资金池可用 {yuan(locked.free_fen + kept)} 元，应承担 {yuan(borne)} 元："
                "请写明认定意见，或先补充资金。",
                f"The pool has {yuan(locked.free_fen + kept)} yuan for {yuan(borne)}: "
                "write the finding that allows it, or fill the pool first.",
                "finding",
            )
        if kept:
            words = "损失分担前释放"
            _enter(locked, Act.RELEASE, kept, words, actor, at, organisation=standing.organisation)
        entry = _enter(
            locked,
            Act.LOSE,
            borne,
            reason,
            actor,
            at,
            organisation=standing.organisation,
            line=standing,
            loan=standing.values["number"],
            whole_fen=whole,
            parts={one.party: part for part, one in zip(parts, shares, strict=True)},
            finding=finding.strip(),
        )
        _note(entry, actor, at)
    return entry


def recover(loss: PoolEntry, whole_fen: int, reason: str, *, actor: Membership, at: datetime) -> PoolEntry:
    """Share what came back of a loss in proportion to what each party has borne and not got back yet."""
    with transaction.atomic(), plainly():
        about = [one for one in (loss.organisation_id, loss.line.filer_id if loss.line else None) if one]
        locked = _locked(loss.pool, actor, Act.RECOVER, whole_fen, reason, about)
        if loss.act != Act.LOSE:
            raise Refused("请选择一笔损失。", "Choose a loss.")
        left = unrecovered(loss)
        if whole_fen > sum(left.values()):
            raise Refused(
                f"收回金额超过未收回的损失 {yuan(sum(left.values()))} 元：请核对金额。",
                f"Only {yuan(sum(left.values()))} yuan of the loss have not come back: check the sum.",
                "amount",
            )
        parts = dict(zip(left, split(whole_fen, list(left.values())), strict=True))
        pools = set(locked.shares.filter(borne_by_pool=True).values_list("party", flat=True))
        entry = _enter(
            locked,
            Act.RECOVER,
            sum(part for party, part in parts.items() if party in pools),
            reason,
            actor,
            at,
            organisation=loss.organisation,
            answers=loss,
            whole_fen=whole_fen,
            parts=parts,
        )
        _note(entry, actor, at)
    return entry


def unrecovered(loss: PoolEntry) -> dict[str, int]:
    """What each party has borne of a loss and not got back, in fen, in the order in which the parties are declared."""
    order = loss.pool.shares.values_list("party", flat=True)
    left = {party: loss.parts[party] for party in order}
    for entry in PoolEntry.objects.filter(answers=loss):
        for party, part in entry.parts.items():
            left[party] -= part
    return left


def reserved_for(pool: Pool, organisation: Organisation | None) -> int:
    """What the pool has set aside for an organisation, in fen."""
    signed = Case(
        When(act=Act.RESERVE, then=F("amount_fen")), When(act=Act.RELEASE, then=-F("amount_fen")), default=0
    )
    found = PoolEntry.objects.filter(pool=pool, organisation=organisation).aggregate(sum=Sum(signed))
    return int(found["sum"] or 0)


def _locked(
    pool: Pool, actor: Membership, act: str, amount_fen: int, reason: str, about: Sequence[int]
) -> Pool:
    """The pool with its lock, once it is clear that the actor may, how much, and why; about: whom it concerns."""
    locked = Pool.objects.select_for_update().get(pk=pool.pk)
    must_not_stay_away(actor, about)
    if not may_act(actor, locked.measure, act):
        raise Refused("请由这一条的责任单位办理。", "This is for the department responsible for the measure.")
    if amount_fen <= 0:
        raise Refused("金额须大于零。", "The sum must be above zero.", "amount")
    if not reason.strip():
        raise Refused("请写明事由。", "State the reason.", "reason")
    return locked


def _enter(
    pool: Pool, act: str, amount_fen: int, reason: str, actor: Membership, at: datetime, **more: Any
) -> PoolEntry:
    entry = PoolEntry.objects.create(
        pool=pool,
        act=act,
        amount_fen=amount_fen,
        reason=reason.strip()[:300],
        made_by=actor,
        made_at=at,
        **more,
    )
    pool.refresh_from_db()
    return entry


def _note(entry: PoolEntry, actor: Membership, at: datetime) -> None:
    told = {
        "pool": entry.pool.name,
        "act": entry.act,
        "amount_fen": entry.amount_fen,
        "parts": entry.parts,
        "finding": entry.finding,
        "reason": entry.reason,
    }
    organisation = entry.organisation.pk if entry.organisation else None
    record(
        f"pool.{entry.act}",
        f"pool:{entry.pool.pk}",
        actor=actor,
        at=at,
        organisation_id=organisation,
        data=told,
    )
