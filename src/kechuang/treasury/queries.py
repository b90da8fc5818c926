"""What pages, the API and exports read of the treasury. Every list begins with who asks: others see nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Length

from kechuang.accounts.models import Membership
from kechuang.journal.statements import Given
from kechuang.treasury import hooks, rules
from kechuang.treasury.models import (
    Account,
    Appropriation,
    Award,
    Batch,
    Entry,
    Instalment,
    Part,
    Payment,
    Receivable,
    Reserve,
)
from kechuang.treasury.names import PartState
from kechuang.treasury.refusals import IN_PAYMENT

Row = TypeVar("Row", bound=models.Model)
TOTALS = ("amount_fen", "paid_fen", "committed_fen", "reserved_fen", "recovered_fen")


def seen_by(who: Membership, rows: QuerySet[Row]) -> QuerySet[Row]:
    """The rows for whoever sees the city's money; none for all others."""
    return rows if rules.may_see(who) else rows.none()


def appropriations(
    who: Membership, *, year: int | Given | None = None, measure: str = ""
) -> QuerySet[Appropriation]:
    """Appropriations of a year and measure, in the order of the measures."""
    chosen = Q(year=year) if year else Q()
    chosen &= Q(measure=measure) if measure else Q()
    rows = Appropriation.objects.filter(chosen)
    return seen_by(who, rows).order_by("-year", Length("measure"), "measure", "id")


def totals_of(rows: Collection[Appropriation]) -> dict[str, int]:
    """The sums over appropriations: amount_fen and so on, and free_fen."""
    found = {name: sum(getattr(row, name) for row in rows) for name in TOTALS}
    return {**found, "free_fen": found["amount_fen"] - found["reserved_fen"] - found["committed_fen"]}


def granted(entitlement: str) -> Award | None:
    """The award that stands for an entitlement; None where nothing was granted, or what was is cancelled."""
    return Award.objects.filter(entitlement=entitlement, cancelled_at__isnull=True).first()


def reserves_of(money: Appropriation) -> QuerySet[Reserve]:
    """What calls hold of an appropriation now."""
    return money.reserves.filter(amount_fen__gt=0).order_by("subject")


@dataclass(frozen=True)
class Wanted:
    """Which entries of a ledger are wanted; empty: all."""

    act: str = ""
    q: str = ""  # in the organisation's name or code, the subject or the voucher
    since: date | None = None
    until: date | None = None


def entries(
    who: Membership, wanted: Wanted, money: Appropriation | Given | int | None = None
) -> QuerySet[Entry]:
    """Entries of an appropriation, or of all, the newest first, with what a line of the ledger shows."""
    chosen = Q(appropriation=money) if money else Q()
    if wanted.act:
        chosen &= Q(act=wanted.act)
    if wanted.since:
        chosen &= Q(at__date__gte=wanted.since)
    if wanted.until:
        chosen &= Q(at__date__lte=wanted.until)
    if wanted.q:
        chosen &= (
            Q(award__organisation__name__icontains=wanted.q)
            | Q(award__organisation__uscc=wanted.q.upper())
            | Q(subject__in=_subjects_called(wanted.q))
            | Q(voucher__icontains=wanted.q)
        )
    rows = Entry.objects.filter(chosen).select_related(
        "award__organisation", "payment__batch", "entered_by__user", "appropriation"
    )
    rows = rows.exclude(rules.kept_from(who, "award__"))
    return seen_by(who, rows).order_by("-id")


@dataclass(frozen=True)
class Chain:
    """All that an entry rests on, from the bank's voucher down to the subject that was decided."""

    entry: Entry
    appropriation: Appropriation
    award: Award | None
    payment: Payment | None
    batch: Batch | None
    receivable: Receivable | None
    siblings: list[Entry]  # all entries of the same award, the oldest first
    subject: Shown
    notice: hooks.Noticed | None


def chain_of(entry: Entry) -> Chain:
    """What an entry rests on. Reads the same number of rows whatever the entry."""
    full = Entry.objects.select_related(
        "appropriation",
        "award__organisation",
        "payment__batch__prepared_by__user",
        "payment__batch__approved_by__user",
        "receivable__decided_by__user",
        "entered_by__user",
    ).get(pk=entry.pk)
    siblings = full.award.entries.select_related("payment").order_by("id") if full.award else []
    return Chain(
        entry=full,
        appropriation=full.appropriation,
        award=full.award,
        payment=full.payment,
        batch=full.payment.batch if full.payment else None,
        receivable=full.receivable,
        siblings=list(siblings),
        subject=subjects_shown([full.subject])[full.subject],
        notice=_notice_of(full.subject) if full.award else None,
    )


def _notice_of(subject: str) -> hooks.Noticed | None:
    kind, _, number = subject.partition(":")
    return hooks.notices_of[kind](int(number)) if kind in hooks.notices_of and number.isdecimal() else None


@dataclass(frozen=True)
class Shown:
    """How a subject is shown: what kind it is ("case"), its name, and its page where there is one."""

    kind: str
    text: str
    url: str = ""


def _subjects_called(words: str) -> list[str]:
    """Subjects such as "case:17" whose number, as people know it, begins with these words."""
    return [f"{kind}:{pk}" for kind, find in hooks.subjects_called.items() for pk in find(words)]


def subjects_shown(subjects: Iterable[str]) -> dict[str, Shown]:
    """Names and pages of subjects such as "case:17", asked once for each kind from the rooms that know them."""
    by_kind: dict[str, set[int]] = {}
    shown = {}
    for subject in set(subjects):
        kind, _, number = subject.partition(":")
        shown[subject] = Shown(kind, number)
        if number.isdecimal():
            by_kind.setdefault(kind, set()).add(int(number))
    for kind, numbers in by_kind.items():
        named = hooks.subject_pages[kind](sorted(numbers)) if kind in hooks.subject_pages else {}
        shown |= {f"{kind}:{number}": Shown(kind, text, url) for number, (text, url) in named.items()}
    return shown


def to_pay(
    who: Membership, at: datetime | Given, *, appropriation: int | None = None, measure: str = "", q: str = ""
) -> QuerySet[Award]:
    """Awards with something left to pay, due at `at`, not stopped and not on their way; the longest due first.

    left_fen: what is left. has_account: whether the organisation has named where to. returned: the number of the last
    payment that the bank has sent back and nothing has replaced (see returned.py). Of an award in parts `due_parts`
    are those that are released and neither paid nor on their way, and left_fen is their sum.
    """
    chosen = Q(payable_from__lte=at, cancelled_at__isnull=True, holds=0, committed_fen__gt=F("paid_fen"))
    chosen &= Q(appropriation=appropriation) if appropriation else Q()
    chosen &= Q(appropriation__measure=measure) if measure else Q()
    chosen &= (Q(organisation__name__icontains=q) | Q(organisation__uscc=q.upper())) if q else Q()
    open_payments = Payment.objects.filter(
        award=OuterRef("pk"), state__in=[Payment.State.PREPARED, Payment.State.SENT]
    )
    accounts = Account.objects.filter(organisation=OuterRef("organisation"), replaced_at__isnull=True)
    alive = Payment.objects.filter(award=OuterRef("award"), part=OuterRef("part"))
    alive = alive.exclude(state__in=[Payment.State.RETURNED, Payment.State.WITHDRAWN])
    back = Payment.objects.filter(~Exists(alive), award=OuterRef("pk"), state=Payment.State.RETURNED)
    due = parts_due(at)
    of_award = due.filter(award=OuterRef("pk")).order_by().values("award").annotate(fen=Sum("amount_fen"))
    rows = (
        Award.objects.filter(chosen)
        .exclude(rules.kept_from(who))
        .annotate(
            divided=Exists(Part.objects.filter(award=OuterRef("pk"))),
            left_fen=Case(
                When(divided=True, then=Coalesce(Subquery(of_award.values("fen")), Value(0))),
                default=F("committed_fen") - F("paid_fen"),
            ),
            has_account=Q(account__isnull=False) | Exists(accounts),
            returned=Subquery(back.order_by("-pk").values("pk")[:1]),
        )
    )
    # Said as what there must not be, so that the database excludes all at once instead of asking for each award.
    whole_on_its_way = open_payments.exclude(Exists(Part.objects.filter(award=OuterRef("award"))))
    no_part_due = Part.objects.filter(award=OuterRef("pk")).exclude(
        Exists(due.filter(award=OuterRef("award")))
    )
    rows = rows.exclude(Exists(whole_on_its_way)).exclude(Exists(no_part_due))
    rows = rows.select_related("organisation", "appropriation", "account").prefetch_related(
        Prefetch("parts", queryset=due, to_attr="due_parts")
    )
    return seen_by(who, rows).order_by("payable_from", "id")


def parts_due(at: datetime | Given) -> QuerySet[Part]:
    """Parts of awards that are released and neither paid nor on their way."""
    on_the_way = Payment.objects.filter(
        award=OuterRef("award"),
        part=OuterRef("number"),
        state__in=[Payment.State.PREPARED, Payment.State.SENT, Payment.State.PAID],
    )
    return Part.objects.filter(released_at__lte=at).exclude(Exists(on_the_way)).order_by("award", "number")


def parts_shown(award: Award) -> list[tuple[Part, PartState]]:
    """The parts of an award in order, each with how it stands: a key of names.PART_STATES. Two queries."""
    on_the_way = {
        one.part: one.state for one in award.payments.all() if one.state in (*IN_PAYMENT, Payment.State.PAID)
    }
    parts = list(award.parts.order_by("number"))
    left = award.committed_fen - award.paid_fen
    owed = sum(one.amount_fen for one in parts if one.released_at and on_the_way.get(one.number) != "paid")
    return [
        (one, _standing_of(one, on_the_way.get(one.number), left if one.released_at else left - owed))
        for one in parts
    ]


def _standing_of(part: Part, payment: str | None, left_fen: int) -> PartState:
    """left_fen: what of the award can still fall to the part; less than the part once it was given up."""
    if payment is not None:
        return "paid" if payment == Payment.State.PAID else "sent"
    if left_fen < part.amount_fen:
        return "freed"
    return "waits" if part.released_at is None else "due"


def awards_numbered(who: Membership, numbers: Iterable[int]) -> QuerySet[Award]:
    """Awards by their numbers, for a batch; what one stays away from is not there."""
    return seen_awards(who).filter(pk__in=list(numbers))


def seen_awards(who: Membership) -> QuerySet[Award]:
    """The awards that may be put into a batch by this person: none of whom one stays away from."""
    return seen_by(who, Award.objects.exclude(rules.kept_from(who)))


def not_paid(who: Membership) -> QuerySet[Award]:
    """Awards that are committed and not paid in whole."""
    rows = seen_by(who, Award.objects.filter(cancelled_at__isnull=True, committed_fen__gt=F("paid_fen")))
    return rows.exclude(rules.kept_from(who))


def under_way(who: Membership) -> QuerySet[Payment]:
    """Payments in batches that the bank has not answered yet."""
    rows = Payment.objects.filter(state__in=[Payment.State.PREPARED, Payment.State.SENT])
    return seen_by(who, rows.exclude(rules.kept_from(who, "award__")))


def batches_open_to(who: Membership) -> QuerySet[Batch]:
    """All batches but those that pay an organisation which one stays away from: a colleague handles them."""
    paid = Payment.objects.filter(rules.kept_from(who, "award__"), batch=OuterRef("pk"))
    return Batch.objects.exclude(Exists(paid.exclude(state=Payment.State.WITHDRAWN)))


def of_organisations(organisations: list[int]) -> Q:
    """The events of the journal that tell of batches with a payee among these organisations."""
    kept = rules.of_organisations(organisations, "award__")
    found = Payment.objects.filter(kept).values_list("batch", flat=True)
    return Q(subject__in={f"batch:{number}" for number in found})


def batches(who: Membership, state: str = "") -> QuerySet[Batch]:
    """Batches with what `sums_of_payments` names, the newest first."""
    rows = batches_open_to(who).filter(state=state) if state else batches_open_to(who)
    rows = rows.annotate(**sums_of_payments("payments__"))
    return seen_by(who, rows.select_related("prepared_by__user", "approved_by__user")).order_by("-id")


def sums_of_payments(path: str = "") -> dict[str, Any]:
    """Of payments that are not withdrawn, on `path`: how many (`lines`), their sum (`fen`), how many are `answered`.

    Of these how many the bank has paid and has returned, and the sums: paid, paid_fen, returned, returned_fen.
    """
    lines = ~Q(**{f"{path}state": Payment.State.WITHDRAWN})
    paid, returned = Q(**{f"{path}state": Payment.State.PAID}), Q(**{f"{path}state": Payment.State.RETURNED})

    def count(which: Q) -> Count:
        return Count(f"{path}pk", filter=which)

    def fen(which: Q) -> Coalesce:
        return Coalesce(Sum(f"{path}amount_fen", filter=which), Value(0))

    return {
        "lines": count(lines), "fen": fen(lines), "answered": count(paid | returned),
        "paid": count(paid), "paid_fen": fen(paid), "returned": count(returned), "returned_fen": fen(returned),
    }  # fmt: skip


STOPPED = Q(state=Payment.State.PREPARED) & (Q(award__holds__gt=0) | Q(award__cancelled_at__isnull=False))
"""Payments that were stopped after they were put into a batch."""


def lines_of(of_batch: Batch | Given) -> QuerySet[Payment]:
    """The payments of a batch with what a line shows; those that are `stopped` first, those withdrawn last."""
    place = Case(When(STOPPED, then=0), When(state=Payment.State.WITHDRAWN, then=2), default=1)
    title = Part.objects.filter(award=OuterRef("award"), number=OuterRef("part")).values("title")
    rows = Payment.objects.filter(batch=of_batch)
    rows = rows.select_related("award__organisation", "award__appropriation")
    rows = rows.annotate(part_title=Subquery(title), stopped=ExpressionWrapper(STOPPED, BooleanField()))
    return rows.order_by(place, "number")


def receivables(who: Membership, today: date | Given, *, state: str = "") -> QuerySet[Receivable]:
    """Money that must come back: what is overdue first, then what is due next, what is closed last.

    due_on: the day by which more should have come back than has; None when no instalment is open.
    state: "open", "overdue" or "closed"; '' for all.
    """
    reached = (
        Instalment.objects.filter(receivable=OuterRef("receivable"), number__lte=OuterRef("number"))
        .order_by()
        .values("receivable")
        .annotate(fen=Sum("amount_fen"))
        .values("fen")
    )
    unmet = Instalment.objects.filter(receivable=OuterRef("pk")).annotate(reached=models.Subquery(reached))
    due_on = unmet.filter(reached__gt=OuterRef("recovered_fen")).order_by("number").values("due_on")[:1]
    rows = Receivable.objects.exclude(rules.kept_from(who, "award__")).annotate(
        due_on=models.Subquery(due_on), left_fen=F("amount_fen") - F("recovered_fen")
    )
    chosen = {
        "open": Q(closed_at__isnull=True),
        "overdue": Q(closed_at__isnull=True, due_on__lt=today),
        "closed": Q(closed_at__isnull=False),
    }.get(state, Q())
    rows = rows.filter(chosen).select_related(
        "award__organisation", "award__appropriation", "decided_by__user"
    )
    closed = Case(When(closed_at__isnull=False, then=1), default=0)
    return seen_by(who, rows).order_by(closed, F("due_on").asc(nulls_last=True), "id")


def receivable(who: Membership, number: int, today: date) -> Receivable:
    """One receivable. Raises DoesNotExist."""
    return receivables(who, today).get(pk=number)


def plan_of(of: Receivable, today: date) -> list[Mapping[str, Any]]:
    """The instalments of a receivable: number, due_on, amount_fen, back_fen (what has come for it), overdue."""
    back = of.recovered_fen
    rows: list[Mapping[str, Any]] = []
    for one in of.instalments.order_by("number"):
        came = min(back, one.amount_fen)
        back -= came
        late = came < one.amount_fen and one.due_on < today
        rows.append(
            {
                "number": one.number,
                "due_on": one.due_on,
                "amount_fen": one.amount_fen,
                "back_fen": came,
                "overdue": late,
            }
        )
    return rows
