"""The rows of the whole city."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kechuang.entitlements.models import Sweep, SweepLine
from kechuang.policy.encoding.pack import Benefit
from kechuang.reader.rows import addresses, labelled
from kechuang.reader.templatetags.kechuang import district_name, outcome, short_sum, sum_unit

register = template.Library()


@register.simple_tag
def sweep_rows(rows: Iterable[tuple[SweepLine, str, str]], sweep: Sweep, benefit: Benefit) -> SafeString:
    """Lines of a sweep, each with its reason and what is missing in words: in one go, for there are many a page."""
    came_out, summed, why, lacks = (
        labelled(_("结果")),
        labelled(_("金额")),
        labelled(_("理由")),
        escape(_("还需：")),
    )
    most = f'<small class="up-to">{escape(_("最高"))}</small> ' if benefit.amount.is_ceiling else ""
    address, unit = addresses("organisation-standing"), sum_unit()
    said = []
    for line, reason, missing in rows:
        of = line.organisation
        district = f" · {escape(district_name(of.district))}" if of.district else ""
        lacking = f'<small class="under">{lacks}{escape(missing)}</small>' if missing else ""
        said.append(
            f'<tr><th scope="row"><a href="{address(line.organisation_id)}#b-{sweep.benefit}">{escape(of.name)}</a>'
            f'<small class="under">{escape(of.uscc)}{district}</small></th>'
            f"<td {came_out}>{outcome(line.outcome)}</td>"
            f'<td class="number" {summed} data-unit="{unit}">{most if line.amount_fen else ""}'
            f"{short_sum(line.amount_fen)}</td>"
            f"<td {why}>{escape(reason)}{lacking}</td></tr>"
        )
    return SafeString("\n".join(said))
