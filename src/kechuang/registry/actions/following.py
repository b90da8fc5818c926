"""A dispute follows the fact that it is about: what the source says anew, or says no longer, while nobody has answered.

Called at the end of whatever supersedes or withdraws facts, inside its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.urls import reverse

from kechuang.accounts.queries import stays_away
from kechuang.journal.actions import CLOCK, record, tell
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.policy.words.wording import value_text
from kechuang.registry.models import Correction, Fact
from kechuang.registry.values import field_of, typed_of

State = Correction.State
_SETTLED: Final = Words("您提出的更正已由来源改正", "The source now says what you proposed")
_LAPSED: Final = Words("您提出更正的事实已撤回", "The fact that you dispute was taken back")
_CARRIED: Final = Words(
    "您提出更正的事实有了新的说法", "The source says something new of the fact that you dispute"
)


def follow(at: datetime) -> None:
    """Settle, carry on or close every open dispute about a fact that stands no more.

    The source says what was proposed: settled. It says something else: the dispute goes on about that. It says nothing
    any more: the dispute lapses. The organisation is told each time; a new fact of the same value needs no word.
    """
    found = Correction.objects.filter(state=State.OPEN, fact__known_to__isnull=False)
    waiting = list(
        found.select_for_update(of=("self",)).select_related("fact", "raised_by__user").order_by("pk")
    )
    for correction, now in [(one, standing_in_place_of(one.fact)) for one in waiting]:
        if now is not None and now.value == correction.proposed:
            _close(correction, State.SETTLED, _SETTLED, now, at)
        elif now is None or _disputed_already(now):
            _close(correction, State.LAPSED, _LAPSED, now, at)
        else:
            _carry(correction, now, at)


def each_chunk(
    next_chunk: Callable[[int, datetime], bool], list_import_id: int, now: Callable[[], datetime]
) -> None:
    """Carry out what is left of a list, chunk by chunk; the disputes of a chunk follow in its transaction."""
    more = True
    while more:
        at = now()
        with transaction.atomic():
            more = next_chunk(list_import_id, at)
            if more:
                follow(at)


def standing_in_place_of(fact: Fact) -> Fact | None:
    """What the source of a fact says today in its place; None where it says nothing any more."""
    return Fact.objects.filter(
        organisation_id=fact.organisation_id,
        record=fact.record,
        key=fact.key,
        field=fact.field,
        source=fact.source,
        known_to__isnull=True,
    ).first()


def value_words(fact: Fact, value: Any) -> Words:
    """A plain value of a fact's field as people read it."""
    field, vocabulary = field_of(fact.record, fact.field), load_vocabulary()
    typed = typed_of(value, field.type)
    return Words(*(value_text(typed, field.type, vocabulary, one) for one in ("zh", "en")))


def _disputed_already(fact: Fact) -> bool:
    return Correction.objects.filter(fact=fact, state=State.OPEN).exists()


def _close(correction: Correction, state: str, title: Words, now: Fact | None, at: datetime) -> None:
    correction.state, correction.answered_at = state, at
    correction.save(update_fields=["state", "answered_at"])
    about = field_of(correction.fact.record, correction.fact.field).title
    if state == State.SETTLED:
        kind = "correction.settled"
        words = value_words(correction.fact, correction.proposed)
        body = Words(
            f"“{about.zh}”现为 {words.zh}，与您提出的一致，更正申请就此办结。",
            f"“{about.en}” is {words.en} now, as you proposed. The dispute is closed.",
        )
    else:
        kind = "correction.lapsed"
        body = Words(
            f"来源已撤回“{about.zh}”，档案中不再有这一说法，更正申请就此办结。再有新的说法仍不对的，可以重新提出。",
            f"The source took “{about.en}” back and says it no longer, so the dispute is closed. "
            "If it says something wrong again, dispute that.",
        )
    _record_and_tell(kind, correction, (title, body), now, at)


def _carry(correction: Correction, now: Fact, at: datetime) -> None:
    before = correction.fact
    correction.fact = now
    correction.save(update_fields=["fact"])
    about = field_of(now.record, now.field).title
    old, new = value_words(before, before.value), value_words(now, now.value)
    body = Words(
        f"“{about.zh}”由 {old.zh} 改为 {new.zh}，与您提出的不同：更正申请继续办理，无需重新提出。",
        f"“{about.en}” changed from {old.en} to {new.en}, which is not what you proposed: "
        "the dispute goes on, and you need not raise it again.",
    )
    told = None if before.value == now.value else (_CARRIED, body)
    _record_and_tell("correction.carried", correction, told, now, at)


def _record_and_tell(
    kind: str, correction: Correction, told: Sequence[Words] | None, now: Fact | None, at: datetime
) -> None:
    event = record(
        kind,
        f"correction:{correction.pk}",
        actor=CLOCK,
        at=at,
        organisation_id=correction.organisation_id,
        data={"fact": now.pk if now else None, "proposed": correction.proposed},
    )
    who = correction.raised_by
    if told is None or stays_away(who, [correction.organisation_id]):
        return
    title, body = ({"zh": one.zh, "en": one.en} for one in told)
    link = reverse("correction", args=[correction.pk])
    tell([(who.user_id, who.pk)], event=event, title=title, body=body, link=link)
