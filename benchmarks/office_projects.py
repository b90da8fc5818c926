"""Projects for the offices' pages: signed contracts with two milestones each, as confirmed; some of them late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

CONTRACTS = 600
LATE = 3  # one in so many is


def sign(people: dict[str, Any], at: datetime) -> None:
    """Running projects for CONTRACTS awards that are still under notice. people: officer and decider."""
    from django.db import transaction

    from kechuang.fulfilment.models import Case, Contract, ContractDraft, Milestone
    from kechuang.treasury.models import Award, Part

    awards = Award.objects.filter(payable_from=None).order_by("pk")[:CONTRACTS]
    of = {int(award.subject.removeprefix("case:")): award for award in awards}
    cases = Case.objects.in_bulk(of)
    with transaction.atomic():
        for number, case in cases.items():
            case.award, case.state = of[number], "running"
        Case.objects.bulk_update(cases.values(), ["award", "state"], batch_size=500)
        drafts = ContractDraft.objects.bulk_create(_drafts(cases.values(), people, at))
        contracts = Contract.objects.bulk_create(
            Contract(case=one.case, number=one.number, amount_fen=one.amount_fen, own_fen=0, draft=one,
                     signed_by=people["decider"], signed_at=at)
            for one in drafts
        )  # fmt: skip
        parts = Part.objects.bulk_create(
            Part(award=one.case.award, number=number, title=title, amount_fen=fen)
            for one in drafts
            for number, (title, _, _, fen) in enumerate(one.milestones, 1)
        )
        signed = [
            (contract, number, stage)
            for contract in contracts
            for number, stage in enumerate(contract.draft.milestones, 1)
        ]
        Milestone.objects.bulk_create(
            Milestone(contract=contract, number=number, title=title, criteria=criteria, agreed_on=day, due_on=day,
                      amount_fen=fen, part=part)
            for (contract, number, (title, criteria, day, fen)), part in zip(signed, parts, strict=True)
        )  # fmt: skip


def _drafts(cases: Any, people: dict[str, Any], at: datetime) -> Iterator[Any]:
    from kechuang.fulfilment.models import ContractDraft

    for place, case in enumerate(cases):
        whole = case.award.amount_fen
        first = at.date() + timedelta(days=place % 300 if place % LATE else -30)
        days = first, first + timedelta(days=180)
        sums = whole // 2, whole - whole // 2
        stages = [
            [f"第{number}阶段", "提交阶段报告", day.isoformat(), fen]
            for number, day, fen in zip("一二", days, sums, strict=True)
        ]
        yield ContractDraft(case=case, number=f"WH2026-{place:05}", amount_fen=whole, own_fen=0, milestones=stages,
                            hash="0" * 64, drafted_by=people["officer"], drafted_at=at, state="confirmed",
                            answered_by=people["decider"], answered_at=at)  # fmt: skip
