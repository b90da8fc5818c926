"""How pages write states of experts and draws, and the grounds of recusal, in the language of the page."""

from __future__ import annotations

from typing import Any, Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kechuang.experts.catalogue import fields, ground_words, grounds
from kechuang.experts.models import Tie
from kechuang.reader.templatetags.kechuang import language

register = template.Library()
STATES: Final[dict[str, tuple[Any, str]]] = {
    "proposed": (_("待批准"), "waiting"),
    "confirmed": (_("在库"), "good"),
    "lapsed": (_("已暂停"), "late"),
    "removed": (_("已出库"), "quiet"),
    "prepared": (_("待抽取"), "waiting"),
    "carried_out": (_("已抽取"), "good"),
    "cancelled": (_("已作废"), "quiet"),
}
MARKS: Final = {"waiting": "○", "good": "✓", "late": "!", "quiet": "–"}
EXCLUDED: Final = {
    "lapsed": _("在库资格已暂停"),
    "not_agreed": _("本人尚未确认信息"),
    "check_overdue": _("年度核对逾期"),
    "expired": _("任期在评审前届满"),
    "no_account": _("尚未开通账户"),
    "fields": _("专业领域不符"),
    "absent": _("评审期间不能参加"),
    "yearly_cap": _("本年度抽中次数已满"),
    "recused": _("与申报单位有关联，需回避"),
}
DIFFERENCES: Final = {
    "pool_hash": _("冻结的名单与校验值不符"),
    "commitment": _("种子与事先公布的承诺不符"),
    "order": _("抽取结果与种子推出的次序不符"),
    "place": _("位次重复，或不是从 1 起的整数"),
    "unknown": _("抽中者不在冻结的名单中"),
    "count": _("数目不符"),
    "decline": _("缺席登记与抽取结果不符"),
    "shape": _("文件不完整"),
    "format": _("文件格式不识"),
}


@register.simple_tag
def state_badge(state: str) -> SafeString:
    """The state as word, mark and colour."""
    word, kind = STATES[state]
    return format_html(
        '<span class="expert-state expert-state-{}"><span aria-hidden="true">{}</span> {}</span>',
        kind,
        MARKS[kind],
        word,
    )


@register.simple_tag
def state_word(state: str) -> Any:
    """The state as a word."""
    return STATES[state][0]


@register.filter
def ground(key: str) -> str:
    """What a ground is called."""
    return ground_words(key).pick(language())


@register.filter
def field_names(keys: list[str]) -> str:
    """Fields of expertise, in words."""
    known = fields()
    return ("、" if language() == "zh" else ", ").join(
        known[key].pick(language()) for key in keys if key in known
    )


@register.filter
def excluded_because(key: str) -> Any:
    """Why somebody is not in a draw; words of a person stand as they are."""
    return EXCLUDED.get(key, key)


@register.filter
def decline_words(reason: str) -> str:
    """A reason to decline: codes of exclusions in words, else as a person wrote it."""
    parts = reason.split(" ")
    if all(one in EXCLUDED for one in parts):
        return ("、" if language() == "zh" else ", ").join(str(EXCLUDED[one]) for one in parts)
    return reason


@register.filter
def difference_words(problem: str) -> Any:
    """What is wrong with a draw."""
    return DIFFERENCES[problem]


@register.simple_tag
def tie_holds(tie: Tie, today: Any) -> bool:
    """Whether a tie keeps away today."""
    found = grounds().get(tie.kind)
    return bool(found and tie.withdrawn_at is None and found.holds(tie.began_on, tie.ended_on, today))
