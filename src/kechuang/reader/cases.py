"""Cases that came with a question: read as files are, refused whole when anything in them is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kechuang.exchange.intake import Intake
from kechuang.exchange.plain import intake_of
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import Vocabulary
from kechuang.reader.problems import MAX_FLAWS, ProblemError, flaw_of


def read_cases(
    cases: Sequence[Mapping[str, Any]], vocabulary: Vocabulary, most_records: int, pointer: str = "/cases/{0}"
) -> Intake:
    """The cases, checked. `pointer` is where the one at {0} stands in the body.

    Raises ProblemError: too-large for more than `most_records` related records, invalid-facts with each fault.
    """
    records = sum(len(rows) for case in cases for rows in case.values() if isinstance(rows, list))
    if records > most_records:
        words = Words(
            f"关联记录共 {records:,} 条，一次请求最多 {most_records:,} 条；请分成几次，或用 kechuang assess。",
            f"There are {records:,} related records; one request takes at most {most_records:,}. Split it, or use "
            "`kechuang assess`.",
        )
        raise ProblemError("too-large", words)
    intake = intake_of(cases, vocabulary)
    flaws = [
        flaw_of(fault, pointer.format((one.row or 1) - 1)) for one in intake.refused for fault in one.faults
    ]
    if flaws:
        more = len(flaws) > MAX_FLAWS
        zh = f"共 {len(flaws):,} 处有误" + (f"，列出前 {MAX_FLAWS} 处" if more else "") + "；未测算任何一户。"
        en = f"{len(flaws):,} fault(s)" + (f", of which the first {MAX_FLAWS} are listed" if more else "")
        raise ProblemError("invalid-facts", Words(zh, f"{en}; nothing was assessed."), flaws)
    return intake
