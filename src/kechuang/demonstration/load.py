"""Loads the demonstration into an empty site."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from kechuang.accounts.models import Organisation
from kechuang.accounts.refusals import Refused
from kechuang.demonstration.city import OPENS
from kechuang.demonstration.history import live
from kechuang.demonstration.people import Account, accounts
from kechuang.journal import clock


def load(progress: Callable[[str], object] = lambda _: None) -> list[Account]:
    """Fill an empty site with the invented city, all of it or nothing; who can sign in.

    A site that holds the demonstration already is left as it is. Raises Refused on any other site with data.
    """
    found = accounts()
    if found:
        return found
    if Organisation.objects.exists():
        raise Refused(
            "这个数据库已有数据，演示只装入空的数据库。请另指定数据目录：KECHUANG_DATA=… make demo",
            "This database holds data; a demonstration goes into an empty one: KECHUANG_DATA=another-folder make demo",
        )
    with transaction.atomic():
        live(progress)
        clock.begin_at(OPENS)
    return accounts()
