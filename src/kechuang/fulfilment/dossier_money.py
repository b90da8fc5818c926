"""What a dossier tells of the money: entries with their vouchers, payments with account and bank's day, their batches.

A batch pays others too. So its events stand apart from those whose hashes the dossier proves, and of what they say only
what is about this case and about the batch as a whole; their hashes name them in the journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kechuang.fulfilment.models import Case
from kechuang.journal.kinds import title_of
from kechuang.journal.models import Event
from kechuang.policy.language.values import Words
from kechuang.treasury.models import Batch, Entry, Payment
from kechuang.treasury.names import ACTS
from kechuang.treasury.paying import PAYMENT_WORDS, STATE_WORDS


def told(case: Case) -> dict[str, Any]:
    """For the page: entries with their titles, payments and batches with their states, events of the batches."""
    payments = _payments(case)
    found = _batches(payments)
    events = _events(found, payments)
    return {
        "entries": [{"entry": one, "title": ACTS[one.act]} for one in _entries(case)],
        "payments": [{"payment": one, "state": Words(*PAYMENT_WORDS[one.state])} for one in payments],
        "batches": [
            {
                "batch": one,
                "state": Words(*STATE_WORDS[one.state]),
                "events": [
                    {"event": each, "title": title_of(each.kind)} for each in events[f"batch:{one.pk}"]
                ],
            }
            for one in found
        ],
    }


def entries(case: Case) -> list[dict[str, Any]]:
    """For programs: each entry of the ledger, with its payment where it has one."""
    return [_entry(one) for one in _entries(case)]


def batches(case: Case) -> list[dict[str, Any]]:
    """For programs: the batches in which money of the case was put, with who prepared and approved them."""
    payments = _payments(case)
    found = _batches(payments)
    events = _events(found, payments)
    return [_batch(one, payments, events[f"batch:{one.pk}"]) for one in found]


def _entries(case: Case) -> list[Entry]:
    found = Entry.objects.filter(award__subject=f"case:{case.pk}").order_by("pk")
    return list(found.select_related("payment__batch", "entered_by__organisation", "entered_by__user"))


def _payments(case: Case) -> list[Payment]:
    found = Payment.objects.filter(award__subject=f"case:{case.pk}").order_by("pk")
    return list(found.select_related("batch"))


def _batches(payments: Iterable[Payment]) -> list[Batch]:
    found = Batch.objects.filter(pk__in={one.batch_id for one in payments}).order_by("pk")
    return list(found.select_related("prepared_by__user", "approved_by__user"))


def _events(found: Iterable[Batch], payments: Iterable[Payment]) -> dict[str, list[Event]]:
    """The events of batches but those about a payment of another case, the oldest first, by subject."""
    own = {one.number for one in payments}
    told: dict[str, list[Event]] = {f"batch:{one.pk}": [] for one in found}
    for event in Event.objects.filter(subject__in=list(told)).order_by("number"):
        if event.data.get("payment") in {None, *own}:
            told[event.subject].append(event)
    return told


def _entry(one: Entry) -> dict[str, Any]:
    return {
        "entry": one.pk,
        "act": one.act,
        "amount_fen": one.amount_fen,
        "at": one.at.isoformat(),
        "voucher": one.voucher,
        "on": one.on.isoformat() if one.on else None,
        "entered_by": one.entered_by.user.name if one.entered_by else None,
        "payment": None if one.payment is None else _payment(one.payment),
    }


def _payment(one: Payment) -> dict[str, Any]:
    return {
        "number": one.number,
        "batch": one.batch.number,
        "amount_fen": one.amount_fen,
        "state": one.state,
        "holder": one.holder,
        "bank": one.bank,
        "account": one.account,
        "settled_on": one.settled_on.isoformat() if one.settled_on else None,
        "reference": one.reference,
        "reason": one.reason,
    }


def _batch(one: Batch, payments: list[Payment], events: list[Event]) -> dict[str, Any]:
    own = [each for each in payments if each.batch_id == one.pk]
    return {
        "number": one.number,
        "state": one.state,
        "prepared_by": one.prepared_by.user.name,
        "prepared_at": one.prepared_at.isoformat(),
        "approved_by": one.approved_by.user.name if one.approved_by else None,
        "approved_at": one.approved_at.isoformat() if one.approved_at else None,
        "sent_at": one.sent_at.isoformat() if one.sent_at else None,
        "sha256": one.file_hash,
        "events": [
            {
                "number": event.number,
                "kind": event.kind,
                "at": event.at.isoformat(),
                "actor": event.actor,
                "data": _about(event.data, {each.number for each in own}),
                "hash": event.hash,
            }
            for event in events
        ],
        "payments": [_payment(each) for each in own],
    }


def _about(data: dict[str, Any], own: set[str]) -> dict[str, Any]:
    """What an event of a batch says of the whole and of the payments of this case; nothing of another's."""
    if "payments" not in data:
        return data
    return {**data, "payments": [one for one in data["payments"] if one[0] in own]}
