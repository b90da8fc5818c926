"""The bound pack of a run."""

from __future__ import annotations

from kechuang.entitlements.models import Run
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.reader.packs import pack_named


def bound_of(run: Run) -> Bound:
    """The run's pack on the run's day. Its hash may differ from run.pack_hash when the encoding has changed since."""
    return bind(pack_named(run.pack), run.on, run.year)
