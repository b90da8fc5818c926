"""The pack that this site applies: read once a process, bound once a date."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from kechuang.entitlements.models import Run
from kechuang.policy.binding import Bound, bind
from kechuang.policy.loading import load_pack
from kechuang.policy.pack import Pack


@cache
def pack_named(name: str) -> Pack:
    """A pack by its id."""
    return load_pack(name)


def pack_in_force() -> Pack:
    """The pack that new files are assessed by."""
    return pack_named(settings.POLICY_PACK)


def bound_of(run: Run) -> Bound:
    """The run's pack on the run's day. Its hash may differ from run.pack_hash when the encoding has changed since."""
    return bind(pack_named(run.pack), run.on, run.year)
