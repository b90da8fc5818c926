"""Unified social credit codes (统一社会信用代码, GB 32100-2015): 18 signs = authority, kind, area (6), body (9), check.

Two checks live in one code and give letters different values: the outer check sign works mod 31 over a table
of 31 signs (J = 18 … Y = 30), the last sign of the body code (GB 11714) works mod 11 with A = 10 … Z = 35.
The outer check is decisive: a code that fails it is refused. Some bodies registered before 2015 carry a body
code that fails its own check, inside a valid outer code; such a code is real, so it is kept as written and
`body_warning` says what is odd.
"""

from __future__ import annotations

import re
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 signs in order of their value; I, O, S, V and Z are not used."""

WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
"""Weights of the first 17 signs: 3 ** i mod 31."""

BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
"""Weights of the first 8 signs of the body code."""

LENGTH = 18
_MODULUS = 31
_BODY_MODULUS = 11
_BODY = slice(8, 17)
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212]+")


class UsccError(ValueError):
    """A text that is not a unified social credit code; the message says what was found and expected."""


def normalise_uscc(text: str) -> str:
    """Return the text in half-width capitals without blanks and hyphens; nothing is checked."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


def check_uscc(text: str) -> str:
    """Return the normalised code. Raises UsccError that says what is wrong: length, a sign, or the check sign."""
    code = normalise_uscc(text)
    if len(code) != LENGTH:
        raise UsccError(f"social credit code {code!r}: found {len(code)} characters, expected {LENGTH}")
    for place, sign in enumerate(code, start=1):
        allowed = "0123456789" if _is_area(place) else ALPHABET
        if sign not in allowed:
            expected = (
                "a digit" if _is_area(place) else "a digit or a capital letter other than I, O, S, V, Z"
            )
            raise UsccError(
                f"social credit code {code!r}: found {sign!r} at place {place}, expected {expected}"
            )
    expected = check_sign(code[:-1])
    if code[-1] != expected:
        raise UsccError(
            f"social credit code {code!r}: found check character {code[-1]!r}, expected {expected!r}; "
            "one of the characters is mistyped"
        )
    return code


def body_warning(code: str) -> str | None:
    """Say what is odd about the body code (signs 9 to 17) of a valid code; None if its own check holds."""
    body = code[_BODY]
    expected = body_check_sign(body[:-1])
    if body[-1] == expected:
        return None
    return f"social credit code {code!r}: body {body} ends in {body[-1]!r}, GB 11714 gives {expected!r}; kept"


def make_uscc(authority: str, kind: str, area: str, body8: str) -> str:
    """Put a code together from its parts, with both check signs, e.g. ("1", "1", "371000", "00435909").

    Raises UsccError if a part does not fit.
    """
    body = body8.upper()
    if len(authority) != 1 or len(kind) != 1 or len(area) != len("371000") or len(body) != len(BODY_WEIGHTS):
        raise UsccError(
            f"parts of a social credit code: found {authority!r} {kind!r} {area!r} {body8!r}, "
            "expected 1, 1, 6 and 8 characters"
        )
    first = authority + kind + area + body
    if set(first) - set(ALPHABET):
        raise UsccError(
            f"parts of a social credit code: found {first!r}, "
            "expected digits and capitals other than I, O, S, V, Z"
        )
    first += body_check_sign(body)
    return check_uscc(first + check_sign(first))


def check_sign(first17: str) -> str:
    """Return the 18th sign for the first 17."""
    total = sum(ALPHABET.index(sign) * weight for sign, weight in zip(first17, WEIGHTS, strict=True))
    return ALPHABET[-total % _MODULUS]


def body_check_sign(body8: str) -> str:
    """Return the ninth sign of a body code for its first eight; 10 is written X."""
    total = sum(int(sign, 36) * weight for sign, weight in zip(body8, BODY_WEIGHTS, strict=True))
    return "0123456789X"[-total % _BODY_MODULUS]


def _is_area(place: int) -> bool:
    return 3 <= place <= 8  # noqa: PLR2004 - places three to eight are the area digits
