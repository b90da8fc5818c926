"""A sum in whole fen split by exact weights, by largest remainder: the parts always add up to the sum.

Each part is the whole fen of its exact share; the fen that are left go one each to the largest remainders, of equal
remainders to whoever stands first (最大余额法).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def split(amount_fen: int, weights: Sequence[Fraction | int]) -> list[int]:
    """The parts of `amount_fen` (zero or more) by weights (none negative, not all zero), in their order.

    split(100, [35, 35, 30]) is [35, 35, 30]; split(1, [Fraction(1, 3)] * 3) is [1, 0, 0].
    """
    total = sum(weights, Fraction(0))
    if amount_fen < 0 or total <= 0 or any(one < 0 for one in weights):
        message = f"cannot split {amount_fen} fen by weights {[str(one) for one in weights]}"
        raise ValueError(message)
    exact = [amount_fen * Fraction(one) / total for one in weights]
    parts = [int(one) for one in exact]
    left = amount_fen - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_remainder[:left]:
        parts[place] += 1
    return parts
