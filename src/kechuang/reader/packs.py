"""The pack that this site applies: read once a process."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.encoding.pack import Pack


@cache
def pack_named(name: str) -> Pack:
    """A pack by its id."""
    return load_pack(name)


def pack_in_force() -> Pack:
    """The pack that new files are assessed by."""
    return pack_named(settings.POLICY_PACK)
