"""What is wrong with a social credit code, in one sentence of each language."""

from __future__ import annotations

from kechuang.policy.language.values import Words
from kechuang.reference.uscc import ALPHABET, LENGTH, UsccError, check_uscc, normalise_uscc

_AREA = range(3, 9)  # places of the six digits of the area


def fault_of(text: str) -> Words | None:
    """None for a right code; else what was found, what was expected, what to do."""
    code = normalise_uscc(text)
    if not code:
        return Words("请填写统一社会信用代码。", "Enter the unified social credit code.")
    if len(code) != LENGTH:
        return Words(
            f"统一社会信用代码共 {LENGTH} 位，现在是 {len(code)} 位。",
            f"The code has {LENGTH} characters; you entered {len(code)}.",
        )
    for place, sign in enumerate(code, start=1):
        if place in _AREA and sign not in "0123456789":
            return Words(
                f"第 {place} 位应为数字，现在是“{sign}”。",
                f"Character {place} must be a digit; you entered “{sign}”.",
            )
        if sign not in ALPHABET:
            return Words(
                f"第 {place} 位“{sign}”不会出现在代码里：代码只用数字和大写字母，不用 I、O、S、V、Z。",
                f"Character {place}, “{sign}”, is never used: a code has digits and capitals other than I, O, S, V, Z.",
            )
    try:
        check_uscc(code)
    except UsccError:
        return Words(
            "校验码不符：至少有一位抄错了。请对照营业执照逐位核对。",
            "The check character does not fit: at least one character is wrong. Compare it with the business licence.",
        )
    return None
