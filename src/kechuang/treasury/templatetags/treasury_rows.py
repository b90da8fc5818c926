"""The rows of the treasury's long lists, each list in one go: they have hundreds of cells and are read all day."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kechuang.reader.rows import addresses, chinese, labelled
from kechuang.reader.templatetags.kechuang import money, number, policy_url
from kechuang.treasury.models import Appropriation, Part
from kechuang.treasury.queries import Shown
from kechuang.treasury.returned import Return
from kechuang.treasury.templatetags.treasury import act as called
from kechuang.treasury.templatetags.treasury import (
    has_measure,
    measure_title,
    money_bar,
    state,
    subject,
    sum_yuan,
)

register = template.Library()
Row = Mapping[str, Any]


@register.simple_tag
def ledger_rows(entries: Iterable[Row], subjects: Mapping[str, Shown]) -> SafeString:
    """The entries of a ledger, by the names of lists.LEDGER."""
    when, what, voucher, who = (
        labelled(_("时间")),
        labelled(_("记账事项")),
        labelled(_("凭证号")),
        labelled(_("录入人")),
    )
    address, system, summed = addresses("treasury-entry"), escape(_("系统")), _sum_label()
    rows = []
    for one in entries:
        on = f'<span class="under">{one["on"].isoformat()}</span>' if one["on"] else ""
        by = one["entered_by__user__name"]
        rows.append(
            f'<tr><td class="nowrap" {when}>{timezone.localtime(one["at"]):%Y-%m-%d %H:%M}</td>'
            f'<td {what}><a href="{address(one["pk"])}">'
            f'<span class="ledger-act ledger-{one["act"]}">{escape(called(one["act"]))}</span></a></td>'
            f'<th scope="row">{_whom(one, subjects)}</th>'
            f'<td class="number" {summed}>{sum_yuan(one["amount_fen"])}</td>'
            f'<td class="{"" if one["voucher"] else "none"}" {voucher}>{escape(one["voucher"] or "–")}{on}</td>'
            f"<td {who}>{chinese(by) if by else system}</td></tr>"
        )
    return SafeString("\n".join(rows))


def _whom(entry: Row, subjects: Mapping[str, Shown]) -> str:
    """Whom an entry moves money for, and for what; a dash where it is the whole appropriation's."""
    if not entry["award"] and entry["act"] not in {"reserve", "release"}:
        return "–"
    name = chinese(entry["award__organisation__name"]) if entry["award"] else ""
    return f'{name}<span class="under">{subject(subjects[entry["subject"]])}</span>'


@register.simple_tag
def award_rows(
    awards: Iterable[Row],
    subjects: Mapping[str, Shown],
    returns: Mapping[int, Return],
    ticked: tuple[Container[str], Container[str]] | None,
) -> SafeString:
    """What is to be paid, by the names of lists.TO_PAY, each award before those of its parts that are due.

    ticked: the numbers of the awards and those of the parts that are chosen; None for whoever prepares no batch.
    """
    money_of, since, summed = labelled(_("预算")), labelled(_("可拨付自")), _sum_label()
    address = addresses("treasury-appropriation")
    rows = []
    for one in awards:
        rows.append(
            f"<tr>{'' if ticked is None else _award_tick(one, ticked[0])}"
            f'<th scope="row">{chinese(one["organisation__name"])}'
            f'<span class="under">{subject(subjects[one["subject"]])}</span>'
            f"{_came_back(returns.get(one['pk']))}{_needs(one, may_divide=ticked is not None)}</th>"
            f'<td {money_of}><span><a href="{address(one["appropriation_id"])}" lang="zh-CN">'
            f"{escape(one['appropriation__title'])}</a>"
            f' <small class="quiet">{one["appropriation__year"]}</small></span></td>'
            f'<td class="nowrap" {since}>{_day(one["payable_from"])}</td>'
            f'<td class="number" {summed}>{sum_yuan(one["left_fen"])}</td></tr>'
        )
        rows += [
            f'<tr class="part-line">{"" if ticked is None else _part_tick(one, part, ticked[1])}'
            f'<th scope="row">{_payee(one, part)}</th><td {money_of}></td>'
            f'<td class="nowrap" {since}>{_day(part.released_at)}</td>'
            f'<td class="number" {summed}>{sum_yuan(part.amount_fen)}</td></tr>'
            for part in one["due_parts"]
        ]
    return SafeString("\n".join(rows))


def _award_tick(award: Row, ticked: Container[str]) -> str:
    """The cell in which an award is chosen; empty where there is nowhere to pay it, or its parts are chosen."""
    if not award["has_account"] or award["divided"]:
        return '<td class="tick"></td>'
    label = f"{award['organisation__name']} {money(award['left_fen'])}"
    return _tick("award", award["pk"], award["left_fen"], label, ticked)


def _part_tick(award: Row, part: Part, ticked: Container[str]) -> str:
    """The cell in which a part of an award is chosen."""
    if not part.account and not award["has_account"]:
        return '<td class="tick"></td>'
    label = f"{award['organisation__name']} {part.title} {money(part.amount_fen)}"
    return _tick("part", part.pk, part.amount_fen, label, ticked)


def _tick(name: str, number: int, fen: int, label: str, ticked: Container[str]) -> str:
    checked = " checked" if str(number) in ticked else ""
    return (
        f'<td class="tick"><input class="form-check-input" type="checkbox" name="{name}" value="{number}"'
        f' data-fen="{fen}" id="{name}-{number}"{checked} aria-label="{escape(label)}"></td>'
    )


def _came_back(back: Return | None) -> str:
    """What the bank said when it sent the money back, and whether there is another account since."""
    if back is None:
        return ""
    then = _("单位已更正收款账户，可以重新拨付") if back.corrected else _("单位还没有更正收款账户")
    came, colon = _("退汇"), _("：")
    return (
        f'<span class="under is-overdue">{escape(came)} {_day(back.on)}{escape(colon)}'
        f'{chinese(back.reason or "–")}</span><span class="under">{escape(then)}</span>'
    )


def _needs(award: Row, *, may_divide: bool) -> str:
    """That an award has no account yet; the way to its parts while it may still be divided."""
    said = "" if award["has_account"] or award["divided"] else _no_account()
    if may_divide and not award["divided"] and not award["paid_fen"]:
        address, way = reverse("treasury-award-parts", args=[award["pk"]]), escape(_("分给几个收款人"))
        said += f'<span class="under"><a href="{address}">{way}</a></span>'
    return said


def _payee(award: Row, part: Part) -> str:
    """Which part of an award, and the account that it goes to where that is not the organisation's."""
    place = escape(_("第 %(number)s 部分") % {"number": part.number})
    said = f'<span class="part-title"><span class="quiet">{place}</span> {chinese(part.title)}</span>'
    if part.account:
        account = f'{chinese(part.holder)} <span class="code">{escape(part.account)}</span>'
        return f'{said}<span class="under">{account}</span>'
    return said if award["has_account"] else said + _no_account()


def _no_account() -> str:
    said = _("还没有收款账户，请单位先补")
    return f'<span class="under is-overdue">{escape(said)}</span>'


@register.simple_tag(takes_context=True)
def payment_rows(
    context: Mapping[str, Any], payments: Iterable[Row], subjects: Mapping[str, Shown], number: str
) -> SafeString:
    """The payments of the batch of this number, by the names of lists.LINE; whoever prepares may take one out."""
    which, account = labelled(_("拨付编号")), labelled(_("收款账户"))
    how, summed = labelled(_("状态")), _sum_label()
    address = reverse("treasury-batch-act", args=[number, "take-out"])
    rows = []
    for one in payments:
        part = (
            f'<span class="under" lang="zh-CN">{escape(one["part_title"])}</span>'
            if one["part_title"]
            else ""
        )
        may_take_out = context["may_prepare"] and one["state"] == "prepared"
        out = _taking_out(one, address, context["csrf_token"]) if may_take_out else ""
        rows.append(
            f'<tr class="{"gone-line" if one["state"] == "withdrawn" else ""}">'
            f'<td class="nowrap" {which}>{escape(one["number"])}</td>'
            f'<th scope="row">{chinese(one["award__organisation__name"])}{part}'
            f'<span class="under">{subject(subjects[one["award__subject"]])} · '
            f"{chinese(one['award__appropriation__title'])}</span></th>"
            f'<td {account}><span>{chinese(one["holder"])}<span class="under">{chinese(one["bank"])}'
            f' <span class="code">{escape(one["account"])}</span></span></span></td>'
            f"<td {how}><span>{_outcome(one)}{out}</span></td>"
            f'<td class="number" {summed}>{sum_yuan(one["amount_fen"])}</td></tr>'
        )
    return SafeString("\n".join(rows))


def _outcome(payment: Row) -> str:
    """How far a payment is, what the bank said of it, and whether it was stopped since."""
    stopped = _("有异议或暂缓") if payment["stopped"] else ""
    said = [
        f'<span class="under code">{escape(payment["reference"])}</span>' if payment["reference"] else "",
        f'<span class="under">{payment["settled_on"].isoformat()}</span>' if payment["settled_on"] else "",
        f'<span class="under" lang="zh-CN">{escape(payment["reason"])}</span>' if payment["reason"] else "",
        f'<span class="under is-overdue">{escape(stopped)}</span>' if stopped else "",
    ]
    return state(payment["state"], "payment") + "".join(said)


def _taking_out(payment: Row, address: str, token: str) -> str:
    """The form that takes a payment out of its batch."""
    out, why, act = escape(_("撤出")), escape(_("原因")), escape(_("撤出这一笔"))
    field = f"why-{payment['pk']}"
    return (
        f'<details class="take-out"><summary>{out}</summary><form method="post" action="{address}">'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{escape(token)}">'
        f'<input type="hidden" name="payment" value="{escape(payment["number"])}">'
        f'<label for="{field}">{why}</label> '
        f'<input class="form-control" id="{field}" name="reason" maxlength="200" required autocomplete="off"> '
        f'<button class="btn btn-sm" type="submit">{act}</button></form></details>'
    )


@register.simple_tag
def batch_rows(batches: Iterable[Row]) -> SafeString:
    """Batches by the names of lists.BATCH, with their sums."""
    how, made, checked, lines = (
        labelled(_("状态")),
        labelled(_("准备")),
        labelled(_("复核")),
        labelled(_("笔数")),
    )
    summed, paid, returned = _sum_label(), labelled(_("已付金额")), labelled(_("退回金额"))
    address = addresses("treasury-batch")
    rows = []
    for one in batches:
        named = escape(one["number"])
        rows.append(
            f'<tr><th scope="row"><a href="{address(named)}">{named}</a></th>'
            f"<td {how}>{state(one['state'], 'batch')}</td>"
            f"<td {made}>{_signed(one['prepared_by__user__name'], one['prepared_at'])}</td>"
            f'<td class="{"" if one["approved_at"] else "none"}" {checked}>'
            f"{_signed(one['approved_by__user__name'], one['approved_at'])}</td>"
            f'<td class="number" {lines}>{escape(_answered(one))}</td>'
            f'<td class="number{"" if one["fen"] else " none"}" {summed}>{sum_yuan(one["fen"])}</td>'
            f"{_settled(paid, one['paid'], one['paid_fen'])}"
            f"{_settled(returned, one['returned'], one['returned_fen'])}</tr>"
        )
    return SafeString("\n".join(rows))


def _signed(name: str, at: datetime | None) -> str:
    """Who did something and when; a dash while nobody has."""
    if at is None:
        return "–"
    minute = f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
    return f'<span>{chinese(name)} <small class="quiet nowrap">{minute}</small></span>'


def _answered(batch: Row) -> str:
    """How many payments a batch has, and while it is on its way of how many the bank has spoken."""
    if batch["state"] != "sent":
        return number(batch["lines"])
    return _("%(done)s / %(all)s 有结果") % {"done": number(batch["answered"]), "all": number(batch["lines"])}


def _settled(label: str, count: int, fen: int) -> str:
    """The cell of what the bank has paid, or sent back."""
    if not count:
        return f'<td class="number none" {label}>–</td>'
    said = ngettext("%(n)s 笔拨付", "%(n)s 笔拨付", count) % {"n": localize(count)}
    unit = escape(_("元"))
    return (
        f'<td class="number" {label} data-unit="{unit}"><span>{sum_yuan(fen)}'
        f'<span class="under">{escape(said)}</span></span></td>'
    )


@register.simple_tag(takes_context=True)
def appropriation_rows(context: dict[str, Any], appropriations: Iterable[Appropriation]) -> SafeString:
    """The appropriations of a year, each with its bar."""
    unit, address = escape(_("元")), addresses("treasury-appropriation")
    columns = [
        (f'{labelled(title)} data-unit="{unit}"', name, may_be_none)
        for title, name, may_be_none in (
            (_("预算"), "amount_fen", False),
            (_("已拨付"), "paid_fen", True),
            (_("已承诺"), "committed_fen", True),
            (_("已预留"), "reserved_fen", True),
            (_("可用"), "free_fen", False),
            (_("已追回"), "recovered_fen", True),
        )
    ]
    rows = []
    for one in appropriations:
        cells = "".join(
            f'<td class="number{" none" if may_be_none and not fen else ""}" {label}>{sum_yuan(fen)}</td>'
            for label, name, may_be_none in columns
            for fen in (getattr(one, name),)
        )
        rows.append(
            f'<tr><th scope="row"><a href="{address(one.pk)}" lang="zh-CN">{escape(one.title)}</a>'
            f'<span class="under">{chinese(one.source)} · {_measure(context, one.measure)}</span>'
            f"{money_bar(one)}</th>{cells}</tr>"
        )
    return SafeString("\n".join(rows))


def _measure(context: dict[str, Any], key: str) -> str:
    """A measure as a link to the policy; only its number where the policy in force has none of it."""
    if not has_measure(key):
        return escape(key)
    address = policy_url(context, "measure", key=key)
    return f'<a href="{escape(address)}">{escape(measure_title(key))}</a>'


def _sum_label() -> str:
    label, unit = labelled(_("金额")), escape(_("元"))
    return f'{label} data-unit="{unit}"'


def _day(moment: date | datetime | None) -> str:
    """The day of a moment in the city's time zone."""
    if moment is None:
        return ""
    return (timezone.localdate(moment) if isinstance(moment, datetime) else moment).isoformat()
