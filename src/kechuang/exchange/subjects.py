"""The code of a subject: a unit's social credit code holds its check sign; persons and teams have free codes."""

from __future__ import annotations

from typing import Final

from kechuang.policy.language.values import Words
from kechuang.reference.uscc import LENGTH, UsccError, body_warning, check_uscc, normalise_uscc

FREE_CODES: Final = frozenset({"person", "team"})
EXPECTED_CODE: Final = Words(
    "校验位正确的 18 位统一社会信用代码", "a social credit code of 18 characters whose check character holds"
)
CODE_TIDIED: Final = Words(
    "代码中的空格、连字符、全角或小写已整理", "code brought to plain capitals without blanks and hyphens"
)
ODD_BODY: Final = Words(
    "代码内的组织机构代码校验位不符，按原样保留", "the body code inside fails its own check; kept as written"
)


def subject_code(written: str, kind: object) -> tuple[str, Words | None]:
    """The code as it is kept, and how it was read if not as written.

    kind: the code of the subject's kind, None if not known; then only a code of 18 signs is checked. Raises UsccError.
    """
    plain = normalise_uscc(written)
    if kind in FREE_CODES or (kind is None and len(plain) != LENGTH):
        return written.strip(), None
    code = check_uscc(written)
    if code != written:
        return code, CODE_TIDIED
    return code, ODD_BODY if body_warning(code) else None


__all__ = ["CODE_TIDIED", "EXPECTED_CODE", "FREE_CODES", "ODD_BODY", "UsccError", "subject_code"]
