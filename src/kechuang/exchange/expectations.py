"""What each type of fact looks like, said in both languages."""

from __future__ import annotations

from typing import Final

from kechuang.policy.language.values import (
    BOOLEAN,
    DATE,
    MONEY,
    NUMBER,
    RATE,
    TEXT,
    Words,
    code_list,
    is_code,
)
from kechuang.policy.language.vocabulary import Field, Vocabulary

EXPECTED: Final = {
    MONEY: Words(
        "金额，如 120万元、3500.50元，精确到分，不超过 10 万亿元",
        "a sum such as 120万元 or 3500.50元, exact to the fen, at most 10 trillion yuan",
    ),
    RATE: Words("比率，如 4.35%，最细到 0.0001%", "a rate such as 4.35%, in steps of 0.0001%"),
    NUMBER: Words("整数", "a whole number"),
    DATE: Words(
        "日期，如 2024-06-20，在 1900 年至 2200 年之间", "a date such as 2024-06-20, from 1900 to 2200"
    ),
    BOOLEAN: Words("是或否", "yes or no"),
    TEXT: Words("不超过 500 字的文字", "a text of at most 500 characters"),
}
CORRECT_CELL: Final = Words("请改正后重新提交", "correct it and submit again")
LEAVE_EMPTY: Final = Words("请改正；不知道的留空", "correct it, or leave it empty if it is not known")


def expected(field: Field, vocabulary: Vocabulary) -> Words:
    """What a value of this field looks like; of a code, the list to choose from."""
    if not is_code(field.type):
        return EXPECTED[field.type]
    members = vocabulary.codes[code_list(field.type)]
    return Words(
        "下列之一：" + "、".join(title.zh for title in members.values()),
        "one of: " + ", ".join(f"{title.en} ({code})" for code, title in members.items()),
    )
