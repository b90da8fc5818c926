"""What an applicant fills in of a project: who undertakes it together, and how a need would be met."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import applying
from kechuang.fulfilment.models import Bid, Case, CaseMember
from kechuang.fulfilment.projects import bids, consortium
from kechuang.fulfilment.projects.consortium import Stake
from kechuang.fulfilment.workflow import lock


def name_members(case: Case, stakes: list[Stake], *, actor: Membership, at: datetime) -> list[CaseMember]:
    """Say who undertakes the project together, while the application may be changed."""
    with transaction.atomic():
        locked = lock(case.pk)
        applying.check_editable(locked, actor, consortium.SECTION)
        return consortium.name(locked, stakes, actor=actor, at=at)


def propose(case: Case, approach: str, asked_fen: int, *, actor: Membership, at: datetime) -> Bid:
    """Say how the need would be met, and for how much, while the bid may be changed."""
    if not case.call.needs:
        raise Refused("这次申报没有揭榜方案。", "This call asks for no proposal.", bids.SECTION)
    with transaction.atomic():
        locked = lock(case.pk)
        applying.check_editable(locked, actor, bids.SECTION)
        return bids.propose(locked, approach, asked_fen, actor=actor, at=at)
