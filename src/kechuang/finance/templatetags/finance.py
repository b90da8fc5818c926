"""Words of this room: grounds of overlaps, movements of pools, states of letters; rates as people write them."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy

from kechuang.finance.models import Letter, Overlap, PoolEntry
from kechuang.policy.language.values import rate_text

register = template.Library()
_GROUNDS: Final = {
    Overlap.Ground.CONTRACT: gettext_lazy("合同或保单编号相同，期间重叠"),
    Overlap.Ground.PLEDGE: gettext_lazy("质押登记号相同，期间重叠"),
    Overlap.Ground.PRINCIPAL: gettext_lazy("本金相同，签订日相近，期间重叠"),
}
_DECISIONS: Final = {
    Overlap.Decision.BOTH: gettext_lazy("两项都算"),
    Overlap.Decision.FIRST: gettext_lazy("只算第一项"),
    Overlap.Decision.SECOND: gettext_lazy("只算第二项"),
}
_ACTS: Final = {
    PoolEntry.Act.CONTRIBUTE: gettext_lazy("出资"),
    PoolEntry.Act.WITHDRAW: gettext_lazy("退出资金"),
    PoolEntry.Act.RESERVE: gettext_lazy("为单位预留"),
    PoolEntry.Act.RELEASE: gettext_lazy("释放预留"),
    PoolEntry.Act.LOSE: gettext_lazy("分担损失"),
    PoolEntry.Act.RECOVER: gettext_lazy("收回损失"),
}
_ALERTS: Final = {
    "past_due": gettext_lazy("逾期"),
    "concentration": gettext_lazy("集中"),
    "floor": gettext_lazy("余额过低"),
    "reserved": gettext_lazy("预留不足"),
}
_STATES: Final = {
    Letter.State.PREPARED: (gettext_lazy("待签发"), "apply"),
    Letter.State.ISSUED: (gettext_lazy("已签发"), "entitled"),
    Letter.State.DISCARDED: (gettext_lazy("已作废"), "out-of-force"),
}


@register.filter
def ground_word(ground: str) -> str:
    """What is the same."""
    return str(_GROUNDS[Overlap.Ground(ground)])


@register.filter
def decision_word(decision: str) -> str:
    """What was decided."""
    return str(_DECISIONS[Overlap.Decision(decision)])


@register.filter
def act_word(act: str) -> str:
    """What moved."""
    return str(_ACTS[PoolEntry.Act(act)])


@register.filter
def alert_word(ground: str) -> str:
    """What the warning is about."""
    return str(_ALERTS[ground])


@register.simple_tag
def letter_state(state: str) -> SafeString:
    """Where a letter stands, as word, sign and colour."""
    word, look = _STATES[Letter.State(state)]
    return format_html('<span class="outcome outcome-{}">{}</span>', look, word)


@register.filter
def percent(rate: Fraction | None) -> str:
    """A rate as "3.45%"; an exact fraction as "1/3" where per cent cannot say it."""
    if rate is None:
        return "–"
    return rate_text(rate) if (rate * 10**6).denominator == 1 else str(rate)


@register.filter
def stopped(sentence: str) -> str:
    """A sentence of a letter in the page's language, with its full stop."""
    if sentence.endswith(("。", ".")):
        return sentence
    return sentence + ("." if get_language() == "en" else "。")
