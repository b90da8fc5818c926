"""What the pages of the offices write: states, clocks, cells of lists."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kechuang.accounts.roles import APPLICANTS, Role
from kechuang.fulfilment.models import Call, Notice, Objection, RecusalRequest
from kechuang.fulfilment.office_facts import source_of
from kechuang.fulfilment.office_tables import Column, Row
from kechuang.fulfilment.table import CLOCK_ROLE, states, voices
from kechuang.policy.language.values import Words, yuan
from kechuang.reader.rows import addresses, labelled
from kechuang.reader.templatetags.kechuang import language, short_sum, sum_unit, words
from kechuang.reference.workdays import days_left
from kechuang.registry.models import Fact
from kechuang.treasury.templatetags.treasury import sum_yuan

register = template.Library()

CALL_STATES = {
    Call.State.DRAFT: Words("草稿", "draft"),
    Call.State.PUBLISHED: Words("申报中", "open"),
    Call.State.CLOSED: Words("已截止", "closed"),
    Call.State.SETTLED: Words("已分配", "shared out"),
    Call.State.WITHDRAWN: Words("已撤回", "withdrawn"),
}
NOTICE_STATES = {
    Notice.State.PUBLISHED: Words("公示中", "under notice"),
    Notice.State.ENDED: Words("公示期满", "ended"),
    Notice.State.WITHDRAWN: Words("已撤回", "withdrawn"),
}
OBJECTION_STATES = {
    Objection.State.OPEN: Words("待答复", "open"),
    Objection.State.UPHELD: Words("异议成立", "upheld"),
    Objection.State.REJECTED: Words("异议不成立", "not upheld"),
    Objection.State.WITHDRAWN: Words("已撤回", "withdrawn"),
}
_LOOKS = {
    "applicant": "waits", "district": "moves", "department": "moves", "review": "moves", "notice": "shown",
    "decision": "moves", "payment": "good", "contract": "moves", "recovery": "bad", "": "ended",
}  # fmt: skip
_CALL_LOOKS = {
    Call.State.DRAFT: "waits", Call.State.PUBLISHED: "good", Call.State.CLOSED: "moves", Call.State.SETTLED: "shown",
    Call.State.WITHDRAWN: "ended",
}  # fmt: skip


@register.filter
def state_words(key: str) -> str:
    """A state of a case in words."""
    return words(states()[key].title)


@register.simple_tag
def state_badge(key: str) -> SafeString:
    """A state of a case as word, sign and colour."""
    return _badge(key, language())


@cache
def _badge(key: str, _language: str) -> SafeString:
    state = states()[key]
    return format_html('<span class="state state-{}">{}</span>', _LOOKS[state.stage], words(state.title))


@register.simple_tag
def call_badge(call: Call) -> SafeString:
    """The state of a call."""
    key = Call.State(call.state)
    return format_html('<span class="state state-{}">{}</span>', _CALL_LOOKS[key], words(CALL_STATES[key]))


@register.simple_tag
def notice_badge(notice: Notice) -> SafeString:
    """The state of a notice."""
    key = Notice.State(notice.state)
    look = {"published": "shown", "ended": "good", "withdrawn": "ended"}[key]
    return format_html('<span class="state state-{}">{}</span>', look, words(NOTICE_STATES[key]))


@register.simple_tag
def objection_badge(state: str) -> SafeString:
    """The state of an objection."""
    look = {"open": "waits", "upheld": "bad", "rejected": "ended", "withdrawn": "ended"}[state]
    return format_html(
        '<span class="state state-{}">{}</span>', look, words(OBJECTION_STATES[Objection.State(state)])
    )


_REQUESTS = {
    RecusalRequest.State.OPEN: ("waits", Words("待答复", "to be answered")),
    RecusalRequest.State.UPHELD: ("good", Words("准予", "upheld")),
    RecusalRequest.State.REFUSED: ("ended", Words("未予准许", "refused")),
}


@register.filter
def request_state(state: str) -> str:
    """The state of a request that somebody be kept off, in words."""
    return words(_REQUESTS[RecusalRequest.State(state)][1])


@register.simple_tag
def request_badge(state: str) -> SafeString:
    """The state of a request that somebody be kept off."""
    look, said = _REQUESTS[RecusalRequest.State(state)]
    return format_html('<span class="state state-{}">{}</span>', look, words(said))


@register.filter
def voice(kind: str) -> str:
    """An office that is heard, in words."""
    found = voices().get(kind)
    return words(found.title) if found else kind


@register.simple_tag
def case_rows(
    cases: Iterable[Row], columns: Sequence[Column], today: date, selected: Container[int] | None = None
) -> SafeString:
    """The rows of a list of cases, the first cell naming the case: in one go, for a list has hundreds of cells.

    selected: the keys of the cases that are ticked; None where nothing can be.
    """
    spoken = language()
    first, *others = [(column, _frame(column, spoken)) for column in columns]
    address = addresses("case")
    rows = []
    for case in cases:
        named = (
            f'<th scope="row"><a href="{address(case.number)}">'
            f"{conditional_escape(_cell(case, first[0], today, spoken))}</a></th>"
        )
        rest = "".join(
            frame % conditional_escape(_cell(case, column, today, spoken)) for column, frame in others
        )
        rows.append(f"<tr>{'' if selected is None else _tick(case, selected)}{named}{rest}</tr>")
    return SafeString("\n".join(rows))


def _tick(case: Row, selected: Container[int]) -> str:
    """The cell in which a case is chosen for what is done to many."""
    label = escape(_("选择 %(number)s %(name)s") % {"number": case.number, "name": case.organisation__name})
    ticked = " checked" if case.pk in selected else ""
    return (
        f'<td class="tick"><input type="hidden" name="shown" value="{case.pk}"><input class="form-check-input"'
        f' type="checkbox" name="case" value="{case.pk}"{ticked} aria-label="{label}"></td>'
    )


@cache
def _frame(column: Column, _language: str) -> str:
    """A cell in HTML, %s being what stands in it."""
    look = "number" if column.kind in {"sum", "number"} else "nowrap" if column.key == "number" else ""
    label = escape(words(column.title)).replace("%", "%%")
    unit = f' data-unit="{sum_unit()}"' if column.kind == "sum" else ""
    return f'<td class="{look}" data-label="{label}"{unit}>%s</td>'


@register.simple_tag
def project_rows(projects: Iterable[Mapping[str, Any]]) -> SafeString:
    """The rows of the list of projects, by the names of projects.queries.SHOWN: in one go, as those of cases."""
    state, stages, due = labelled(_("状态")), labelled(_("里程碑")), labelled(_("下一到期"))
    agreed, paid, unit = labelled(_("合同金额")), labelled(_("已拨付")), escape(_("元"))
    address, spoken = addresses("case"), language()
    return SafeString(
        "\n".join(
            f'<tr><th scope="row"><a href="{address(one["case__number"])}#contract" lang="zh-CN">'
            f"{escape(one['case__organisation__name'])}</a>"
            f'<span class="under">{escape(one["number"])} · {escape(one["case__call__title"][spoken])}</span></th>'
            f"<td {state}><span>{_badge(one['case__state'], spoken)}{_awaited(one)}</span></td>"
            f'<td {stages} class="nowrap">{one["done"]} / {one["milestones_n"]}</td>'
            f"<td {due}>{_next_due(one)}</td>"
            f'<td class="number" {agreed} data-unit="{unit}">{sum_yuan(one["amount_fen"])}</td>'
            f'<td class="number" {paid} data-unit="{unit}">{sum_yuan(one["paid_fen"])}</td></tr>'
            for one in projects
        )
    )


def _awaited(project: Mapping[str, Any]) -> str:
    """What of a running project waits for the office."""
    if project["case__state"] != "running":
        return ""
    waits = (_("有报告待验收") if project["reported"] else "", _("有变更待答复") if project["asked"] else "")
    return "".join(f'<span class="under">{escape(one)}</span>' for one in waits if one)


def _next_due(project: Mapping[str, Any]) -> str:
    """The day of a running project's next milestone, and that it is past."""
    if project["case__state"] != "running" or project["next_on"] is None:
        return "–"
    late, day = _("逾期") if project["late"] else "", project["next_on"].isoformat()
    look = " late-text" if late else ""
    return f'<span class="nowrap{look}">{day}{escape(f" {late}" if late else "")}</span>'


@register.simple_tag
def clock_of(last: date | datetime | None, today: date) -> SafeString:
    """A deadline as its day and the working days left: '2026-03-09 还有 5 个工作日'; overdue is said and red."""
    if last is None:
        return SafeString("–")
    return _clock(timezone.localdate(last) if isinstance(last, datetime) else last, today, language())


@lru_cache(maxsize=1024)
def _clock(day: date, today: date, _language: str) -> SafeString:
    left = days_left(today, day)
    if left is None:
        return format_html('<time datetime="{0}">{0}</time>', day.isoformat())
    text, look = _left(left)
    return format_html(
        '<span class="clock clock-{}"><time datetime="{}">{}</time> <small>{}</small></span>',
        look, day.isoformat(), day.isoformat(), text,
    )  # fmt: skip


def _left(left: int) -> tuple[str, str]:
    if left < 0:
        return _("已逾期"), "late"
    if left == 0:
        return _("今天截止"), "soon"
    look = "soon" if left <= 2 else "far"  # noqa: PLR2004 - two working days
    return ngettext("还有 %(n)s 个工作日", "还有 %(n)s 个工作日", left) % {"n": left}, look


def _cell(case: Row, column: Column, today: date, spoken: str) -> Any:
    """What a list shows of a case in a column."""
    value = column.read(case)
    if column.key == "state":
        return _badge(case.state, spoken)
    if column.key == "due":
        return clock_of(value, today)
    if value is None or value == "":
        return "–"
    if column.kind == "sum":
        return short_sum(value)
    if column.kind == "words":
        return value.pick(spoken) if isinstance(value, Words) else value
    return value.isoformat() if isinstance(value, date) else value


@register.filter
def role_words(roles: tuple[str, ...]) -> str:
    """Whose act it is, in words; the clock's are done by themselves."""
    if CLOCK_ROLE in roles:
        return _("到期自动办理")
    if APPLICANTS & set(roles):
        return _("申报单位")
    return str(Role(roles[0]).label)


@register.filter
def call_state(key: str) -> str:
    """A state of a call in words."""
    return words(CALL_STATES[Call.State(key)])


@register.filter
def notice_state(key: str) -> str:
    """A state of a notice in words."""
    return words(NOTICE_STATES[Notice.State(key)])


@register.filter
def objection_state(key: str) -> str:
    """A state of an objection in words."""
    return words(OBJECTION_STATES[Objection.State(key)])


@register.filter
def localday(moment: datetime | None) -> date | None:
    """The day of a moment in the city's time zone."""
    return moment and timezone.localdate(moment)


@register.filter
def day_of_letter(day: date) -> str:
    """A day in the running text of a notice: 2026年3月2日, and 2026-03-02 in English."""
    return day.isoformat() if language() == "en" else f"{day.year}年{day.month}月{day.day}日"


@register.filter
def lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line for line in text.splitlines() if line.strip()]


@register.simple_tag
def part_of(fen: int, whole: int | None) -> str:
    """A part in per cent with two decimals, cut: '66.66%'."""
    if not whole:
        return "–"
    cut = fen * 10_000 // whole
    return f"{cut // 100}.{cut % 100:02d}%"


@register.filter
def plain_sum(fen: int | None) -> str:
    """A sum in yuan without its unit, for a column whose heading has it."""
    return "–" if fen is None else yuan(fen)


@register.filter
def source_words(fact: Fact) -> str:
    """Who says a fact."""
    return words(source_of(fact))


@register.filter
def in_language(letter: dict[str, Any]) -> Any:
    """The letter of a decision in the language of the page."""
    return letter[language()]
