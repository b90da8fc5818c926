"""What a sheet must hold to be sealed, and the hash of what it says.

There are few enough ways to score a case to try them all against a hash, and auditors read the journal that keeps it
before the deadline. So a salt that nobody sees is part of what is hashed.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from kechuang.accounts.refusals import Refused
from kechuang.fulfilment.judging.models import Sheet
from kechuang.fulfilment.judging.rubrics import Rubric
from kechuang.journal.actions import canonical


def complete(sheet: Sheet, rubric: Rubric) -> Refused | None:
    """Why the sheet cannot be sealed yet; None when it can."""
    for one in rubric.criteria:
        if one.key not in sheet.scores:
            return Refused(
                f"“{one.title.zh}”还没有打分。", f"“{one.title.en}” has no score yet.", field=one.key
            )
        if one.reason and not sheet.reasons.get(one.key, "").strip():
            return Refused(
                f"“{one.title.zh}”须写明打分理由。",
                f"“{one.title.en}” asks for a reason.",
                field=f"reason-{one.key}",
            )
    for key, why in sheet.vetoes.items():
        if not why.strip():
            title = rubric.vetoes[key]
            return Refused(
                f"提出“{title.zh}”否决的，须写明事实。",
                f"A veto for “{title.en}” states the facts.",
                field=f"veto-{key}",
            )
    return None


def seal(sheet: Sheet, at: datetime, *, by_clock: bool = False) -> None:
    """Seal the sheet, which is not saved yet."""
    sheet.sealed_at, sheet.by_clock, sheet.salt = at, by_clock, secrets.token_hex(16)
    sheet.hash = content_hash(sheet)


def content_hash(sheet: Sheet) -> str:
    """SHA-256 of what the sheet says and of its salt, as canonical JSON; sheets of old have none."""
    said = {
        "assignment": sheet.assignment_id,
        "scores": sheet.scores,
        "reasons": sheet.reasons,
        "vetoes": sheet.vetoes,
        "comment": sheet.comment,
    }
    if sheet.salt:
        said["salt"] = sheet.salt
    return hashlib.sha256(canonical(said)).hexdigest()
