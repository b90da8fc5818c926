"""Drawing experts so that anybody can check it: freeze the pool and commit a seed, then publish it and see who it is.

Between the two nothing can be changed by anybody: all rows are append-only, the pool is hashed and the seed is bound by
its own hash. Every draw that was prepared stays in the public list, so that nobody tries until the right names come.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from kechuang.accounts.acting import held_on
from kechuang.accounts.masking import masked
from kechuang.accounts.models import Membership, Recusal
from kechuang.accounts.protection import recused
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.experts import replaying, rules
from kechuang.experts.catalogue import entry
from kechuang.experts.catalogue import fields as known_fields
from kechuang.experts.employers import drawn_at_least, names_of
from kechuang.experts.models import Decline, Draw, Drawn, Employment, Expert, Outcome
from kechuang.experts.recusal import People, Reason, kept_away
from kechuang.journal import actions as journal
from kechuang.journal.models import Event

parties: list[Callable[[str, Membership], tuple[str, Collection[int]] | None]] = []
"""Rooms above find what a draw is for by its number: (subject, organisations that apply), None if it is not theirs."""


on_decline: list[Callable[[Drawn, Event], None]] = []
"""Rooms above are told who has declined a draw, inside the transaction."""


def find_parties(number: str, actor: Membership) -> tuple[str, Collection[int]]:
    """What a draw is for and who applies, by its number; '' is nothing in particular. Raises Refused for none."""
    if not number:
        return "", ()
    for find in parties:
        found = find(number, actor)
        if found is not None:
            return found
    raise Refused("没有这个申报通知。", "There is no such call.", "subject")


PEOPLE_AT_MOST: Final = 99
EXCLUSIONS: Final = (
    "lapsed", "not_agreed", "check_overdue", "expired", "no_account", "fields", "absent",
    "yearly_cap", "recused",
)  # fmt: skip
"""Why somebody in the pool is not eligible, in the order in which it is looked at."""


@dataclass(frozen=True)
class Plan:
    """What is to be drawn: how many, of which fields (none: any), for which days, away from which organisations."""

    purpose: str
    seats: int
    substitutes: int
    days: tuple[date, date]
    fields: tuple[str, ...] = ()
    organisations: tuple[int, ...] = ()
    subject: str = ""


@transaction.atomic
def prepare(plan: Plan, *, actor: Membership, at: datetime) -> Draw:
    """Freeze and hash the pool, commit a seed; raises Refused when there are not enough people or the plan is odd."""
    rules.must_draw(actor)
    _look(plan, actor)
    year = timezone.localdate(at).year
    last = Draw.objects.select_for_update().filter(number__startswith=f"C{year}-").order_by("-id").first()
    number = f"C{year}-{(int(last.number.rpartition('-')[2]) if last else 0) + 1:03}"
    seed = secrets.token_bytes(replaying.SEED_BYTES)
    pool = frozen_pool(plan, timezone.localdate(at))
    _enough(plan, pool)
    draw = Draw(
        number=number,
        purpose=plan.purpose.strip(),
        subject=plan.subject,
        department_id=actor.organisation_id,
        seats=plan.seats,
        substitutes=plan.substitutes,
        first_day=plan.days[0],
        last_day=plan.days[1],
        parties=sorted(set(plan.organisations)),
        pool=pool,
        commitment=replaying.commitment(seed),
        sealed=_masked_seed(seed, number).hex(),
        prepared_by=actor,
        prepared_at=at,
    )
    draw.pool_hash = replaying.pool_hash(exported(draw))
    draw.save(force_insert=True)
    said = {"number": number, "pool": draw.pool_hash, "commitment": draw.commitment}
    journal.record("draw.prepared", f"draw:{draw.pk}", actor=actor, at=at, data=said)
    return draw


def _look(plan: Plan, actor: Membership) -> None:
    if not plan.purpose.strip():
        raise Refused("请写明抽取用途。", "Say what the draw is for.", "purpose")
    if not 1 <= plan.seats <= PEOPLE_AT_MOST:
        raise Refused("席位为 1 至 99 人。", "There are 1 to 99 seats.", "seats")
    if not 0 <= plan.substitutes <= PEOPLE_AT_MOST:
        raise Refused("候补为 0 至 99 人。", "There are 0 to 99 substitutes.", "substitutes")
    if plan.days[1] < plan.days[0]:
        raise Refused("评审结束日早于开始日。", "The review ends before it begins.", "last_day")
    if unknown := set(plan.fields) - set(known_fields()):
        raise Refused(
            f"没有这个领域：{'、'.join(sorted(unknown))}。", f"No such field: {sorted(unknown)}.", "fields"
        )
    own = Recusal.objects.filter(user_id=actor.user_id, ended_at__isnull=True)
    if own.filter(organisation__in=plan.organisations).exists():
        raise recused()


def _enough(plan: Plan, pool: dict[str, Any]) -> None:
    """Refuse a draw that could not fill its seats even if all went well."""
    sure = drawn_at_least([one["institutions"] for one in pool["eligible"]], pool["most_of_an_institution"])
    if sure < plan.seats:
        raise Refused(
            f"符合条件且来自不同单位的专家只有 {sure} 位，需要 {plan.seats} 位。"
            "请放宽领域、改期，或先补充专家库。",
            f"{sure} eligible experts of different institutions, {plan.seats} are needed. "
            "Widen the fields, choose other days, or add to the pool first.",
            "seats",
        )


def frozen_pool(plan: Plan, today: date) -> dict[str, Any]:
    """Who is eligible and who is not, with reasons: the JSON that is frozen. Names are masked, institutions opaque."""
    in_pool = (Expert.State.CONFIRMED, Expert.State.LAPSED)
    experts = list(Expert.objects.filter(merged_into__isnull=True, state__in=in_pool).order_by("key"))
    reasons = _exclusions(plan, experts, today)
    named = institutions(experts, today)
    return {
        "most_of_an_institution": entry().most_of_an_institution,
        "fields": sorted(plan.fields),
        "parties_hash": parties_hash(plan.organisations),
        "eligible": [
            {
                "key": one.key,
                "name": masked(one.name, "name"),
                "fields": sorted(one.fields),
                "institutions": named[one.pk],
            }
            for one in experts
            if one.pk not in reasons
        ],
        "excluded": [
            {"key": one.key, "name": masked(one.name, "name"), "reasons": reasons[one.pk]}
            for one in experts
            if one.pk in reasons
        ],
    }


def parties_hash(organisations: Iterable[int]) -> str:
    """Binds a draw to those who apply without telling who they are: keyed, since few numbers could be guessed."""
    said = replaying.canonical(sorted(set(organisations))).decode()
    return salted_hmac("kechuang.experts.parties", said, algorithm="sha256").hexdigest()


def _exclusions(
    plan: Plan, experts: Iterable[Expert], today: date, but: Draw | None = None
) -> dict[int, list[str]]:
    """The reasons, in the order of EXCLUSIONS, of those who are not eligible; the seats of the draw `but` left out."""
    people = People()
    away = kept_away(plan.days[0], plan.organisations) | _by_rows(people, plan.organisations)
    absent = set(
        Expert.objects.filter(
            absences__since__lte=plan.days[1], absences__until__gte=plan.days[0]
        ).values_list("pk", flat=True)
    )
    acting = set(held_on(today).filter(role=Role.EXPERT).values_list("pk", flat=True))
    seats = seats_in(today.year, but)
    found = {}
    for one in experts:
        looks = {
            "lapsed": one.state == Expert.State.LAPSED,
            "not_agreed": one.agreed_at is None,
            "check_overdue": one.state == Expert.State.CONFIRMED and rules.check_due_on(one) < today,
            "expired": one.expires_on is not None and one.expires_on < plan.days[1],
            "no_account": one.membership_id not in acting,
            "fields": bool(plan.fields) and not set(plan.fields) & set(one.fields),
            "absent": one.pk in absent,
            "yearly_cap": seats[one.pk] >= entry().draws_a_year,
            "recused": bool(away.get(("expert", one.pk))),
        }
        whys = [why for why in EXCLUSIONS if looks.get(why)]
        if whys:
            found[one.pk] = whys
    return found


def _by_rows(people: People, organisations: Collection[int]) -> dict[tuple[str, int], set[Reason]]:
    """Who stays away by a row in force already: what the last renewal found still counts today."""
    rows = Recusal.objects.filter(ended_at__isnull=True, organisation__in=organisations)
    found: dict[tuple[str, int], set[Reason]] = {}
    for row in rows:
        person = people.of(None, row.user_id)
        if person:
            found.setdefault(person, set()).add(Reason(row.organisation_id, row.ground, row.source))
    return found


def seats_in(year: int, but: Draw | None = None) -> Counter[int]:
    """How many seats each expert was drawn for in a calendar year, declined ones and unused substitutes left out.

    but: a draw whose seats do not count, since it is they that are being filled.
    """
    found: Counter[int] = Counter()
    taken: Counter[int] = Counter()
    rows = Drawn.objects.filter(draw__outcome__done_at__year=year, decline__isnull=True)
    rows = rows.exclude(draw=but) if but else rows
    for one in rows.select_related("draw").order_by("draw", "place"):
        if taken[one.draw_id] < one.draw.seats:
            taken[one.draw_id] += 1
            found[one.expert_id] += 1
    return found


def institutions(experts: Iterable[Expert], today: date) -> dict[int, list[str]]:
    """Opaque names of the institutions where each works now, by whichever of the entries that were merged; sorted."""
    people = People()
    found: dict[int, set[str]] = {one.pk: set() for one in experts}
    now = Q(ended_on__isnull=True) | Q(ended_on__gte=today)
    rows = list(Employment.objects.filter(now, withdrawn_at__isnull=True))
    names = names_of(rows)
    for row in rows:
        person = people.of(row.expert_id, None)
        if person and person[1] in found:
            found[person[1]] |= names[row.pk]
    return {pk: sorted(map(_opaque, some)) for pk, some in found.items()}


def _opaque(name: str) -> str:
    return salted_hmac("kechuang.experts.institution", name, algorithm="sha256").hexdigest()[:16]


def _masked_seed(seed: bytes, number: str) -> bytes:
    """A seed masked (or unmasked) with a key that is not in the database."""
    mask = salted_hmac("kechuang.experts.seed", number, algorithm="sha256").digest()
    return bytes(one ^ other for one, other in zip(seed, mask, strict=True))


@transaction.atomic
def carry_out(draw: Draw, *, witness: str = "", actor: Membership, at: datetime) -> Draw:
    """Publish the seed and write down who it draws. witness: words that somebody else names only now."""
    rules.must_run(actor, draw)
    draw = Draw.objects.select_for_update().get(pk=draw.pk)
    _still_open(draw)
    seed = _masked_seed(bytes.fromhex(draw.sealed), draw.number)
    if not constant_time_compare(replaying.commitment(seed), draw.commitment):
        raise Refused(
            "站点密钥已更换，种子打不开。请作废本次抽取并重新准备。",
            "The site's key has changed and the seed cannot be opened. Cancel this draw and prepare another.",
        )
    Outcome.objects.create(draw=draw, seed=seed.hex(), witness=witness.strip(), done_by=actor, done_at=at)
    keys = replaying.drawn(draw.pool, seed, witness.strip(), draw.seats + draw.substitutes)
    rows = Expert.objects.select_for_update(of=("self",)).select_related("membership")
    rows = rows.filter(key__in=keys).order_by("pk")  # locked: seats of a year are counted below
    people = {one.key: (one, one.membership) for one in rows if one.membership}
    Drawn.objects.bulk_create(
        Drawn(draw=draw, place=place, expert=people[key][0], membership=people[key][1])
        for place, key in enumerate(keys, start=1)
    )
    _pass_over(draw, draw.drawn.select_related("expert"), actor, at)
    said = {"number": draw.number, "seed": seed.hex(), "drawn": keys}
    event = journal.record("draw.carried_out", f"draw:{draw.pk}", actor=actor, at=at, data=said)
    _tell(draw, draw.memberships(), event)
    return Draw.objects.get(pk=draw.pk)


def _pass_over(draw: Draw, found: Iterable[Drawn], actor: Membership, at: datetime) -> int:
    """Whoever was eligible when the pool was frozen and is not any more gives the place to a substitute, in writing.

    Of those `found`; how many did.
    """
    plan = Plan(
        purpose=draw.purpose,
        seats=draw.seats,
        substitutes=draw.substitutes,
        days=(draw.first_day, draw.last_day),
        fields=tuple(draw.pool["fields"]),
        organisations=tuple(draw.parties),
    )
    rows = list(found)
    reasons = _exclusions(plan, [one.expert for one in rows], timezone.localdate(at), draw)
    made = Decline.objects.bulk_create(
        Decline(drawn=one, reason=" ".join(reasons[one.expert_id]), noted_by=actor, noted_at=at)
        for one in rows
        if one.expert_id in reasons
    )
    return len(made)


@transaction.atomic
def cancel(draw: Draw, *, reason: str, actor: Membership, at: datetime) -> Draw:
    """Give up a draw that was prepared; it stays in the public list with the reason."""
    rules.must_run(actor, draw)
    draw = Draw.objects.select_for_update().get(pk=draw.pk)
    _still_open(draw)
    if not reason.strip():
        raise Refused("请写明作废的原因。", "Say why the draw is cancelled.", "reason")
    Outcome.objects.create(draw=draw, reason=reason.strip(), done_by=actor, done_at=at)
    said = {"number": draw.number, "reason": reason.strip()}
    journal.record("draw.cancelled", f"draw:{draw.pk}", actor=actor, at=at, data=said)
    return Draw.objects.get(pk=draw.pk)


def _still_open(draw: Draw) -> None:
    if Outcome.objects.filter(draw=draw).exists():
        raise Refused("本次抽取已经结束。", "This draw is over already.")


@transaction.atomic
def decline(drawn: Drawn, *, reason: str, actor: Membership, at: datetime) -> Draw:
    """Note that somebody who was drawn cannot, or may not; the next substitute who may takes the seat and is told."""
    draw = Draw.objects.select_for_update().get(pk=drawn.draw_id)
    own = actor.user_id == drawn.membership.user_id
    if not own:
        rules.must_run(actor, draw)
    if not reason.strip():
        raise Refused("请写明原因。", "Say why.", "reason")
    if Decline.objects.filter(drawn=drawn).exists():
        raise Refused("已经登记过不能参加。", "It has been noted already.")
    before = {one.pk for one in draw.seated()}
    Decline.objects.create(drawn=drawn, reason=reason.strip(), noted_by=actor, noted_at=at)
    new = _moved_up(draw, before, actor, at)
    said = {"number": draw.number, "place": drawn.place, "reason": reason.strip()}
    event = journal.record("draw.declined", f"draw:{draw.pk}", actor=actor, at=at, data=said)
    _tell(draw, new, event)
    for tell in on_decline:
        tell(drawn, event)
    return draw


def _moved_up(draw: Draw, before: set[int], actor: Membership, at: datetime) -> list[Membership]:
    """Who takes the seats that are free: substitutes who have become ineligible since are passed over, in writing."""
    while True:
        new = [one for one in draw.seated() if one.pk not in before]
        experts = Expert.objects.select_for_update(of=("self",)).filter(pk__in=[one.expert_id for one in new])
        list(experts.order_by("pk"))  # locked: seats of a year are counted next
        if not _pass_over(draw, new, actor, at):
            return [one.membership for one in new]


def _tell(draw: Draw, people: Iterable[Membership], event: Any) -> None:
    journal.tell(
        [(one.user_id, one.pk) for one in people],
        event=event,
        title={
            "zh": f"您被抽取为评审专家：{draw.purpose}",
            "en": f"You were drawn as an expert: {draw.purpose}",
        },
        body={
            "zh": f"抽取编号 {draw.number}，评审时间 {draw.first_day} 至 {draw.last_day}。"
            "不能参加或需要回避的，请在“我的专家信息”中说明。",
            "en": f"Draw {draw.number}, review from {draw.first_day} to {draw.last_day}. If you cannot come, or must "
            "stay away, say so on your page.",
        },
        link="/expert/",
    )


def public_reason(declined: Decline) -> str:
    """The codes of exclusions as they are; what a person wrote is nobody else's business: "stated"."""
    return declined.reason if set(declined.reason.split(" ")) <= set(EXCLUSIONS) else "stated"


def exported(draw: Draw) -> dict[str, Any]:
    """A draw as the JSON that replaying.py describes: public, and enough to verify it."""
    outcome = getattr(draw, "outcome", None) if draw.pk else None
    rows = draw.drawn.select_related("expert", "decline").order_by("place") if draw.pk else []
    return {
        "format": replaying.format_of(draw.pool),
        "number": draw.number,
        "purpose": draw.purpose,
        "prepared_at": draw.prepared_at.isoformat(),
        "first_day": draw.first_day.isoformat(),
        "last_day": draw.last_day.isoformat(),
        "seats": draw.seats,
        "substitutes": draw.substitutes,
        "pool": draw.pool,
        "pool_hash": draw.pool_hash,
        "commitment": draw.commitment,
        "outcome": outcome
        and {
            "seed": outcome.seed,
            "witness": outcome.witness,
            "reason": outcome.reason,
            "done_at": outcome.done_at.isoformat(),
        },
        "drawn": [{"place": one.place, "key": one.expert.key} for one in rows],
        "declined": [
            {"place": one.place, "reason": public_reason(one.decline)}
            for one in rows
            if hasattr(one, "decline")
        ],
    }
