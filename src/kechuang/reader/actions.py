"""What changes things: a paper is ordered."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from kechuang.policy.encoding.pack import Pack
from kechuang.reader import papers, tasks


def order_paper(pack: Pack, what: str, language: str, on: date) -> None:
    """Have a paper written in the background; one that waits already is not ordered twice."""
    lock = papers.paper_file(pack, what, language, on).stem
    with suppress(AlreadyEnqueued), transaction.atomic():
        tasks.write_paper.configure(queueing_lock=lock, lock=lock).defer(
            pack_id=pack.id, what=what, language=language, on=on.isoformat()
        )
