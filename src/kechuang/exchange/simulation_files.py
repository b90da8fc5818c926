"""A simulation as a file: JSON, workbook, PDF; as Parquet one row for each subject with a sum in what is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from kechuang.exchange.paper import pdf_of
from kechuang.exchange.report_sheets import Page, Styles
from kechuang.exchange.simulation import Simulation
from kechuang.exchange.simulation_tables import CHANGE, COUNT, SUM, TEXT, Table, cell, tables_of
from kechuang.policy.language.values import Words
from kechuang.policy.reforms.strands import STRANDS

Data = dict[str, Any]
FORMATS: Final = ("xlsx", "pdf", "json")
_WIDTHS: Final = {TEXT: 30, COUNT: 12, SUM: 20, CHANGE: 20}
_SHEETS: Final = {
    "totals": Words("合计", "Totals"),
    "benefits": Words("事项", "Benefits"),
    "by_district": Words("按区市", "By district"),
    "by_industry": Words("按行业", "By industry"),
    "by_size": Words("按规模", "By size"),
    "distribution_entitled": Words("分布（可享）", "Distribution (entitled)"),
    "distribution_ceiling": Words("分布（最高）", "Distribution (ceiling)"),
    "largest_gains_entitled": Words("多得最多（可享）", "Gains (entitled)"),
    "largest_gains_ceiling": Words("多得最多（最高）", "Gains (ceiling)"),
    "largest_losses_entitled": Words("少得最多（可享）", "Losses (entitled)"),
    "largest_losses_ceiling": Words("少得最多（最高）", "Losses (ceiling)"),
    "sensitivity": Words("敏感性", "Sensitivity"),
    "solution": Words("求解", "Solution"),
}


def json_of(data: Data) -> bytes:
    """What a simulation says as JSON, sums in whole fen."""
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def workbook_of(data: Data) -> bytes:
    """What a simulation says as a workbook: what was changed, then a sheet for each table."""
    target = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    language, styles = data["language"], Styles(book)
    _basis_sheet(
        Page(book, styles, Words("改了什么", "What is changed").pick(language), (), language), styles, data
    )
    for table in tables_of(data):
        page = Page(book, styles, _SHEETS[table.key].pick(language), (), language)
        page.line(table.title, styles.bold)
        if table.note:
            page.line(table.note)
        page.head([(Words(head, head), _WIDTHS[kind]) for head, kind in table.columns])
        for row in table.rows:
            page.row([_plain(value, kind) for value, (_, kind) in zip(row, table.columns, strict=True)])
        page.close()
    book.close()
    return target.getvalue()


def _plain(value: Any, kind: str) -> Any:
    return value / 100 if value is not None and kind in {SUM, CHANGE} else value


def _basis_sheet(page: Page, styles: Styles, data: Data) -> None:
    language = data["language"]
    page.line(Words("政策推演", "Policy simulation").pick(language), styles.title)
    page.line(data["headline"], styles.bold)
    for line in basis_lines(data):
        page.line(line)
    page.blank()
    page.head(
        (
            (Words("改动", "change"), 44), (Words("现行", "as it stands"), 26), (Words("改为", "changed to"), 26),
            (Words("措施", "measure"), 10), (Words("原文", "words of the text"), 70),
        )
    )  # fmt: skip
    for one in data["changes"]:
        page.row([_title(one), one["before"], one["after"], one.get("measure", ""), one.get("quote", "")])


def _title(one: Data) -> str:
    return f"{one['benefit']} · {one['title']}" if "benefit" in one else str(one["title"])


def basis_lines(data: Data) -> list[str]:
    """What everything rests on: over whom, which law, which day."""
    language, law, reform, over = data["language"], data["law"], data["reform"], data["population"]
    lines = [
        over["note"],
        Words(
            f"对象：{over['title']}，{over['subjects']:,} 户",
            f"Over: {over['title']}, {over['subjects']:,} subjects",
        ).pick(language),
        Words(
            f"政策：{law['title']}（{law['number']}），测算日 {law['on']}，测算年度 {law['year']}",
            f"Policy: {law['title']} ({law['number']}), on {law['on']}, assessed year {law['year']}",
        ).pick(language),
        Words(f"内容校验值：{law['hash']}", f"Content hash: {law['hash']}").pick(language),
    ]
    if reform["hash"] != law["hash"]:
        lines.append(
            Words(
                f"改为：{reform['title']}（{reform['number']}），内容校验值 {reform['hash']}",
                f"Changed to: {reform['title']} ({reform['number']}), content hash {reform['hash']}",
            ).pick(language)
        )
    lines.append(
        Words(
            "“最高”是上限，由主管部门在限额内核定，不是必然支出；可享与最高不相加。",
            "'Up to' is a ceiling within which the departments decide, not money that will be spent; "
            "entitlements and ceilings are never added.",
        ).pick(language)
    )
    return [line for line in lines if line]


def paper_of(data: Data) -> bytes:
    """What a simulation says as a PDF. Raises PaperError when the machine cannot."""
    return pdf_of(_html(data))


def _html(data: Data) -> str:
    language = data["language"]
    title = Words("政策推演报告", "Policy simulation").pick(language)
    parts = [f"<h1>{escape(title)}</h1>", f"<p><strong>{escape(data['headline'])}</strong></p>"]
    parts += [f"<p class='quiet'>{escape(line)}</p>" for line in basis_lines(data)]
    if data["changes"]:
        parts.append(f"<h2>{escape(Words('改了什么', 'What is changed').pick(language))}</h2>")
    for one in data["changes"]:
        arrow = f"{one['before']} → {one['after']}"
        parts.append(f"<h3>{escape(_title(one))}</h3><p>{escape(arrow)}</p>")
        if one.get("quote"):
            named = Words(f"第 {one['measure']} 条", f"Measure {one['measure']}").pick(language)
            clause = one.get("clause") or one["quote"]
            parts.append(
                f"<blockquote lang='zh-CN'>{escape(named)}：{_marked(clause, one['quote'])}</blockquote>"
            )
    parts += [_table_html(table, language) for table in tables_of(data)]
    tongue = "en" if language == "en" else "zh-CN"
    return f"<html lang='{tongue}'><head><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"


_STYLE: Final = (
    "@page { size: A4 landscape; margin: 18mm 16mm; } table { font-size: 8pt; } th { hyphens: auto; }"
)


def _marked(clause: str, quote: str) -> str:
    """The clause with the quoted words set off; blanks inside a quote may differ from the clause's."""
    place = clause.find(quote)
    if place < 0:
        return escape(clause)
    end = place + len(quote)
    return f"{escape(clause[:place])}<strong>{escape(quote)}</strong>{escape(clause[end:])}"


def _table_html(table: Table, language: str) -> str:
    heads = "".join(f"<th{_aligned(kind)}>{escape(head)}</th>" for head, kind in table.columns)
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{_aligned(kind)}>{escape(cell(value, kind, language))}</td>"
            for value, (_, kind) in zip(row, table.columns, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    note = f"<p class='quiet'>{escape(table.note)}</p>" if table.note else ""
    return f"<h2>{escape(table.title)}</h2><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{note}"


def _aligned(kind: str) -> str:
    return "" if kind == TEXT else " class='number'"


MAKERS: Final[dict[str, Callable[[Data], bytes]]] = {"json": json_of, "xlsx": workbook_of, "pdf": paper_of}


def write_subjects(path: Path, simulation: Simulation) -> None:
    """Parquet: `row` (from 1), `uscc`, and by strand the sums in fen before and after of the benefits touched."""
    found, table = simulation.comparison, simulation.population.table
    rows = pa.array(found.places)
    columns: dict[str, Any] = {"row": pa.array(found.places + 1)}
    if "uscc" in table.column_names:
        columns["uscc"] = table.column("uscc").take(rows)
    for strand in STRANDS:
        for name, sums in zip(("before", "after"), found.sums[strand], strict=True):
            columns[f"{strand}_{name}_fen"] = pa.array(sums.tolist(), type=pa.int64())
    pq.write_table(pa.table(columns), path, compression="zstd")
