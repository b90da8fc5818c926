"""Sharing an appropriation that is too small by a stated rule. Pure arithmetic on whole fen.

No rule depends on the order in which the claims are given. What is claimed equally under ranking or queue, at the
place where the money ends, is shared pro rata among the tied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any, Final, Literal

from kechuang.accounts.refusals import Refused

PRO_RATA: Final = "pro_rata"
RANKING: Final = "ranking"
QUEUE: Final = "queue"
RULES: Final = (PRO_RATA, RANKING, QUEUE)
Margin = Literal["rest", "nothing"]


@dataclass(frozen=True)
class Claim:
    """What one case may have at most. id: unique, and comparable with the others'. rank: 1 is first."""

    id: int
    ceiling_fen: int
    rank: int | None = None
    submitted_at: datetime | None = None


def share(claims: Iterable[Claim], available_fen: int, rule: str, margin: Margin = "rest") -> dict[int, int]:
    """Fen for each claim by its id: at most its ceiling, together at most what is available.

    pro_rata: each the same part of its ceiling, cut to the fen; the fen left over go one each to the largest remainders
    (then the larger ceiling, then the smaller id). ranking, queue: whole claims in order of rank or submission while
    they fit; the first that does not fit gets what is left, or nothing if `margin` says so, and those after it nothing.
    Raises Refused for an unknown rule, a sum below zero, an id given twice, and a claim without its rank or time.
    """
    given = sorted(claims, key=lambda claim: claim.id)
    _check(given, available_fen, rule)
    if rule == PRO_RATA:
        return _pro_rata(given, available_fen)
    shares = dict.fromkeys((claim.id for claim in given), 0)
    left = available_fen
    in_order = sorted(given, key=lambda claim: _place(claim, rule))
    for _, group in groupby(in_order, lambda claim: _place(claim, rule)):
        tied = list(group)
        total = sum(claim.ceiling_fen for claim in tied)
        if total > left:
            shares |= _pro_rata(tied, left) if margin == "rest" else {}
            break
        shares |= {claim.id: claim.ceiling_fen for claim in tied}
        left -= total
    return shares


def _place(claim: Claim, rule: str) -> Any:
    """Where a claim stands in the order of the rule."""
    return claim.rank if rule == RANKING else claim.submitted_at


def _check(claims: Sequence[Claim], available_fen: int, rule: str) -> None:
    """Claims in order of their ids; see share for what is refused."""
    if rule not in RULES:
        raise Refused(f"没有“{rule}”这种分配规则。", f"There is no rule “{rule}” for sharing.")
    if available_fen < 0 or any(claim.ceiling_fen < 0 for claim in claims):
        raise Refused("金额不能小于零。", "No sum may be below zero.")
    for before, after in pairwise(claims):
        if before.id == after.id:
            raise Refused(f"{after.id} 出现两次。", f"{after.id} is given twice.")
    if rule != PRO_RATA:
        for claim in claims:
            if _place(claim, rule) is None:
                raise Refused(
                    f"{claim.id} 没有{'名次' if rule == RANKING else '提交时间'}，不能按此规则分配。请先补上。",
                    f"{claim.id} has no {'rank' if rule == RANKING else 'time of submission'}; add it first.",
                )


def _pro_rata(claims: Sequence[Claim], available_fen: int) -> dict[int, int]:
    """The largest-remainder method over whole fen."""
    total = sum(claim.ceiling_fen for claim in claims)
    if total <= available_fen:
        return {claim.id: claim.ceiling_fen for claim in claims}
    parts = {claim.id: divmod(claim.ceiling_fen * available_fen, total) for claim in claims}
    over = available_fen - sum(whole for whole, _ in parts.values())
    order = sorted(claims, key=lambda claim: (-parts[claim.id][1], -claim.ceiling_fen, claim.id))
    lucky = {claim.id for claim in order[:over]}
    return {key: whole + (key in lucky) for key, (whole, _) in parts.items()}
