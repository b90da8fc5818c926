"""The bound pack of a run."""

from __future__ import annotations

from kechuang.entitlements.models import Run
from kechuang.entitlements.versions import pack_then
from kechuang.policy.encoding.binding import Bound, bind


def bound_of(run: Run) -> Bound:
    """The version of the pack that the run was begun with, on its day; where it is gone, the one of its name now."""
    return bind(pack_then(run.pack, run.pack_hash), run.on, run.year)
