"""The document and its measures as PDF: written once for each content, language and day, in the background.

A paper takes seconds, so a page that asks for one is answered at once: with the file, or with a page that waits.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from kechuang.exchange.paper import PaperError, pdf_of
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.words.explanation_parts import parts_of
from kechuang.reader import queries
from kechuang.reader.marked import noted_clause, noted_document

WHOLE: Final = "document"  # the name of the paper of the whole document; a measure's is its key
CODES: Final = {"zh": "zh-hans", "en": "en"}


def paper_file(pack: Pack, what: str, language: str, on: date) -> Path:
    """Where a paper is kept, whether it is written yet or not."""
    return Path(settings.DATA) / "papers" / f"{pack.hash[:16]}-{what}-{language}-{on.isoformat()}.pdf"


def write_paper(pack: Pack, what: str, language: str, on: date) -> Path:
    """Write a paper unless it is there; papers of other days go. What the machine lacks is said in a file beside it."""
    file = paper_file(pack, what, language, on)
    if file.exists():
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.glob("*.*"):
        if on.isoformat() not in old.name:
            old.unlink(missing_ok=True)
    with translation.override(CODES[language]):
        html = document_html(pack, language, on) if what == WHOLE else measure_html(pack, what, language, on)
    try:
        made = pdf_of(html)
    except PaperError as error:
        failure(file).write_text(error.words.pick(language), encoding="utf-8")
        return file
    part = file.with_suffix(".part")
    part.write_bytes(made)
    part.replace(file)
    return file


def failure(file: Path) -> Path:
    """The file that says why a paper could not be written."""
    return file.with_suffix(".failed")


def taken_failure(file: Path) -> str:
    """Why a paper could not be written, said once so that it may be tried again; '' when nothing failed."""
    words = ""
    with suppress(FileNotFoundError):
        words = failure(file).read_text(encoding="utf-8")
        failure(file).unlink()
    return words


def document_html(pack: Pack, language: str, on: date) -> str:
    """The whole document with numbered notes, measure by measure, as a page for paper."""
    shown = noted_document(pack, language, on)
    context = {**_context(pack, language, on), "shown": shown, "title": pack.document.title}
    return render_to_string("reader/paper_document.html", context)


def measure_html(pack: Pack, key: str, language: str, on: date) -> str:
    """One measure: its words with notes, what it gives on which conditions, its duties."""
    measure = pack.measures[key]
    parts = parts_of(bind(pack, on), language)
    benefits = [
        {
            "benefit": one,
            "parts": parts[one.id],
            "parameters": queries.parameters(pack, one, language),
            "readings": queries.readings(pack, parts[one.id], one),
            "rules": queries.rules(pack, one),
        }
        for one in measure.benefits
    ]
    context = {
        **_context(pack, language, on),
        "measure": measure,
        "section": queries.section_of(pack, key),
        "clause": noted_clause(pack, key, language, on),
        "benefits": benefits,
        "title": measure.title.pick(language),
    }
    return render_to_string("reader/paper_measure.html", context)


def _context(pack: Pack, language: str, on: date) -> dict[str, Any]:
    return {
        "pack": pack,
        "document": pack.document,
        "language": language,
        "on": on,
        "made": timezone.localdate(),
    }
