"""Random acts of many actors on one appropriation, each acknowledged in a file after it was done; and what must hold.

Run by test_concurrency in threads, and as processes of their own: `python -m treasury.storm setup|check|work SEED`.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import django

AT_DAY = date(2026, 3, 2)
CAP = "9.rd_growth/yearly"
PAYEES = 40


def setup() -> None:
    """One appropriation, its officers and the enterprises, with a ceiling that not all grants fit under."""
    from treasury.factories import make_accountant, make_appropriation, make_payee, make_treasurer

    make_accountant()
    make_treasurer()
    make_appropriation(300_000)
    for _ in range(PAYEES):
        make_payee()


class Actor:
    """One actor: knows who is who, and picks an act at random from what it finds."""

    def __init__(self, seed: str) -> None:
        from kechuang.accounts.models import Membership
        from kechuang.accounts.roles import Role
        from kechuang.treasury.models import Account, Appropriation

        self.random = random.Random(seed)
        self.seed = seed
        self.number = 0
        self.accountant = Membership.objects.filter(role=Role.ACCOUNTANT).earliest("id")
        self.treasurer = Membership.objects.filter(role=Role.TREASURER).earliest("id")
        self.money = Appropriation.objects.earliest("id")
        self.payees = [account.organisation for account in Account.objects.select_related("organisation")]

    def act(self) -> dict[str, object] | None:
        """Do something; what is acknowledged, None when there was nothing to do."""
        acts = [self.grant] * 5 + [self.make_payable] * 3 + [self.prepare] * 4 + [self.approve] * 4
        acts += (
            [self.send] * 4
            + [self.settle] * 5
            + [self.hold, self.unhold, self.unhold, self.cancel, self.withdraw]
        )
        acts += [self.reserve, self.release, self.claim, self.receive, self.receive]
        return self.random.choice(acts)()

    def any_of(self, model, **which):
        """A row at random among the newest, often the same for several actors."""
        found = list(model.objects.filter(**which).order_by("-id")[:12])
        return self.random.choice(found) if found else None

    def by(self, actor=None):
        from factories import AT

        return {"actor": actor or self.accountant, "at": AT}

    def grant(self):
        from kechuang.treasury import actions

        self.number += 1
        key = f"{self.seed}-{self.number}"
        grant = actions.Grant(
            f"9.rd_growth|2025|{key}", f"case:{key}", self.random.choice(self.payees), self.money, "9.rd_growth", 2025,
            self.random.randrange(1, 40_000), CAP, 900_000,
        )  # fmt: skip
        award = actions.grant(grant, **self.by())
        actions.commit(award, reserve=self.random.choice(["", "call:1"]), **self.by())
        return {"event": ["award.committed", f"award:{award.pk}"]}

    def make_payable(self):
        from kechuang.treasury import actions
        from kechuang.treasury.models import Award

        award = self.any_of(Award, payable_from__isnull=True, cancelled_at__isnull=True)
        return award and self.done("award.cleared", award, actions.make_payable(award, **self.by()))

    def hold(self):
        from kechuang.treasury import actions
        from kechuang.treasury.models import Award

        award = self.any_of(Award, holds=0, paid_fen=0)
        return award and self.done(
            "award.held", award, actions.hold(award, subject="objection:1", **self.by())
        )

    def unhold(self):
        from kechuang.treasury import actions
        from kechuang.treasury.models import Award

        award = self.any_of(Award, holds__gt=0)
        return award and self.done(
            "award.freed", award, actions.unhold(award, subject="objection:1", **self.by())
        )

    def cancel(self):
        from kechuang.treasury import actions
        from kechuang.treasury.models import Award

        award = self.any_of(Award, cancelled_at__isnull=True)
        return award and self.done("award.cancelled", award, actions.cancel(award, reason="x", **self.by()))

    @staticmethod
    def done(kind, award, _):
        return {"event": [kind, f"award:{award.pk}"]}

    def reserve(self):
        from kechuang.treasury import actions

        entry = actions.reserve(self.money, self.random.randrange(1, 50_000), subject="call:1", **self.by())
        return {"entry": entry.pk}

    def release(self):
        from kechuang.treasury import actions

        fen = self.random.randrange(1, 50_000)
        entry = actions.release_reserve(self.money, subject="call:1", amount_fen=fen, **self.by())
        return {"entry": entry.pk}

    def prepare(self):
        from django.db.models import F

        from kechuang.treasury import actions
        from kechuang.treasury.models import Award

        due = Award.objects.filter(payable_from__isnull=False, holds=0, committed_fen__gt=F("paid_fen"))
        awards = list(due.order_by("-id")[:30])
        chosen = self.random.sample(awards, min(len(awards), self.random.randrange(1, 4)))
        return chosen and {"batch": actions.prepare_batch(chosen, **self.by()).number}

    def approve(self):
        from kechuang.treasury import actions
        from kechuang.treasury.models import Batch

        batch = self.any_of(Batch, state="prepared")
        return batch and self.of_batch(
            "batch.approved", actions.approve_batch(batch, **self.by(self.treasurer))
        )

    def send(self):
        from kechuang.treasury import actions
        from kechuang.treasury.models import Batch

        batch = self.any_of(Batch, state="approved")
        return batch and self.of_batch("batch.sent", actions.mark_sent(batch, **self.by()))

    def withdraw(self):
        from kechuang.treasury import actions
        from kechuang.treasury.models import Batch

        batch = self.any_of(Batch, state__in=["prepared", "approved"])
        return batch and self.of_batch(
            "batch.withdrawn", actions.withdraw_batch(batch, reason="x", **self.by())
        )

    @staticmethod
    def of_batch(kind, batch):
        return {"event": [kind, f"batch:{batch.pk}"]}

    def settle(self):
        from kechuang.treasury import actions
        from kechuang.treasury.models import Batch
        from treasury.factories import paid, returned

        batch = self.any_of(Batch, state__in=["sent", "sent", "settled"])
        if batch is None:
            return None
        numbers = list(batch.payments.exclude(state="withdrawn").values_list("number", flat=True))
        results = [self.random.choices([paid, returned], [9, 1])[0](number) for number in numbers]
        actions.settle(batch, results, **self.by())
        return {"paid": [one.number for one in results if one.paid]}

    def claim(self):
        from kechuang.treasury import actions
        from kechuang.treasury.models import Award

        award = self.any_of(Award, paid_fen__gt=0)
        if award is None:
            return None
        fen = self.random.randrange(1, award.paid_fen + 1)
        made = actions.open_receivable(award, fen, "x", **self.by())
        return {"event": ["receivable.opened", f"receivable:{made.pk}"]}

    def receive(self):
        from kechuang.treasury import actions
        from kechuang.treasury.models import Receivable

        due = self.any_of(Receivable, closed_at__isnull=True)
        if due is None:
            return None
        fen = self.random.randrange(1, due.amount_fen - due.recovered_fen + 1)
        self.number += 1
        entry = actions.receive(due, fen, AT_DAY, f"B{self.seed}-{self.number}", **self.by())
        return {"entry": entry.pk}


def work(seed: str, acks: Path, stop: Callable[[], bool]) -> None:
    """Act until told to stop. Acknowledged is what came back as done; of what was cut off nobody was told."""
    from django.db import DatabaseError, InterfaceError, connection

    from kechuang.accounts.refusals import Refused

    actor = None
    file = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while not stop():
        try:
            actor = actor or Actor(seed)
            done = actor.act()
        except Refused:
            continue
        except (DatabaseError, InterfaceError) as error:
            if "deadlock" in str(error):
                os.write(file, json.dumps({"deadlock": str(error)}).encode() + b"\n")
            with suppress(Exception):
                connection.close()
            time.sleep(0.1)
            continue
        if done:
            os.write(file, json.dumps(done).encode() + b"\n")
    connection.close()
    os.close(file)


def problems(acks: Path) -> list[str]:
    """What must hold and does not, after everything."""
    from kechuang.journal.models import Event
    from kechuang.treasury.models import Batch, Entry
    from treasury.sound import unsound

    said = [json.loads(line) for line in acks.read_text().splitlines()] if acks.exists() else []
    found = [f"deadlock: {one}" for one in said if "deadlock" in one]
    events = set(Event.objects.values_list("kind", "subject"))
    entries = set(Entry.objects.values_list("pk", flat=True))
    batches = set(Batch.objects.values_list("number", flat=True))
    paid = set(Entry.objects.filter(act="pay").values_list("payment__number", flat=True))
    for one in said:
        kept = (
            tuple(one.get("event", ())) in events | {()}
            and one.get("entry") in entries | {None}
            and one.get("batch") in batches | {None}
            and paid.issuperset(one.get("paid", ()))
        )
        if not kept:
            found.append(f"acknowledged and lost: {one}")
    return found + unsound()


def main() -> None:
    """As a process: eight actors in threads until killed, or set-up, or the check."""
    django.setup()
    acks = Path(os.environ["STORM_ACKS"])
    match sys.argv[1:]:
        case ["setup"]:
            setup()
        case ["check"]:
            sys.stdout.write(json.dumps(problems(acks), ensure_ascii=False, indent=1))
        case ["work", seed]:
            threads = [
                threading.Thread(target=work, args=(f"{seed}.{thread}", acks, lambda: False))
                for thread in range(8)
            ]
            for thread in threads:
                thread.start()


if __name__ == "__main__":
    main()
