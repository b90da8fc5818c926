"""Which version of the law is in force here: offered by one person, approved by another who has seen its effect.

The version that comes with the software is in force from the first use on. New cases are assessed by the version in
force; a case keeps the version it began with. A version whose vocabulary lacks a fact leaves it unread, never lost.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import subjects
from kechuang.accounts.refusals import Refused
from kechuang.entitlements.effects import effect_of
from kechuang.entitlements.models import EffectRun, PackVersion, Release
from kechuang.entitlements.renewing import RENEW_ALL, ask_for_renewal, assessed_year
from kechuang.entitlements.versions import keep, mark, pack_of
from kechuang.journal import clock
from kechuang.journal.actions import defer, record
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.encoding.pack import Pack

log = structlog.get_logger("kechuang.entitlements")
State = Release.State
WORK_OUT = "kechuang.entitlements.tasks.work_out_effect"

draft_packs: list[Callable[[str], AbstractContextManager[Pack]]] = []
"""The drafting room, which stands above this one, says here how to read the pack of a draft by its address."""


def version_in_force() -> PackVersion:
    """The version that new cases are assessed by; at the very first use, the one that the software brings."""
    version = (release_in_force() or begin(clock.now())).version
    transaction.on_commit(lambda: mark(version))
    return version


def release_in_force() -> Release | None:
    """The release in force with its version, None before the first use."""
    return _with_version().filter(state=State.IN_FORCE).first()


def begin(at: datetime) -> Release:
    """Put the pack that the software brings in force, unless one is; returns the release in force."""
    version = keep(shipped(), at)
    with transaction.atomic():
        # The constraint lets one of several who begin at once be first; the others find it there.
        Release.objects.bulk_create(
            [Release(version=version, state=State.IN_FORCE, proposed_at=at, decided_at=at)],
            ignore_conflicts=True,
        )
        return _with_version().get(state=State.IN_FORCE)


def _with_version() -> QuerySet[Release]:
    """Releases with their versions, whose files, 0.6 MB of text, are read when somebody wants them."""
    return Release.objects.select_related("version").defer("version__files")


def shipped() -> Pack:
    """The pack of this site as the software brings it now."""
    return load_pack(settings.POLICY_PACK)


def pack_of_draft(address: str) -> AbstractContextManager[Pack]:
    """The pack of a draft, for as long as the context lasts. Raises Refused for no such draft, or one with faults."""
    for read in draft_packs:
        return read(address)
    raise Refused("这里没有起草室。", "There is no drafting room here.", "draft")


def propose(pack: Pack, *, note: str, actor: Membership, at: datetime) -> Release:
    """Offer a version for the live site; its effect over the register is worked out in the background.

    Raises Refused without a note, for the version in force, and for one that is already proposed.
    """
    if not note.strip():
        raise Refused("请写明为什么更换版本。", "Say why the version is to be replaced.", "note")
    current = version_in_force()
    if pack.hash == current.pk:
        raise Refused("这个版本已经生效。", "This version is in force already.", "source")
    version = keep(pack, at)
    with transaction.atomic():
        current = PackVersion.objects.select_for_update().get(pk=version.pk)
        if Release.objects.filter(version=current, state=State.PROPOSED).exists():
            raise Refused(
                "这个版本已经提出，等待批准。",
                "This version is proposed already and awaits approval.",
                "source",
            )
        release = Release.objects.create(
            version=version, note=note.strip(), proposed_by=actor, proposed_user=actor.user_id, proposed_at=at
        )
        EffectRun.objects.create(release=release)
        _queue(release)
        told = {"version": version.pk, "pack": version.pack}
        record("release.proposed", f"release:{release.pk}", actor=actor, at=at, data=told)
    return release


def work_out_again(release: Release, *, actor: Membership, at: datetime) -> None:
    """Work out the effect anew: on what is known now, against what is in force now. Refused once it is decided."""
    with transaction.atomic():
        found = _open(release)
        EffectRun.objects.filter(release=found).update(done=0, total=None, problem={})
        Release.objects.filter(pk=found.pk).update(effect={})
        _queue(found)
        record("release.effect_asked", f"release:{found.pk}", actor=actor, at=at)


def _queue(release: Release) -> None:
    EffectRun.objects.filter(release=release).update(job=defer(WORK_OUT, release_id=release.pk))


def approve(release: Release, *, actor: Membership, at: datetime) -> None:
    """Put a proposed version in force. Refused to who proposed it, and before its effect has been worked out."""
    with transaction.atomic():
        before = Release.objects.select_for_update().filter(state=State.IN_FORCE).first()
        found = _open(release)
        if found.proposed_user == actor.user_id:
            raise Refused("须由提出人以外的人批准。", "Someone other than who proposed it must approve.")
        against = None if before is None else before.version_id
        if not found.effect:
            raise Refused(
                "影响还没有算完，请稍候。", "Its effect has not been worked out yet: wait a little."
            )
        if found.effect["against"] != against:
            raise Refused(
                "影响是与另一个版本相比的，请重新计算。",
                "Its effect was against another version: work it out again.",
            )
        if before is not None:
            before.state, before.replaced_at = State.REPLACED, at
            before.save()
        _decide(found, State.IN_FORCE, actor, at)
        ask_for_renewal(RENEW_ALL)
        told = {"version": found.version_id, "replaces": against}
        record("release.approved", f"release:{found.pk}", actor=actor, at=at, data=told)
        transaction.on_commit(lambda: mark(found.version))


def reject(release: Release, *, actor: Membership, at: datetime) -> None:
    """Lay a proposed version aside; who proposed it may do so too."""
    with transaction.atomic():
        found = _open(release)
        own = found.proposed_user == actor.user_id
        _decide(found, State.REJECTED, None if own else actor, at)
        record("release.rejected", f"release:{found.pk}", actor=actor, at=at, data={"withdrawn": own})


def _open(release: Release) -> Release:
    found = Release.objects.select_for_update().get(pk=release.pk)
    if found.state != State.PROPOSED:
        raise Refused("这个版本已经有了结论。", "This version has been decided on already.")
    return found


def _decide(release: Release, state: str, actor: Membership | None, at: datetime) -> None:
    release.state, release.decided_at, release.decided_by = state, at, actor
    release.decided_user = None if actor is None else actor.user_id
    release.save()


def work_out(release_id: int, now: Callable[[], datetime]) -> None:
    """Work out the effect of a proposed version against the one in force; what goes wrong is kept as a sentence."""
    release = Release.objects.filter(pk=release_id, state=State.PROPOSED).first()
    if release is None:
        return
    mine = EffectRun.objects.filter(release=release_id)

    def note(done: int) -> None:
        mine.update(done=done)

    at = now()
    on = timezone.localdate(at)
    try:
        mine.update(total=subjects().filter(created_at__lte=at).count())
        before, after = (pack_of(pk) for pk in (version_in_force().pk, release.version_id))
        found = effect_of(
            before,
            after,
            on=on,
            year=assessed_year(on),
            known_at=at,
            progress=note,
        )
    except (InterfaceError, OperationalError):
        raise  # the database is gone: the job begins again
    except Exception:
        log.exception("effect failed", release=release_id)
        words = {
            "zh": "计算影响时出错，错误已记录",
            "en": "its effect could not be worked out; the error is recorded",
        }
        mine.update(problem=words)
        return
    Release.objects.filter(pk=release_id, state=State.PROPOSED).update(effect=found)
