"""What a file became: the cases that can be assessed, what was refused and why, how unclear cells were read.

Nothing is dropped silently: on every sheet, rows in = rows assessed + rows refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT, SUBJECT_KEY, Vocabulary

Case = dict[str, Any]
Progress = Callable[[int, int | None], None]
"""Called with the rows done so far, and how many there are if that is known."""
MAX_SHOWN: Final = 80  # characters of a cell that an error message repeats


class UnusableFileError(ValueError):
    """A file of which nothing can be read; `words` says why and what to do, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.words = Words(zh, en)
        super().__init__(en)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file: where, what was found, what was expected and what to do.

    `sheet` is the sheet's name (of JSON and Parquet the record kind), `row` counts from 1 as the spreadsheet does
    (of JSON: the record's position in its list), `column` is the heading. None: the whole sheet or row.
    """

    sheet: str
    row: int | None
    column: str | None
    found: str
    expected: Words
    remedy: Words

    def place(self, language: str = "zh") -> str:
        """'年度数据 第 3 行“研发投入”', as far as the place is known."""
        if language == "en":
            row = f", row {self.row}" if self.row is not None else ""
            return f"{self.sheet}{row}" + (f", column '{self.column}'" if self.column else "")
        row = f" 第 {self.row} 行" if self.row is not None else ""
        return f"{self.sheet}{row}" + (f"“{self.column}”" if self.column else "")

    def sentence(self, language: str = "zh") -> str:
        """Place, what was found, what was expected, what to do."""
        parts = self.place(language), self.found, self.expected.pick(language), self.remedy.pick(language)
        if language == "en":
            return "{}: found {}; expected {}; {}.".format(*parts)
        return "{}：现为{}；应为{}；{}。".format(*parts)


@dataclass(frozen=True, slots=True)
class Refused:
    """A subject, or a row that belongs to none, that was not assessed, with every fault found in it."""

    subject: str
    name: str
    row: int | None
    faults: tuple[Fault, ...]
    is_subject: bool = True


@dataclass(slots=True)
class Stated:
    """A way in which cells were read though they could have been written more clearly; the first one as example."""

    sheet: str
    column: str
    how: Words
    row: int | None
    found: str
    read_as: str
    count: int = 1

    def sentence(self, language: str = "zh") -> str:
        """What was read how, how often, and the first example."""
        where = Fault(self.sheet, self.row, self.column or None, "", self.how, self.how).place(language)
        arrow = f" → {self.read_as}" if self.read_as else ""
        if language == "en":
            return f"{self.how.en}: {self.count:,} time(s), first at {where}: {self.found}{arrow}"
        return f"{self.how.zh}：{self.count:,} 处，首见于{where}：{self.found}{arrow}"


@dataclass(slots=True)
class Count:
    """Rows of one sheet: all, and those that went into the assessment; the rest was refused."""

    rows: int = 0
    used: int = 0

    @property
    def refused(self) -> int:
        """Rows that were not assessed."""
        return self.rows - self.used


@dataclass(slots=True)
class Notes:
    """Collects what was unclear while a file is read. Equal readings of one column are counted."""

    stated: dict[tuple[str, str, str], Stated] = field(default_factory=dict)

    def state(
        self, how: Words, sheet: str, row: int | None, column: str, found: str, read_as: str = ""
    ) -> None:
        """Note one cell read in a stated way."""
        key = (sheet, column, how.en)
        if key in self.stated:
            self.stated[key].count += 1
        else:
            self.stated[key] = Stated(sheet, column, how, row, found, read_as)


@dataclass(frozen=True, slots=True)
class Intake:
    """The content of a file. `cases` are checked facts for `assess` (money in fen, rates as Fraction), in its order.

    A population kept in columns has `table` instead, and `cases` is empty. `faults` are those of whole sheets
    and columns.
    """

    vocabulary: Vocabulary
    cases: Sequence[Case]
    table: Any = None
    refused: tuple[Refused, ...] = ()
    faults: tuple[Fault, ...] = ()
    stated: tuple[Stated, ...] = ()
    counts: Mapping[str, Count] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many subjects can be assessed."""
        return len(self.cases) if self.table is None else int(self.table.num_rows)

    @property
    def subjects_refused(self) -> int:
        """How many subjects were refused."""
        return sum(1 for one in self.refused if one.is_subject)

    @property
    def rows_in(self) -> int:
        """Rows of all sheets."""
        return sum(count.rows for count in self.counts.values())

    @property
    def rows_used(self) -> int:
        """Rows that go into the assessment."""
        return sum(count.used for count in self.counts.values())

    @property
    def rows_refused(self) -> int:
        """Rows that do not; rows_in = rows_used + rows_refused."""
        return self.rows_in - self.rows_used

    def as_cases(self) -> Sequence[Case]:
        """The cases, made from the columns where the file was one."""
        if self.table is None:
            return self.cases
        from kechuang.exchange.tables import to_cases

        return to_cases(self.table, self.vocabulary)

    def as_table(self) -> Any:
        """The population as an Arrow table (shape: kechuang.exchange.tables)."""
        if self.table is not None:
            return self.table
        from kechuang.exchange.tables import to_table

        return to_table(self.cases, self.vocabulary)


def label(case: Mapping[str, Any], position: int) -> str:
    """How a case is called: its code, else its position in the file from 1."""
    return str(case.get(SUBJECT_KEY) or position)


def shown(value: object) -> str:
    """A value as error messages repeat it: quoted, shortened."""
    text = str(value)
    short = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    return f"“{short}”"


def count_rows(
    cases: Iterable[Case], vocabulary: Vocabulary, counts: dict[str, Count], *, used: bool
) -> None:
    """Add the rows of these cases, by record kind, to the counts."""
    for case in cases:
        for kind in vocabulary.records:
            rows = 1 if kind == SUBJECT else len(case.get(kind) or ())
            if rows:
                count = counts.setdefault(kind, Count())
                count.rows += rows
                count.used += rows if used else 0
