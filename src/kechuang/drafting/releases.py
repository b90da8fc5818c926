"""A draft as a pack that may be proposed for the live site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from kechuang.accounts.refusals import Refused
from kechuang.drafting.checking import as_pack
from kechuang.drafting.models import Draft
from kechuang.drafting.queries import files_of, version_of
from kechuang.policy.encoding.pack import Pack


@contextmanager
def pack_of_draft(draft_id: str) -> Iterator[Pack]:
    """The newest version of a draft, read whole. Raises Refused when there is none, or while it has faults."""
    draft = Draft.objects.filter(pk=draft_id, expires_at__gt=timezone.now()).first()
    if draft is None:
        raise Refused(
            "没有这份草稿，或已过期：请检查网址",
            "there is no such draft, or its time is over: check the address",
            "draft",
        )
    with as_pack(files_of(version_of(draft)), draft.pack_id) as (pack, problems):
        wrong = len(problems)
        if pack is None or wrong:
            raise Refused(
                f"草稿还有 {wrong} 处错误，改正后才能提出",
                f"the draft has {wrong} fault(s): mend them first",
                "draft",
            )
        yield pack
