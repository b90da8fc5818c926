"""Background work of this room."""

from __future__ import annotations

from datetime import date

from procrastinate.contrib.django import app

from kechuang.reader import papers
from kechuang.reader.packs import pack_shown


@app.task(queue="papers")
def write_paper(pack_id: str, what: str, language: str, on: str) -> None:
    """Write the PDF of a document or a measure."""
    papers.write_paper(pack_shown(pack_id), what, language, date.fromisoformat(on))
