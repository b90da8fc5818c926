"""The empty workbook of one kind of filing."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Final

from kechuang.exchange.lists import write_list_template
from kechuang.finance.filing.kinds import FilingKind
from kechuang.finance.filing.reading import TOLD
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import load_vocabulary

_GUIDE: Final = (
    Words("这份报送怎么填", "How to fill in this filing"),
    Words(
        "每行一条，用“主体代码”（统一社会信用代码）与单位对应；单位名称用于核对。",
        "One row each, joined to the organisation by its code (unified social credit code); the name checks it.",
    ),
    Words(
        "第 2 行是示例，代码以“示例”开头，不会被读入，可以删除。",
        "Row 2 is an example: its code begins with 'example', it is not read and may be deleted.",
    ),
    Words("单元格留空表示没有说，已报送的值不变。", "An empty cell says nothing: what you have filed stays."),
    Words(
        "只能报送本机构自己的贷款、保单和余额。",
        "You file loans, policies and balances of your own institution only.",
    ),
    Words(
        "上传后先显示错误和差异，确认后才写入；写入后可以整批撤销。",
        "Faults and differences are shown first; nothing is written before you agree, and a batch can be undone.",
    ),
)


def write_template(target: Path | str | IO[bytes], kind: FilingKind, language: str = "zh") -> None:
    """Write the empty workbook of a kind of filing."""
    write_list_template(target, kind.sheet, load_vocabulary(), language, TOLD, (*_GUIDE, kind.note))
