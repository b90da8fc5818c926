"""How often something may be tried: counted in the database, in one statement, so that no two processes miss a try."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac

from kechuang.accounts.models import Tries

WINDOW: Final = timedelta(minutes=15)
KEPT: Final = timedelta(days=1)

_COUNT: Final = """
    INSERT INTO accounts_tries AS kept (key, count, since) VALUES (%(key)s, 1, %(at)s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN kept.since <= %(before)s THEN 1 ELSE kept.count + 1 END,
        since = CASE WHEN kept.since <= %(before)s THEN %(at)s ELSE kept.since END
    RETURNING count
"""


def try_once(what: str, *, most: int, at: datetime, within: timedelta = WINDOW) -> bool:
    """Count one try of `what` and say whether it may go on: at most `most` tries in each stretch of time."""
    given: dict[str, str | datetime] = {"key": _key(what), "at": at, "before": at - within}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, given)
        row = cursor.fetchone()
    return bool(row[0] <= most)


def forget(*what: str) -> None:
    """Begin the count anew, after a success."""
    Tries.objects.filter(key__in=[_key(one) for one in what]).delete()


def take_back(what: str) -> None:
    """Take one try back that turned out to be a success; the others still count."""
    Tries.objects.filter(key=_key(what), count__gt=0).update(count=F("count") - 1)


def forget_old(at: datetime) -> int:
    """Delete counts that no longer matter; returns how many."""
    return Tries.objects.filter(since__lt=at - KEPT).delete()[0]


def _key(what: str) -> str:
    """Names and addresses are not kept, only a hash of them that nobody outside can make."""
    return salted_hmac("kechuang.accounts.counting", what, algorithm="sha256").hexdigest()
