"""The lines of a sweep as a workbook, row by row, so that its size costs no memory."""

from __future__ import annotations

from typing import IO, Any

import xlsxwriter
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kechuang.entitlements.models import Sweep, SweepLine
from kechuang.entitlements.sweep_queries import told
from kechuang.entitlements.versions import pack_of
from kechuang.reader.templatetags.kechuang import district_name, outcome_word

FEN = 100
WIDTHS = (24, 36, 16, 12, 18, 60, 40)


def write_workbook(file: IO[bytes], sweep: Sweep, found: QuerySet[SweepLine], language: str) -> None:
    """One sheet: what was swept, then one row an organisation, and the sum; sums in yuan to the fen."""
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    sheet = book.add_worksheet(_("筛查结果"))
    for place, width in enumerate(WIDTHS):
        sheet.set_column(place, place, width)
    benefit = pack_of(sweep.version_id).benefit(sweep.benefit)
    sheet.write_row(0, 0, [benefit.title.pick(language), sweep.on.isoformat(), str(sweep.year)], bold)
    heads = [_("代码"), _("名称"), _("区市"), _("结果"), _("金额（元）"), _("理由"), _("还需信息")]
    sheet.write_row(2, 0, heads, bold)
    sheet.freeze_panes(3, 0)
    row = 3
    for line, reason, missing in told(sweep, found, language):
        one = line.organisation
        texts: list[Any] = [one.uscc, one.name, district_name(one.district) if one.district else ""]
        sheet.write_row(row, 0, [*texts, outcome_word(line.outcome)])
        if line.amount_fen is not None:
            sheet.write_number(row, 4, line.amount_fen / FEN, money)
        sheet.write_row(row, 5, [reason, missing])
        row += 1
    sheet.write_string(row, 0, _("合计"), bold)
    sheet.write_formula(row, 4, f"=SUM(E4:E{row})" if row > 3 else "=0", money)  # noqa: PLR2004 - the heading's rows
    book.close()
