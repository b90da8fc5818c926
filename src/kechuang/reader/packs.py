"""The packs of this site, each read once a process, and the addresses of their pages.

In force is what has been released (entitlements/releasing.py), and before that the pack that the software brings.

The pack in force has the plain addresses (/policy/, /measures/9/); any other the same under /packs/<id>/.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import Http404
from django.urls import reverse

from kechuang.policy.encoding.loading import load_pack, shipped_packs
from kechuang.policy.encoding.pack import Pack

released: list[Callable[[], Pack | None]] = []
"""Rooms above say here which version has been released; None for the one that the software brings. Asked often."""


@cache
def pack_named(name: str) -> Pack:
    """A pack by its id."""
    return load_pack(name)


def pack_in_force() -> Pack:
    """The pack that pages show and new files are assessed by."""
    for ask in released:
        if (found := ask()) is not None:
            return found
    return pack_named(settings.POLICY_PACK)


def packs_listed() -> list[Pack]:
    """The pack in force, then all others, by id."""
    first = pack_in_force()
    return [first, *(pack for name in shipped_packs() if (pack := pack_named(name)).id != first.id)]


def pack_shown(pack_id: str | None) -> Pack:
    """The pack that an address names, the one in force when it names none; 404 when there is no such pack."""
    if pack_id is None:
        return pack_in_force()
    found = next((pack for pack in packs_listed() if pack.id == pack_id), None)
    if found is None:
        raise Http404
    return found


def address_of(pack: Pack, page: str, **named: str) -> str:
    """The address of a page of a pack: plain for the pack in force, under /packs/<id>/ for any other."""
    if pack.id != pack_in_force().id:
        named["pack"] = pack.id
    return reverse(page, kwargs=named)
