"""Words for people, in both languages: a value with its unit, a sum at full length, the fixed terms of a benefit."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Final

from kechuang.policy.language.tree import Named, Node
from kechuang.policy.language.values import (
    BOOLEAN,
    FEN_PER,
    MONEY,
    NUMBER,
    RATE,
    Value,
    Words,
    code_list,
    decimal_text,
    is_code,
    money_text,
    rate_text,
    yuan,
)
from kechuang.policy.language.vocabulary import Vocabulary

PLAIN_BELOW: Final = 10_000  # a year such as 2023 takes no separator
_YES, _NO, _UNKNOWN = Words("是", "yes"), Words("否", "no"), Words("未知", "unknown")
_SEAMS: Final = (
    re.compile(r"(?<=[\u4e00-\u9fff])(?=[0-9A-Za-z])"),
    re.compile(r"(?<=[0-9A-Za-z%])(?=[\u4e00-\u9fff])"),
)

INSTRUMENT_WORDS: Final = {
    "reward": Words("奖励", "reward"),
    "subsidy": Words("补助", "subsidy"),
    "interest_subsidy": Words("贴息", "interest subsidy"),
    "premium_subsidy": Words("保费补贴", "premium subsidy"),
    "matching_grant": Words("配套资金", "matching grant"),
    "risk_compensation": Words("风险补偿", "risk compensation"),
    "service_fee": Words("服务费", "service fee"),
    "limit": Words("额度", "limit"),
    "project_funding": Words("项目资金", "project funding"),
    "recommendation": Words("推荐", "recommendation"),
}
LIFECYCLE_WORDS: Final = {
    "recognition": Words("认定后兑现", "after recognition"),
    "formula": Words("按公式核算", "by formula"),
    "project": Words("按项目管理", "as a project"),
    "evaluation": Words("按评价结果", "after evaluation"),
    "finance": Words("按融资或保险凭证", "on proof of finance or insurance"),
    "duty": Words("由部门履行", "a duty of departments"),
}
PARTY_WORDS: Final = {
    "agency": Words("服务机构", "agency"),
    "association": Words("社会组织", "association"),
    "bank": Words("银行", "bank"),
    "base": Words("基地", "base"),
    "carrier": Words("孵化载体", "incubation carrier"),
    "city": Words("市级财政", "city"),
    "county": Words("区市财政", "district"),
    "enterprise": Words("企业", "enterprise"),
    "host": Words("承办（依托）单位", "host"),
    "institution": Words("科研机构", "research institution"),
    "insurer": Words("保险机构", "insurer"),
    "lead_unit": Words("牵头单位", "lead unit"),
    "none": Words("不涉及资金", "no money involved"),
    "park_authority": Words("园区管理机构", "park authority"),
    "person": Words("个人", "person"),
    "project": Words("项目", "project"),
    "province": Words("省级财政", "province"),
    "team": Words("团队", "team"),
    "unit": Words("单位", "unit"),
    "user": Words("使用单位", "user"),
    "winners": Words("获奖者", "winners"),
}
SCOPE_WORDS: Final = {
    "agency": Words("每家服务机构", "agency"),
    "award": Words("每个奖项", "award"),
    "bank": Words("每家银行", "bank"),
    "base": Words("每个基地", "base"),
    "carrier": Words("每家载体", "carrier"),
    "consortium": Words("每个联合体", "consortium"),
    "contract": Words("每份合同", "contract"),
    "enterprise": Words("每家企业", "enterprise"),
    "event": Words("每次活动", "event"),
    "institution": Words("每家机构", "institution"),
    "loan": Words("每笔贷款", "loan"),
    "once": Words("一次性", "once"),
    "person": Words("每人", "person"),
    "platform": Words("每个平台", "platform"),
    "policy": Words("每份保单", "policy"),
    "pool": Words("全市总额", "pool of the city"),
    "project": Words("每个项目", "project"),
    "record": Words("每条记录", "record"),
    "station": Words("每个驿站", "station"),
    "studio": Words("每个工作室", "studio"),
    "team": Words("每个团队", "team"),
    "unit": Words("每家单位", "unit"),
    "year": Words("每年", "year"),
}


def spaced(text: str) -> str:
    """Chinese text with a blank between Chinese and figures or Latin letters: '超过100万元' -> '超过 100 万元'."""
    for seam in _SEAMS:
        text = seam.sub(" ", text)
    return text


def value_text(value: object, type_: str, vocabulary: Vocabulary, language: str) -> str:
    """A value as people read it, with its unit: '100 万元', '10%', '2024-06-20', '国家级', '是'; unknown when None."""
    if value is None:
        return _UNKNOWN.pick(language)
    if type_ == BOOLEAN:
        return (_YES if value else _NO).pick(language)
    if type_ == MONEY and isinstance(value, (int, Fraction)):
        return money_text(value, language)
    if type_ == RATE and isinstance(value, (int, Fraction)):
        return rate_text(value)
    if type_ == NUMBER and isinstance(value, (int, Fraction)):
        return str(value) if isinstance(value, int) and abs(value) < PLAIN_BELOW else decimal_text(value)
    found = vocabulary.codes[code_list(type_)].get(str(value)) if is_code(type_) else None
    return found.pick(language) if found else str(value)  # a date's own text is its ISO form


def sum_text(fen: int, language: str) -> str:
    """A sum at full length, exact: '5.00 万元（50,000.00 元）', below one 万元 '6,900.00 元'; '50,000.00 yuan'."""
    if language == "en":
        return f"{yuan(fen)} yuan"
    if abs(fen) < FEN_PER["万元"]:
        return f"{yuan(fen)} 元"
    whole, rest = divmod(abs(fen), FEN_PER["万元"])
    digits = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if fen < 0 else ''}{whole:,}.{digits} 万元（{yuan(fen)} 元）"


def joined(parts: list[str], language: str, *, last: Words) -> str:
    """A list in words: 'A、B或C', 'A, B or C', with `last` before the last part."""
    if len(parts) < 2:  # noqa: PLR2004
        return "".join(parts)
    between = "、" if language == "zh" else ", "
    return f"{between.join(parts[:-1])}{last.pick(language)}{parts[-1]}"


def is_named(node: Node, *kinds: str) -> bool:
    """Whether a node is a name of one of these kinds (parameter, let, definition)."""
    return node.op == "named" and isinstance(node.value, Named) and node.value.kind in kinds


def known_value(node: Node) -> Value:
    """The value of a constant, or of a name bound to one; None for anything else."""
    inner = node.args[0] if node.op == "named" else node
    value = inner.value if inner.op == "const" else None
    return value if isinstance(value, (int, Fraction, date, str)) else None
