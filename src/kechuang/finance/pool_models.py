"""Risk pools (风险补偿资金池): who shares the losses, and the entries that make the balance. Entries are only added.

A trigger adds each entry to the totals of its pool, and nothing else may move them. An entry after which the balance is
below zero, or below what is reserved, is refused by the database unless it names the written finding that allows it.
"""

from __future__ import annotations

from typing import Final

import pgtrigger
from django.db import models
from django.db.models import F, Q

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.protection import recused_may_not_write
from kechuang.journal.protection import never_changed, never_deleted

ADDS_UP: Final = """
    UPDATE finance_pool SET
        balance_fen = balance_fen + CASE NEW.act WHEN 'contribute' THEN NEW.amount_fen
            WHEN 'recover' THEN NEW.amount_fen WHEN 'withdraw' THEN -NEW.amount_fen
            WHEN 'lose' THEN -NEW.amount_fen ELSE 0 END,
        reserved_fen = reserved_fen + CASE NEW.act WHEN 'reserve' THEN NEW.amount_fen
            WHEN 'release' THEN -NEW.amount_fen ELSE 0 END,
        lost_fen = lost_fen + CASE NEW.act WHEN 'lose' THEN NEW.amount_fen ELSE 0 END,
        recovered_fen = recovered_fen + CASE NEW.act WHEN 'recover' THEN NEW.amount_fen ELSE 0 END,
        entries_counted = entries_counted + 1
    WHERE id = NEW.pool_id;
    IF NEW.act IN ('withdraw', 'reserve', 'lose') AND NEW.finding = ''
       AND EXISTS (SELECT FROM finance_pool WHERE id = NEW.pool_id AND (balance_fen < 0 OR balance_fen < reserved_fen))
    THEN
        RAISE EXCEPTION 'pool %: not enough, and no finding', NEW.pool_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'pool_not_below_zero';
    END IF;
    RETURN NEW;
"""
TOTALS: Final = ("balance_fen", "reserved_fen", "lost_fen", "recovered_fen", "entries_counted")


class Pool(models.Model):
    """A pool for one measure; totals are moved by entries alone."""

    name = models.CharField(max_length=200, unique=True)
    measure = models.CharField(max_length=8)  # "23" or "24"
    source = models.CharField(max_length=200)  # the paper that sets it up and its ratios
    floor_fen = models.BigIntegerField(default=0)  # the balance below which the pool gives warning
    concentration = models.CharField(
        max_length=32
    )  # share of the running loans of one debtor that gives warning
    opened_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    balance_fen = models.BigIntegerField(default=0)
    reserved_fen = models.BigIntegerField(default=0)
    lost_fen = models.BigIntegerField(default=0)
    recovered_fen = models.BigIntegerField(default=0)
    entries_counted = models.PositiveIntegerField(default=0)

    class Meta:
        """Nothing reserved below zero; never more recovered than lost. Triggers keep the rest."""

        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(reserved_fen__gte=0), name="pool_releases_what_it_reserved"),
            models.CheckConstraint(
                condition=Q(lost_fen__gte=F("recovered_fen")), name="pool_recovers_what_it_lost"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="pool_moved_by_entries",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.AnyChange(*TOTALS),
                func="IF pg_trigger_depth() < 2 THEN RAISE EXCEPTION 'totals of a pool are moved by entries'; "
                "END IF; RETURN NEW;",
            ),
            *never_deleted("pool"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def free_fen(self) -> int:
        """What may still be reserved or withdrawn."""
        return self.balance_fen - self.reserved_fen


class Share(models.Model):
    """One party's part of the losses, as an exact fraction; those of a pool add up to one. Fixed when it is opened."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="shares")
    party = models.CharField(max_length=100)  # "省级", "市级", "银行"
    place = models.PositiveSmallIntegerField()  # settles equal remainders
    numerator = models.PositiveIntegerField()
    denominator = models.PositiveIntegerField()
    borne_by_pool = models.BooleanField(default=False)  # this part is paid from the pool

    class Meta:
        """In the order declared."""

        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["pool", "place"], name="share_placed_once"),
            models.UniqueConstraint(fields=["pool", "party"], name="share_of_a_party_once"),
            models.CheckConstraint(
                condition=Q(numerator__gt=0, denominator__gte=F("numerator")), name="share_up_to_one"
            ),
        ]
        triggers = [*never_changed("share")]

    def __str__(self) -> str:
        return f"{self.party} {self.numerator}/{self.denominator}"


class PoolEntry(models.Model):
    """One movement of a pool; a loss keeps what each party bears."""

    class Act(models.TextChoices):
        """What moves: money in and out, or what is set aside for a loan."""

        CONTRIBUTE = "contribute"
        WITHDRAW = "withdraw"
        RESERVE = "reserve"
        RELEASE = "release"
        LOSE = "lose"
        RECOVER = "recover"

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="entries")
    act = models.CharField(max_length=16, choices=Act.choices)
    amount_fen = models.BigIntegerField()  # the pool's part
    whole_fen = models.BigIntegerField(null=True)  # of a loss or a recovery: all parties together
    parts = models.JSONField(default=dict)  # {party: fen} of a loss or a recovery
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    line = models.ForeignKey(
        "finance.FiledLine", on_delete=models.PROTECT, null=True, related_name="pool_entries"
    )
    loan = models.CharField(max_length=200, blank=True)  # of a loss: filer's code and number of the loan
    answers = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="answered_by")
    reason = models.CharField(max_length=300)
    finding = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        """In order; a filed loss is shared once, and a loan loses once, however often its loss is filed."""

        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) | Q(amount_fen=0, act__in=["lose", "recover"], whole_fen__gt=0),
                name="pool_entry_above_zero",
            ),
            models.UniqueConstraint(fields=["line"], condition=Q(act="lose"), name="pool_loss_shared_once"),
            models.UniqueConstraint(
                fields=["loan"], condition=Q(act="lose") & ~Q(loan=""), name="pool_loan_loses_once"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="pool_entry_adds_up", operation=pgtrigger.Insert, when=pgtrigger.After, func=ADDS_UP
            ),
            *never_changed("pool_entry"),
            recused_may_not_write(
                "made_by_id",
                "SELECT NEW.organisation_id UNION SELECT filer_id FROM finance_filedline WHERE id = NEW.line_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pool.name} {self.act} {self.amount_fen}"
