"""Numbers that tell people apart: the ID number, kept only as a keyed hash, and the ORCID."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from django.utils.crypto import salted_hmac

from kechuang.accounts.refusals import Refused

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_RESIDENT: Final = re.compile(r"[1-9]\d{16}[\dX]")
_OTHER: Final = re.compile(r"[A-Z0-9]{6,18}")
_ORCID: Final = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")


def checked_id(number: str, born: date) -> str:
    """An ID number in one spelling: of a resident (GB 11643), or of a passport or permit with a letter in it.

    Raises Refused for a wrong check digit and for a number that names another day of birth than `born`.
    """
    text = re.sub(r"[\s-]", "", number).upper()
    if len(text) == 18 and text[:17].isdecimal():  # noqa: PLR2004 - a resident's number
        if not _RESIDENT.fullmatch(text) or text[-1] != check_digit(text):
            raise Refused(
                "身份证号校验位不符，请核对。", "The check digit of the ID number is wrong.", "id_number"
            )
        if text[6:14] != f"{born:%Y%m%d}":
            raise Refused(
                "身份证号中的出生日期与所填不一致。", "The ID number names another day of birth.", "id_number"
            )
        return text
    if _OTHER.fullmatch(text) and not text.isdecimal():
        return text
    raise Refused(
        "请填 18 位身份证号，或护照、永久居留证号码。",
        "Give the 18 digits of the ID card, or a passport's number.",
        "id_number",
    )


def check_digit(number: str) -> str:
    """The last sign of a resident's ID number by its first 17 digits (GB 11643-1999)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11]


def hash_of(number: str) -> str:
    """HMAC-SHA-256 of a checked ID number with the site's key: equal for equal numbers, and nothing more."""
    return salted_hmac("kechuang.experts.identity", number, algorithm="sha256").hexdigest()


def checked_orcid(text: str) -> str:
    """An ORCID with its check digit (ISO 7064 MOD 11-2), hyphens put in; '' stays ''. Raises Refused."""
    signs = re.sub(r"[\s-]|https?://orcid\.org/", "", text).upper()
    if not signs:
        return ""
    found = "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))
    if not _ORCID.fullmatch(found) or signs[-1] != _orcid_digit(signs[:15]):
        raise Refused("ORCID 不对，请核对 16 位号码。", "This is no ORCID: check its 16 characters.", "orcid")
    return found


def _orcid_digit(digits: str) -> str:
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    left = (12 - total % 11) % 11
    return "X" if left == 10 else str(left)  # noqa: PLR2004 - ten is written X
