"""Lines of different filers that may be the same support twice: found when a filing is applied, decided by a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from kechuang.accounts.models import Membership
from kechuang.accounts.protection import must_not_stay_away, plainly
from kechuang.accounts.refusals import Refused
from kechuang.finance.filing import book
from kechuang.finance.filing.kinds import FACTS
from kechuang.finance.models import FiledLine, Overlap, PoolEntry
from kechuang.fulfilment import outgrown
from kechuang.fulfilment.models import Case
from kechuang.journal.actions import record
from kechuang.policy.language.values import Words
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact

NEAR_DAYS: Final = 31
"""Equal principals are asked about when the contracts were signed so near to each other."""

# A line of this batch's organisations beside every other filer's; the smaller number stands first. Keys of facts carry
# the filer's code: two records of which somebody has said that both count are not asked about anew when one changes.
_FIND: Final = """
    WITH line AS (
        SELECT id, filer_id, organisation_id, record, key, bare_key, values ->> 'kind' AS kind,
               nullif(trim(values ->> 'pledge'), '') AS pledge, values -> 'principal' AS principal,
               COALESCE(values ->> 'signed_on', values ->> 'starts_on')::date AS first,
               COALESCE(values ->> 'due_on', values ->> 'ends_on')::date AS last
        FROM finance_filedline
        WHERE ended_at IS NULL AND organisation_id = ANY(%(organisations)s)
          AND record IN ('loans', 'covers', 'interests')
    ), pair AS (
        SELECT a.id AS one, b.id AS other, a.organisation_id, a.record, a.key AS one_key, b.key AS other_key,
               a.bare_key = b.bare_key AS contract,
               COALESCE(a.record = 'loans' AND a.pledge = b.pledge, false) AS pledge,
               COALESCE(a.record = 'loans' AND a.kind = b.kind AND a.principal = b.principal
                        AND abs(a.first - b.first) <= %(near)s, false) AS principal
        FROM line a JOIN line b ON a.organisation_id = b.organisation_id AND a.record = b.record
            AND a.filer_id <> b.filer_id AND a.id < b.id
        WHERE a.record = 'interests' OR (COALESCE(a.first, '-infinity') <= COALESCE(b.last, 'infinity')
              AND COALESCE(b.first, '-infinity') <= COALESCE(a.last, 'infinity'))
    ), asked AS (
        SELECT one, other, organisation_id, g.ground FROM pair
        CROSS JOIN LATERAL (VALUES ('contract', contract), ('pledge', pledge), ('principal', principal))
            AS g(ground, same)
        WHERE g.same AND NOT EXISTS (
            SELECT FROM finance_overlap o
            JOIN finance_filedline f ON f.id = o.first_id JOIN finance_filedline s ON s.id = o.second_id
            WHERE o.organisation_id = pair.organisation_id AND o.ground = g.ground AND o.decision = 'both'
              AND f.record = pair.record
              AND ((f.key = one_key AND s.key = other_key) OR (f.key = other_key AND s.key = one_key)))
    )
    INSERT INTO finance_overlap (ground, organisation_id, first_id, second_id, found_at, decision, reason)
    SELECT ground, organisation_id, one, other, %(at)s, '', '' FROM asked
    ON CONFLICT (ground, first_id, second_id) DO NOTHING
"""


def find(organisations: Iterable[int], at: datetime) -> int:
    """Ask about pairs of standing lines of these organisations that have not been asked about; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, {"organisations": sorted(set(organisations)), "near": NEAR_DAYS, "at": at})
        return int(cursor.rowcount)


def open_overlaps(among: QuerySet[Overlap] | None = None) -> QuerySet[Overlap]:
    """Undecided pairs both of which still stand; among: those that one may see."""
    found = Overlap.objects.all() if among is None else among
    return found.filter(decision="", first__ended_at__isnull=True, second__ended_at__isnull=True)


def undecided_of(filer: int, numbers: Iterable[str]) -> QuerySet[Overlap]:
    """Open overlaps in which a filer's loans or policies of these numbers (with its code) stand."""
    wanted = list(numbers)
    return open_overlaps().filter(
        Q(first__filer=filer, first__values__number__in=wanted)
        | Q(second__filer=filer, second__values__number__in=wanted)
    )


def question_about(case: Case) -> Words | None:
    """Why the sum of a case waits: an overlap of records that its lifecycle reads is undecided."""
    return waiting_for(case.call.benefit, case.organisation_id)


def waiting_for(benefit: str, organisation: int) -> Words | None:
    """Why a sum or a letter waits; None where the benefit reads no loans and covers, or none of them is asked about."""
    if benefit.partition(".")[0] not in _MEASURES:
        return None
    waiting = open_overlaps().filter(organisation_id=organisation).count()
    if not waiting:
        return None
    return Words(
        f"该单位有 {waiting} 项疑似重复的贷款或保单，请先逐项判断。",
        f"{waiting} loans or covers of this organisation may be filed twice: decide on each first.",
    )


_MEASURES: Final = frozenset({"23", "24", "25", "26", "27"})


def decide(overlap: Overlap, decision: str, reason: str, *, actor: Membership, at: datetime) -> Overlap:
    """A person decides: both lines stand, or one of them is set aside and its facts are withdrawn.

    Raises Refused without a reason, and when somebody has decided meanwhile.
    """
    if decision not in Overlap.Decision.values:
        raise Refused("请选择怎样处理。", "Choose what stands.", "decision")
    if not reason.strip():
        raise Refused("请写明理由。", "Give the reason.", "reason")
    with transaction.atomic(), plainly():
        found = (
            Overlap.objects.select_for_update(of=("self",))
            .select_related("first", "second", "organisation")
            .get(pk=overlap.pk)
        )
        must_not_stay_away(actor, [found.organisation_id, found.first.filer_id, found.second.filer_id])
        if found.decision:
            raise Refused("这一项已有人判断：请刷新页面。", "Somebody has decided on this: reload the page.")
        gone = {"first": found.second, "second": found.first}.get(decision)
        if gone is not None:
            _set_aside(gone, actor, at)
        found.decision, found.reason, found.decided_by, found.decided_at = decision, reason.strip(), actor, at
        found.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
        told = {
            "ground": found.ground,
            "decision": decision,
            "reason": found.reason,
            "lines": [found.first_id, found.second_id],
        }
        outgrown.look_again_soon([found.organisation_id, found.first.filer_id, found.second.filer_id])
        record(
            "overlap.decided",
            f"overlap:{found.pk}",
            actor=actor,
            at=at,
            organisation_id=found.organisation_id,
            data=told,
        )
    return found


def _set_aside(line: FiledLine, actor: Membership, at: datetime) -> None:
    """The line, and with a loan or a policy what was filed of it; what was repaid stands on the loan's own line."""
    followers = _FOLLOWERS.get(line.record, ())
    for one in [line, *_filed_of(line, followers)]:
        if PoolEntry.objects.filter(line=one, act=PoolEntry.Act.LOSE).exists():
            raise Refused(
                "这笔贷款的损失已由资金池分担，不能不算：请保留这一项。",
                "A pool has shared the loss of this loan, so it cannot be set aside: let this one stand.",
                "decision",
            )
        if one.record in FACTS:
            registry.withdraw_record(
                one.organisation, one.record, one.key, actor=actor, at=at, source=Fact.Source.LIST
            )
        book.set_aside(one, at)


def _filed_of(line: FiledLine, records: Sequence[str]) -> QuerySet[FiledLine]:
    """The standing lines of these records that the same filer has filed of the same number."""
    return FiledLine.objects.select_related("organisation").filter(
        filer=line.filer_id,
        organisation=line.organisation_id,
        record__in=records,
        values__number=line.values["number"],
        ended_at__isnull=True,
    )


_FOLLOWERS: Final = {"loans": ("interests", "losses"), "covers": ("claims",)}
