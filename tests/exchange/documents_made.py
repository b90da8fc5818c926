"""Makes .docx and PDF files out of the plain texts of tests/policy/texts, as an office would write them."""

from __future__ import annotations

from html import escape
from itertools import groupby
from pathlib import Path

import docx

TEXTS = Path(__file__).parents[1] / "policy" / "texts"
PAGE = """<style>@page {{ size: A4; margin: 25mm;
  @top-center {{ content: "{header}" }} @bottom-center {{ content: "— " counter(page) " —" }} }}
table {{ border-collapse: collapse; width: 100% }} td {{ border: 1px solid black; padding: 4px }}
h1, p {{ font-size: 14pt; margin: 0 }}</style>"""


def text_of(name: str) -> str:
    """One of the plain texts."""
    return (TEXTS / f"{name}.txt").read_text(encoding="utf-8")


def _blocks(text: str) -> list[tuple[bool, list[str]]]:
    """The lines of a text, those of one table together."""
    lines = [line for line in text.split("\n") if line.strip()]
    return [(is_row, list(found)) for is_row, found in groupby(lines, key=lambda line: line.startswith("|"))]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def docx_of(text: str, path: Path) -> Path:
    """A Word file with one paragraph a line, real tables, a header and a page number in the footer."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "某某市人民政府公报"
    document.sections[0].footer.paragraphs[0].text = "— 1 —"
    for is_table, lines in _blocks(text):
        if is_table:
            rows = [_cells(line) for line in lines]
            table = document.add_table(len(rows), len(rows[0]))
            for at, row in enumerate(rows):
                for column, words in enumerate(row):
                    table.cell(at, column).text = words
        else:
            for line in lines:
                document.add_paragraph(line)
    document.save(str(path))
    return path


def html_of(text: str, header: str) -> str:
    """A page with a running header and page numbers; long lines break as they fall."""
    parts = [PAGE.format(header=header)]
    for is_table, lines in _blocks(text):
        if is_table:
            rows = "".join(
                f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(line))}</tr>" for line in lines
            )
            parts.append(f"<table>{rows}</table>")
        else:
            parts += [f"<p>{escape(line)}</p>" for line in lines]
    return f"<html><body>{''.join(parts)}</body></html>"
