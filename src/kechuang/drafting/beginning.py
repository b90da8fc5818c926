"""A draft pack from a text as published: the files, and what was found in the text. Runs in the helper process."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from kechuang.drafting.files import RefusedError, plain
from kechuang.exchange.documents import raw_text
from kechuang.exchange.intake import UnusableFileError
from kechuang.policy.drafting import draft_pack

MOST_FOUND: Final = 5_000  # candidates that are kept; the Weihai text has 765


def begin(pack_id: str, text: str, data: bytes, file_name: str) -> dict[str, Any]:
    """`files`, `title`, and `found`: candidates and unclaimed words by clause, problems. Raises RefusedError."""
    raw = plain(text) if text.strip() else plain(text_of_file(data, file_name))
    draft = draft_pack(raw, pack_id)
    if not draft.document.clauses:
        raise RefusedError(
            "这份文字中没有找到措施（如“1.”“（一）”“第一条”）；请检查是不是政策原文",
            "no measures (such as 1., （一） or 第一条) were found in this text; make sure that it is a policy",
        )
    candidates: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in draft.candidates[:MOST_FOUND]:
        candidates[one.clause].append(
            {
                "kind": one.kind,
                "quote": one.quote,
                "says": one.says,
                "sure": one.sure,
                "why": {"zh": one.why.zh, "en": one.why.en},
            }
        )
    unclaimed = [
        {
            "clause": one.clause,
            "text": one.text,
            "why": {"zh": one.why.zh, "en": one.why.en},
            "line": one.line,
        }
        for one in draft.unclaimed[:MOST_FOUND]
    ]
    problems = [{"zh": one.sentence("zh"), "en": one.sentence("en")} for one in draft.problems]
    found = {"candidates": candidates, "unclaimed": unclaimed, "problems": problems}
    return {"files": dict(draft.files), "title": draft.document.title, "found": found}


def text_of_file(data: bytes, file_name: str) -> str:
    """The text of a .txt, .docx or .pdf file. Raises RefusedError with what to do for any other file."""
    with tempfile.TemporaryDirectory(prefix="kechuang-text-") as folder:
        path = Path(folder) / f"text{Path(file_name).suffix.lower()[:8]}"
        path.write_bytes(data)
        try:
            return raw_text(path)
        except UnusableFileError as error:
            raise RefusedError(error.words.zh, error.words.en) from error
