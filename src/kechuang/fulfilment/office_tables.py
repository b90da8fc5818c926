"""The columns of the lists of cases: what each is called, how it is read from a case, and in which form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.fulfilment import rules
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.table import states
from kechuang.policy.language.values import Words
from kechuang.reference.divisions import divisions

Row = Any
"""A case of a list, by the names of READ."""


@dataclass(frozen=True)
class Column:
    """One column. kind: text, sum (fen), number, day or words; summed: the key of its sum in the footer."""

    key: str
    title: Words
    kind: str
    read: Callable[[Row], Any]
    summed: str = ""
    usual: bool = True
    sort: str = ""


def _district(case: Row) -> Words | str:
    found = divisions().get(case.district)
    return Words(found.short, found.en) if found else case.district


def _title(case: Row) -> Words:
    return Words(case.call__title["zh"], case.call__title["en"])


def _local(moment: Any) -> Any:
    return moment and timezone.localdate(moment)


COLUMNS: Final = (
    Column("organisation", Words("单位", "Organisation"), "text", lambda case: case.organisation__name,
           sort="organisation__name"),
    Column("number", Words("编号", "Number"), "text", lambda case: case.number, sort="number"),
    Column("call", Words("申报通知", "Call"), "words", _title, usual=False),
    Column("district", Words("区市", "District"), "words", _district),
    Column("state", Words("状态", "State"), "words", lambda case: states()[case.state].title),
    Column("due", Words("期限", "Due"), "day", lambda case: case.day, sort="due_on"),
    Column("declared", Words("申报金额", "Asked for"), "sum", lambda case: case.declared_fen, "declared",
           sort="-declared_fen"),
    Column("recommended", Words("推荐金额", "Recommended"), "sum", lambda case: case.recommended_fen, "recommended"),
    Column("determined", Words("核定金额", "Determined"), "sum", lambda case: case.determined_fen, "determined",
           sort="-determined_fen"),
    Column("granted", Words("分配金额", "Granted"), "sum", lambda case: case.granted_fen, "granted", usual=False),
    Column("rank", Words("名次", "Rank"), "number", lambda case: case.rank, usual=False),
    Column("uscc", Words("统一社会信用代码", "Credit code"), "text", lambda case: case.organisation__uscc, usual=False),
    Column("submitted", Words("提交日期", "Submitted"), "day", lambda case: _local(case.submitted_at), usual=False),
    Column("since", Words("进入此状态", "In this state since"), "day", lambda case: _local(case.state_since),
           usual=False),
)  # fmt: skip
READ: Final = (
    *("pk", "number", "district", "state", "state_since", "day", "rank", "submitted_at", "call__title"),
    *(
        "declared_fen",
        "recommended_fen",
        "determined_fen",
        "granted_fen",
        "organisation__name",
        "organisation__uscc",
    ),
)
"""What the columns read of a case; its documents, reasons and result stay in the database."""


def rows(cases: QuerySet[Case]) -> QuerySet[Case, Row]:
    """The cases of a list, as rows of what its columns read."""
    return cases.values_list(*READ, named=True)


def columns_of(actor: Membership) -> list[Column]:
    """The columns that somebody may choose from: no sums and what follows from them where the case page has none."""
    return [one for one in COLUMNS if one.kind not in {"sum", "number"} or rules.sees_whole(actor)]


def chosen(keys: Sequence[str], actor: Membership) -> list[Column]:
    """The columns of these keys in our order; the usual ones when none is known."""
    offered = columns_of(actor)
    return [one for one in offered if one.key in keys] or [one for one in offered if one.usual]
