"""The words that the sentence writer sets around the parts of an operation, in both languages.

{0}, {1} are the parts.
"""

from __future__ import annotations

from typing import Final

from kechuang.policy.language.values import Words

OPPOSITE: Final = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}
MIRRORED: Final = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
COMPARISON_WORDS: Final = {
    "lt": Words("{0}低于{1}", "{0} is less than {1}"),
    "le": Words("{0}不超过{1}", "{0} is at most {1}"),
    "gt": Words("{0}超过{1}", "{0} is more than {1}"),
    "ge": Words("{0}不低于{1}", "{0} is at least {1}"),
    "eq": Words("{0}为{1}", "{0} is {1}"),
    "ne": Words("{0}不是{1}", "{0} is not {1}"),
}
DATE_WORDS: Final = {
    **COMPARISON_WORDS,
    "lt": Words("{0}早于{1}", "{0} is before {1}"),
    "le": Words("{0}不晚于{1}", "{0} is not after {1}"),
    "gt": Words("{0}晚于{1}", "{0} is after {1}"),
    "ge": Words("{0}不早于{1}", "{0} is not before {1}"),
}
CALL_WORDS: Final = {
    "round_down": Words("{0}（以{1}为单位舍去尾数）", "{0} (rounded down to {1})"),
    "round_up": Words("{0}（以{1}为单位进位）", "{0} (rounded up to {1})"),
    "round_half_up": Words("{0}（以{1}为单位四舍五入）", "{0} (rounded to {1}, halves up)"),
    "year_of": Words("{0}所在年份", "the year of {0}"),
    "days_between": Words("自{0}至{1}的天数", "the days from {0} to {1}"),
    "months_between": Words("自{0}至{1}的整月数", "the whole months from {0} to {1}"),
    "years_between": Words("自{0}至{1}的整年数", "the whole years from {0} to {1}"),
    "add_days": Words("{0}后{1}日", "{1} days after {0}"),
    "add_months": Words("{0}后{1}个月", "{1} months after {0}"),
    "month_before": Words("{0}的上月首日", "the first day of the month before {0}"),
    "known": Words("已知{0}", "{0} is known"),
    "pow": Words("{0}的{1}次方", "{0} to the power {1}"),
    "neg": Words("−{0}", "−{0}"),
}
SMALLEST: Final = {
    "min": (Words("较小者", "the smaller of"), Words("最小者", "the smallest of")),
    "max": (Words("较大者", "the larger of"), Words("最大者", "the largest of")),
}
SOONEST: Final = {
    "min": (Words("较早者", "the earlier of"), Words("最早者", "the earliest of")),
    "max": (Words("较晚者", "the later of"), Words("最晚者", "the latest of")),
}
FOLD_WORDS: Final = {
    "sum_of": (Words("{0}合计", "the total of {0}"),) * 2,
    "max_of": (Words("最高的{0}", "the largest {0}"), Words("最晚的{0}", "the latest {0}")),
    "min_of": (Words("最低的{0}", "the smallest {0}"), Words("最早的{0}", "the earliest {0}")),
}
YEAR_WORDS: Final = (
    Words("测算年度{0}", "{0} in the assessed year"),
    Words("上年{0}", "{0} in the year before"),
)
AND, OR = Words("和", " and "), Words("或", " or ")
COMMA_AND, COMMA_OR = Words("，且", ", and "), Words("，或", ", or ")
