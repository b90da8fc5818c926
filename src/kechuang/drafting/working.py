"""What a version would cost: asked for, worked out at once or in the background, kept. See effects.py for the sums."""

from __future__ import annotations

import time
from datetime import date
from typing import Final

import structlog
from django.db import transaction

from kechuang.drafting import queries
from kechuang.drafting.files import RefusedError
from kechuang.drafting.models import Draft, Effect
from kechuang.drafting.workshop import LONG_BENCH, BenchError, TooLongError
from kechuang.policy.encoding.loading import shipped_packs

log = structlog.get_logger("kechuang.drafting")

AT_ONCE: Final = 10_000  # subjects; a larger city is assessed in the background
SECONDS: Final = 30
SECONDS_BEHIND: Final = 600
PATIENCE_BEHIND: Final = 900
KEPT: Final = 20  # of one draft
SECONDS_BETWEEN_NOTES: Final = 0.4


def start_effect(draft: Draft, against: str, subjects: int, on: date) -> Effect:
    """Ask what the newest version costs beside `against`: the id of a shipped pack, or the number of a version.

    A small city is assessed before this returns. Raises RefusedError for an encoding that is not there.
    """
    from kechuang.drafting.tasks import work_out_effect

    if against not in shipped_packs():
        queries.version_of(draft, int(against) if against.isascii() and against.isdigit() else -1)
    with transaction.atomic():
        effect = Effect.objects.create(
            draft=draft, version=draft.current, against=against, subjects=subjects, on=on, year=on.year - 1
        )
        kept = Effect.objects.filter(draft=draft).order_by("-id").values_list("id", flat=True)[:KEPT]
        Effect.objects.filter(draft=draft).exclude(id__in=list(kept)).delete()
        if subjects > AT_ONCE:
            effect.job = work_out_effect.defer(effect_id=effect.pk)
            effect.save(update_fields=["job"])
    if subjects <= AT_ONCE:
        work_out(effect, SECONDS)
    return effect


def work_out_behind(effect_id: int) -> None:
    """Work out an effect in the background; one that is gone or done is left alone."""
    effect = Effect.objects.filter(
        pk=effect_id, state__in=[Effect.State.WAITING, Effect.State.WORKING]
    ).first()
    if effect is not None:
        work_out(effect, SECONDS_BEHIND, PATIENCE_BEHIND)


def work_out(effect: Effect, seconds: float, patience: float = SECONDS) -> None:
    """Assess the city under both encodings and keep the result, or why there is none."""
    mine = Effect.objects.filter(pk=effect.pk)
    mine.update(state=Effect.State.WORKING)
    noted = 0.0

    def note(done: int) -> None:
        nonlocal noted
        if time.monotonic() - noted >= SECONDS_BETWEEN_NOTES:
            noted = time.monotonic()
            mine.update(done=done)

    before: str | dict[str, str] = effect.against
    if effect.against.isdigit():
        before = queries.files_of(queries.version_of(effect.draft, int(effect.against)))
    after = queries.files_of(queries.version_of(effect.draft, effect.version))
    try:
        result = LONG_BENCH.ask(
            "effect",
            seconds,
            note,
            patience,
            before=before,
            after=after,
            pack_id=effect.draft.pack_id,
            subjects=effect.subjects,
            on=effect.on.isoformat(),
            year=effect.year,
        )
    except RefusedError as error:
        mine.update(state=Effect.State.FAILED, problem={"zh": error.words.zh, "en": error.words.en})
    except (TooLongError, BenchError) as error:
        log.warning("effect not worked out", reason=str(error))
        zh, en = (
            "测算用时过长或失败，请改用较小的城市再试",
            "this took too long or failed; try a smaller city",
        )
        mine.update(state=Effect.State.FAILED, problem={"zh": zh, "en": en})
    else:
        mine.update(state=Effect.State.DONE, done=effect.subjects, result=result)
