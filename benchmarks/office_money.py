"""Money for the offices' pages: an award for each determined case, some of them in batches, paid, to come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

ONE_BATCH = 100  # payments
BATCHES = 100
UNDER_WAY = 10  # of the batches; all others are settled
DUE = 3_000  # awards that wait to be put into a batch; of all others the notice has not ended
RECEIVABLES = 300
ENTRIES = 500  # in one transaction: each moves the total of its appropriation


def spend(money: dict[int, Any], people: dict[str, Any], at: datetime) -> str:
    """Awards, batches and receivables; the number of a batch that nobody has approved yet.

    money: the appropriation of each call, by its primary key; people: accountant, treasurer.
    """
    from kechuang.treasury import actions
    from kechuang.treasury.models import Award

    awards = _granted(money, people["accountant"], at)
    _commit(awards, people["accountant"], at)
    for place in range(BATCHES):
        chosen = awards[place * ONE_BATCH : (place + 1) * ONE_BATCH]
        batch = actions.prepare_batch(chosen, actor=people["accountant"], at=at)
        if place < BATCHES - UNDER_WAY:
            _pay(batch, people, at)
    for award in Award.objects.filter(paid_fen__gt=0).order_by("pk")[:RECEIVABLES]:
        actions.open_receivable(award, award.paid_fen, "材料不实", actor=people["accountant"], at=at)
    return str(batch.number)


def _granted(money: dict[int, Any], accountant: Any, at: datetime) -> list[Any]:
    from kechuang.treasury.models import Account, Award

    found = list(_determined())
    accounts = Account.objects.bulk_create(
        [
            Account(organisation_id=one, holder="收款单位", bank="威海市商业银行", number=f"622848{one:013d}",
                    stated_by=accountant, stated_at=at)
            for one in dict.fromkeys(organisation for _, _, organisation, _ in found)
        ],
        batch_size=2_000,
    )  # fmt: skip
    account_of = {one.organisation_id: one for one in accounts}
    return Award.objects.bulk_create(
        [
            Award(entitlement=f"9.rd_growth|2025|{organisation}|{case}", subject=f"case:{case}",
                  organisation_id=organisation, appropriation=money[call], benefit="9.rd_growth", year=2025,
                  amount_fen=fen, account=account_of[organisation], created_at=at,
                  payable_from=at if place < ONE_BATCH * BATCHES + DUE else None)
            for place, (case, call, organisation, fen) in enumerate(found)
        ],
        batch_size=2_000,
    )  # fmt: skip


def _determined() -> Iterator[tuple[int, int, int, int]]:
    from kechuang.fulfilment.models import Case

    found = Case.objects.filter(state="determined").order_by("pk")
    return found.values_list("pk", "call_id", "organisation_id", "determined_fen").iterator()


def _commit(awards: list[Any], accountant: Any, at: datetime) -> None:
    from django.db import transaction

    from kechuang.treasury.models import Entry

    for start in range(0, len(awards), ENTRIES):
        with transaction.atomic():
            Entry.objects.bulk_create(
                Entry(act=Entry.Act.COMMIT, amount_fen=one.amount_fen, appropriation_id=one.appropriation_id,
                      award=one, subject=one.subject, at=at, entered_by=accountant)
                for one in awards[start : start + ENTRIES]
            )  # fmt: skip


def _pay(batch: Any, people: dict[str, Any], at: datetime) -> None:
    from kechuang.treasury import actions

    actions.approve_batch(batch, actor=people["treasurer"], at=at)
    actions.mark_sent(batch, actor=people["accountant"], at=at)
    numbers = batch.payments.values_list("number", flat=True)
    results = [actions.Result(number, paid=True, on=at.date(), reference=f"B{number}") for number in numbers]
    actions.settle(batch, results, actor=people["accountant"], at=at)
