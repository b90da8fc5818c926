"""Facts are stated, verified and withdrawn; correcting is superseding, and nothing is ever lost.

Whoever changes facts of an organisation holds the lock of its row first, so two who speak at once are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.protection import must_not_stay_away
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS
from kechuang.journal.actions import Actor, Clock, record
from kechuang.policy.language.vocabulary import SUBJECT, load_vocabulary
from kechuang.registry import keys, values
from kechuang.registry.actions import days, following
from kechuang.registry.models import Evidence, Fact, ListImport

Source = Fact.Source
IDENTITY_FIELDS: Final = frozenset({"uscc", "name", "kind", "district"})
"""Fields of the subject that are no facts: they stand with the organisation itself."""

on_change: list[Callable[[Collection[int]], None]] = []
"""Called with the numbers of organisations of which something else is known now, inside the transaction."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said of one field. value: typed, or as text such as "120万元"."""

    record: str
    field: str
    value: Any
    key: str = ""
    evidence: Evidence | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def name(self) -> str:
        """The name of the question that it answers: 'years:2025:rd_spend'."""
        return f"{self.record}:{self.key}:{self.field}"


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Who says it, when, as which source."""

    actor: Actor | Clock
    at: datetime
    source: str
    list_import: ListImport | None = None
    verified: bool = False


def state(  # noqa: PLR0913 - a fact has that many sides
    organisation: Organisation,
    record: str,
    field: str,
    value: Any,
    *,
    key: str = "",
    actor: Actor | Clock,
    at: datetime,
    source: str = Source.DECLARED,
    evidence: Evidence | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    list_import: ListImport | None = None,
) -> Fact:
    """Say what a field is, superseding what the same source said before; the fact that is known now.

    value: typed as policy.cases.facts has it (fen, date, Fraction, code …) or as text ("120万元"). Nothing happens,
    and no event is recorded, when the same is known already. Raises Refused for a value that cannot be, a key that
    names no record of the kind, or an actor that may not speak so.
    """
    said = Statement(record, field, value, key, evidence, valid_from, valid_to)
    speaker = _Speaker(actor, at, source, list_import)
    return _say(organisation, said, speaker, "fact.stated")


def state_none(
    organisation: Organisation,
    record: str,
    *,
    actor: Actor | Clock,
    at: datetime,
    source: str = Source.DECLARED,
    evidence: Evidence | None = None,
) -> Fact:
    """Say that the organisation has no record of a kind.

    Raises Refused while the same source has such records on file: they are withdrawn first, one by one.
    """
    kind = load_vocabulary().records.get(record)
    if kind is None or record == SUBJECT:
        raise Refused(f"没有“{record}”这类记录。", f"There is no kind of record '{record}'.", "record")
    none = Statement(record, field="", value=False, evidence=evidence)
    return _say(organisation, none, _Speaker(actor, at, source), "fact.stated")


def state_many(
    organisation: Organisation,
    statements: Iterable[Statement],
    *,
    actor: Actor | Clock,
    at: datetime,
    source: str = Source.DECLARED,
) -> list[Fact]:
    """Say many things of one organisation at once, all or none; the facts that are new. One event tells them all."""
    speaker = _Speaker(actor, at, source)
    check_speaker(organisation, speaker.actor, source)
    checked = [_checked(one, speaker) for one in statements]
    with transaction.atomic():
        lock_organisation(organisation.pk)
        _check_order(organisation, checked, speaker)
        put = [_put(organisation, one, speaker) for one in checked]
        changed = [(fact, before) for fact, before, new in put if new]
        if changed:
            told = [told_of(fact, before) for fact, before in changed]
            _close_act(
                "fact.stated", f"organisation:{organisation.pk}", organisation, speaker, {"facts": told}
            )
    return [fact for fact, _ in changed]


def verify(fact: Fact, value: Any, *, actor: Actor, at: datetime, evidence: Evidence | None = None) -> Fact:
    """An officer's word on what was declared: the value as verified, which prevails over the declared one."""
    must_not_stay_away(actor, [fact.organisation_id])
    said = Statement(
        fact.record, fact.field, value, fact.key, evidence or fact.evidence, fact.valid_from, fact.valid_to
    )
    speaker = _Speaker(actor, at, Source.VERIFIED, verified=True)
    return _say(fact.organisation, said, speaker, "fact.verified")


def supersede(
    fact: Fact, value: Any, *, actor: Actor, at: datetime, evidence: Evidence | None = None
) -> Fact:
    """An officer corrects what a source said, in that source's place: what a list says after a dispute was upheld."""
    said = Statement(fact.record, fact.field, value, fact.key, evidence, fact.valid_from, fact.valid_to)
    return _say(fact.organisation, said, _Speaker(actor, at, fact.source, verified=True), "fact.verified")


def withdraw(fact: Fact, *, actor: Actor | Clock, at: datetime) -> Fact:
    """Take back what a source said: from now on it says nothing of the field. Raises Refused when it is the past."""
    check_speaker(fact.organisation, actor, fact.source)
    with transaction.atomic():
        lock_organisation(fact.organisation_id)
        ended = end(Fact.objects.filter(pk=fact.pk), at)
        if not ended:
            raise Refused(
                "这项事实已被更新：请刷新页面后再撤回。",
                "This fact has been superseded: reload the page and withdraw what stands there now.",
            )
        speaker = _Speaker(actor, at, fact.source)
        _close_act("fact.withdrawn", f"fact:{fact.pk}", fact.organisation, speaker, told_of(ended[0]))
    return ended[0]


def withdraw_record(
    organisation: Organisation,
    record: str,
    key: str,
    *,
    actor: Actor | Clock,
    at: datetime,
    source: str = Source.DECLARED,
) -> list[Fact]:
    """Take back all that a source said of one record; what was withdrawn."""
    check_speaker(organisation, actor, source)
    with transaction.atomic():
        lock_organisation(organisation.pk)
        ended = end(Fact.objects.filter(organisation=organisation, record=record, key=key, source=source), at)
        if ended:
            told = {"record": record, "key": key, "source": source, "facts": [told_of(one) for one in ended]}
            speaker = _Speaker(actor, at, source)
            _close_act("fact.withdrawn", f"organisation:{organisation.pk}", organisation, speaker, told)
    return ended


def lock_organisation(organisation_id: int) -> None:
    """Wait until nobody else changes facts of the organisation; held until the act is done."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)


def end(facts: Any, at: datetime) -> list[Fact]:
    """What of these is known now is known no longer from `at` on; the ended facts. Call it with the lock held."""
    ended = list(facts.filter(known_to__isnull=True).select_related("organisation"))
    for fact in ended:
        fact.known_to = max(at, fact.known_from)
        Fact.objects.filter(pk=fact.pk).update(known_to=fact.known_to)
    return ended


def told_of(fact: Fact, before: Fact | None = None) -> dict[str, Any]:
    """A fact as events tell it."""
    told = {
        "fact": fact.pk,
        "record": fact.record,
        "key": fact.key,
        "field": fact.field,
        "value": fact.value,
        "source": fact.source,
    }
    return told | ({"before": before.value} if before else {})


def check_speaker(organisation: Organisation, actor: Actor | Clock, source: str) -> None:
    """Raise Refused when an applicant speaks for another organisation, or as anything but the applicant."""
    if not isinstance(actor, Membership) or actor.role not in APPLICANTS:
        return
    if actor.organisation_id != organisation.pk or source != Source.DECLARED:
        raise Refused(
            "您只能填报本单位的事实：请切换到该单位的身份。",
            "You may state facts of your own organisation only: switch to a membership of this one.",
        )


def _say(organisation: Organisation, said: Statement, speaker: _Speaker, kind: str) -> Fact:
    check_speaker(organisation, speaker.actor, speaker.source)
    said = _checked(said, speaker)
    with transaction.atomic():
        lock_organisation(organisation.pk)
        _check_order(organisation, [said], speaker)
        fact, before, new = _put(organisation, said, speaker)
        if new:
            _close_act(kind, f"fact:{fact.pk}", organisation, speaker, told_of(fact, before))
    return fact


def _check_order(organisation: Organisation, told: Iterable[Statement], by: _Speaker) -> None:
    """Of lists an officer is told row by row what is odd; an organisation corrects what it says itself."""
    if by.source == Source.DECLARED:
        days.check_order(organisation.pk, {(one.record, one.key, one.field): one.value for one in told})


def _checked(said: Statement, by: _Speaker) -> Statement:
    """The statement with its value as plain JSON; Refused when it says what cannot be."""
    if said.field == "":
        return said
    if said.record == SUBJECT and said.field in IDENTITY_FIELDS:
        raise Refused(
            "代码、名称、类型和区市属于单位本身：请在单位信息中修改。",
            "Code, name, kind and district belong to the organisation itself: change them there.",
            said.field,
        )
    field = values.field_of(said.record, said.field)
    value = values.read(field, said.value)
    keys.check(said.record, said.key, said.field, value)
    if said.valid_from and said.valid_to and said.valid_from > said.valid_to:
        raise Refused(
            f"有效期止（{said.valid_to}）早于有效期起（{said.valid_from}）：请改正。",
            f"Valid until {said.valid_to} lies before valid from {said.valid_from}: correct them.",
            said.field,
        )
    plain = replace(said, value=values.plain_of(value))
    if by.source == Source.DECLARED:
        days.check_past(said.record, said.field, plain.value, timezone.localdate(by.at))
    return plain


def _put(organisation: Organisation, said: Statement, by: _Speaker) -> tuple[Fact, Fact | None, bool]:
    """The fact as it stands after the statement, the one it supersedes, and whether it is new. Holds the lock."""
    place = Fact.objects.filter(
        organisation=organisation, record=said.record, source=by.source, known_to__isnull=True
    )
    current = place.filter(key=said.key, field=said.field).first()
    if current and _says_the_same(current, said):
        return current, current, False
    if said.field:
        end(place.filter(field=""), by.at)
    elif place.exclude(field="").exists():
        _refuse_none(said.record)
    since = max(by.at, current.known_from) if current else by.at
    if current:
        end(place.filter(pk=current.pk), since)
    verifier = by.actor.id if by.verified else None
    fact = Fact.objects.create(
        organisation=organisation,
        record=said.record,
        key=said.key,
        field=said.field,
        value=said.value,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        known_from=since,
        source=by.source,
        stated_by_id=by.actor.id,
        list_import=by.list_import,
        evidence=said.evidence,
        verified_by_id=verifier,
        verified_at=by.at if verifier else None,
        supersedes=current,
    )
    return fact, current, True


def _says_the_same(current: Fact, said: Statement) -> bool:
    """Whether all is said already; a statement without evidence leaves that of an equal value in place."""
    value = current.value is said.value if isinstance(said.value, bool) else current.value == said.value
    period = (current.valid_from, current.valid_to) == (said.valid_from, said.valid_to)
    return value and period and said.evidence in (None, current.evidence)


def _refuse_none(record_kind: str) -> None:
    title = load_vocabulary().records[record_kind].title
    raise Refused(
        f"档案中已有{title.zh}记录，不能再填“没有”：请先撤回这些记录。",
        f"There are records on file under {title.en}, so 'none' cannot be stated: withdraw them first.",
        record_kind,
    )


def _close_act(
    kind: str, subject: str, organisation: Organisation, by: _Speaker, data: dict[str, Any]
) -> None:
    """Tell the other rooms, then the journal, whose chain everybody waits for."""
    for hook in on_change:
        hook([organisation.pk])
    following.follow(by.at)
    record(kind, subject, actor=by.actor, at=by.at, organisation_id=organisation.pk, data=data)
