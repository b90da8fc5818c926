"""Chinese numerals: 十二 -> 12, 两 -> 2, 二〇二三 -> 2023, 五千万 -> 50000000."""

from __future__ import annotations

from typing import Final

DIGITS: Final = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
STEPS: Final = {"十": 10, "百": 100, "千": 1000}
MYRIADS: Final = {"万": 10**4, "亿": 10**8}
LETTERS: Final = "".join((*DIGITS, *STEPS))  # the letters of a numeral below 万


def chinese_number(numeral: str) -> int:
    """The value of a Chinese numeral; ValueError when a letter is none of a numeral."""
    if len(numeral) > 1 and all(letter in DIGITS for letter in numeral):
        return int("".join(str(DIGITS[letter]) for letter in numeral))  # written digit by digit: 二〇二三
    total = section = digit = 0
    for letter in numeral:
        if letter in DIGITS:
            digit = DIGITS[letter]
        elif letter in STEPS:
            section += (digit or 1) * STEPS[letter]
            digit = 0
        elif letter in MYRIADS:
            total += ((section + digit) or 1) * MYRIADS[letter]
            section = digit = 0
        else:
            raise ValueError(f"'{numeral}' is no Chinese numeral: '{letter}' is not one of {LETTERS}万亿")
    return total + section + digit
