"""What looks mistyped though it can be read: said, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kechuang.policy.language.values import FEN_PER, MONEY, Words
from kechuang.policy.language.vocabulary import YEARS, RecordKind

MORE_THAN_SALES: Final = Words(
    "超过销售收入的 10 倍，疑为元与万元混填；未改动",
    "more than ten times the sales: yuan and 万元 mixed up? Not changed",
)
VERY_SMALL: Final = Words(
    "不足 1 万元，疑为按万元填写；未改动", "less than 10,000 yuan: typed in 万元? Not changed"
)
NEGATIVE: Final = Words("金额为负；未改动", "a negative sum; not changed")

_SPENDS: Final = ("rd_spend", "rd_spend_tax", "rd_spend_audited")
_LARGE: Final = ("sales", "assets", *_SPENDS)
_TIMES: Final = 10


def odd_values(record: Mapping[str, Any], kind: RecordKind) -> Iterator[tuple[str, Words]]:
    """The fields of a record whose values are hard to believe, and why."""
    for name, value in record.items():
        if kind.fields[name].type == MONEY and value < 0:
            yield name, NEGATIVE
    if kind.name != YEARS:
        return
    sales = record.get("sales")
    for name in _SPENDS:
        if sales and record.get(name, 0) > _TIMES * sales > 0:
            yield name, MORE_THAN_SALES
    for name in _LARGE:
        if 0 < record.get(name, 0) < FEN_PER["万元"]:
            yield name, VERY_SMALL
