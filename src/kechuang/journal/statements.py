"""Queries whose SQL is written once a process: Django takes longer to write it than the database to answer it."""
# ruff: noqa: SLF001 - what a query is made of is private to Django; tests/journal/test_statements.py holds it to that

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType, SimpleNamespace
from typing import Any, Final, Generic, Self, TypeVar

from django.core.exceptions import EmptyResultSet, ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import (
    Count,
    Expression,
    Field,
    Lookup,
    Model,
    QuerySet,
    Value,
    prefetch_related_objects,
)
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError
from psycopg import Connection, RawCursor
from psycopg.sql import Literal

Row = TypeVar("Row")
_MOST_STATEMENTS: Final = 500  # of up to 100 kB each
_MOST_PLANNED_ALIKE: Final = 100  # values of one place
_STATEMENTS: Final[dict[Hashable, _Statement | _Written | None]] = {}
_ANSWERED: ContextVar[Mapping[Ask[Any], list[Any]]] = ContextVar("answered", default=MappingProxyType({}))


class Given(Expression):
    """A value of a statement that each asking brings: in place of any value on the right of a condition."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=Field())
        self.name = name

    def as_sql(self, _compiler: SQLCompiler, _connection: object) -> tuple[str, list[Given]]:  # type: ignore[override]
        """A place for a value, and which one goes there."""
        return "%s", [self]


@Field.register_lookup
class AnyOf(Lookup):
    """One of several values that each asking brings: `number__any_of=given`, the value being a tuple."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """As an array: the statement is the same for any number of them."""
        left, of_left = self.process_lhs(compiler, connection)
        right, of_right = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", (*of_left, *of_right)


@dataclass(frozen=True)
class Ask(Generic[Row]):
    """A query with its values, not asked yet. Without a key nothing is kept, and it is asked in Django's way."""

    key: Hashable | None
    build: Callable[..., QuerySet[Any, Row]] = field(compare=False)
    values: tuple[tuple[str, object], ...]

    def rows(self) -> list[Row]:
        """The rows as the query itself gives them; with what it says is to be fetched beside them."""
        if self.key is None:
            return list(self.build(**dict(self.values)))
        statement = self.statement()
        if statement is None:
            return []
        known = _ANSWERED.get().get(self)
        return statement.objects(_answers([self])[self] if known is None else known)

    def first(self) -> Row | None:
        """The first row, None where there is none."""
        return next(iter(self.rows()), None)

    def get(self) -> Row:
        """The first row; ObjectDoesNotExist where there is none."""
        found = self.first()
        if found is None:
            raise ObjectDoesNotExist
        return found

    def statement(self) -> _Statement | _Written | None:
        """The kept statement; None where no row can fit, such as of a state that there is not, and without a key."""
        if self.key is None:
            return None
        if self.key in _STATEMENTS:
            return _STATEMENTS[self.key]
        made = _statement(self.build(**{name: Given(name) for name, _ in self.values}))
        if len(_STATEMENTS) >= _MOST_STATEMENTS:
            _STATEMENTS.clear()
        _STATEMENTS[self.key] = made
        return made


def ask(key: Hashable | None, build: Callable[..., QuerySet[Any, Row]], /, **values: object) -> Ask[Row]:
    """A query to be asked by a kept statement.

    key: all that the SQL depends on but the values, first of all a name of the query; None where none is worth keeping,
    such as of what somebody looks for. build: makes the query from a `Given` for each of the values, which are compared
    as they are: numbers, texts, days, times, tuples of them (by `any_of`). ValueError for None.

    The SQL is kept by its key, with all values that `build` wrote into it. ValueError for a query that starts from an
    object (`call.cases`): its rows would be given the object of the first asking.
    """
    return Ask(key, build, _given(values))


def _given(values: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    """The values of an asking. ValueError for None: nothing equals it, where Django asks for what is empty."""
    if missing := [name for name, one in values.items() if one is None]:
        message = f"a kept query cannot compare with None: {', '.join(missing)}"
        raise ValueError(message)
    return tuple(values.items())


def ask_first(
    key: Hashable | None, build: Callable[..., QuerySet[Any, Row]], /, **values: object
) -> Ask[Row]:
    """The first row of a query alone; as `ask`."""
    return ask(part_of(key, "first"), lambda **given: build(**given)[:1], **values)


def ask_count(
    key: Hashable | None, build: Callable[..., QuerySet[Any, Any]], /, **values: object
) -> Ask[int]:
    """How many rows a query has, as the only row; none where there are none. As `ask`."""

    def counted(**given: Given) -> QuerySet[Any, int]:
        rows: QuerySet[Any, Any] = build(**given).order_by().values(all=Value(1)).annotate(number=Count("pk"))
        return rows.values_list("number", flat=True)

    return ask(part_of(key, "count"), counted, **values)


def part_of(key: Hashable | None, *part: Hashable) -> Hashable | None:
    """The key of a query made of another one, of its first row or its sum; kept as that one is, or not."""
    return None if key is None else (key, *part)


def asked(key: Hashable | None, build: Callable[..., QuerySet[Any, Row]], /, **values: object) -> list[Row]:
    """The rows of a query; as `ask`."""
    return ask(key, build, **values).rows()


def ask_sql(sql: str, /, **values: object) -> Ask[tuple[Any, ...]]:
    """Rows as tuples by SQL of one's own, with the values in places like %(number)s; tuples become arrays."""
    return Ask(sql, lambda **_: sql, _given(values))  # type: ignore[arg-type]


@contextmanager
def together(asks: Iterable[Ask[Any]]) -> Iterator[None]:
    """Send several queries in one message; within, whoever asks one of them has its answer already.

    For what a page shows: a message costs as much as the answer to a small query. Within, nothing is changed.
    """
    known = _ANSWERED.get()
    token = _ANSWERED.set({**known, **_answers(one for one in asks if one not in known)})
    try:
        yield
    finally:
        _ANSWERED.reset(token)


def _answers(asks: Iterable[Ask[Any]]) -> dict[Ask[Any], list[Any]]:
    """The answers of the database, to one message."""
    ready = {one: statement for one in asks if (statement := one.statement()) is not None}
    if not ready:
        return {}
    if any(statement.locks for statement in ready.values()) and not connection.in_atomic_block:
        message = "a query that locks its rows is asked inside the transaction of the act"
        raise TransactionManagementError(message)
    connection.validate_no_broken_transaction()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    if connection.queries_logged:
        connection.queries_log.append({"sql": "; ".join(one.sql for one in ready.values()), "time": "0"})
    database = connection.connection
    with connection.wrap_database_errors:
        with database.pipeline() if len(ready) > 1 else nullcontext():
            cursors = {one: _executed(database, statement, one.values) for one, statement in ready.items()}
        return {one: cursor.fetchall() for one, cursor in cursors.items()}


def _executed(
    database: Connection[Any], statement: _Statement | _Written, values: Iterable[tuple[str, object]]
) -> RawCursor[Any]:
    """Prepared on the server, so planned once a connection; but a plan for a handful is a bad one for thousands."""
    filled = statement.filled(values)
    few = all(len(one) <= _MOST_PLANNED_ALIKE for one in filled if isinstance(one, list))
    return RawCursor(database).execute(statement.sql, filled, prepare=few)


class Pages:
    """A list of which one page at a time is asked for, each by a kept statement of its own.

    key, build, values: as of `asked`.
    """

    def __init__(
        self, key: Hashable | None, build: Callable[..., QuerySet[Any, Any]], **values: object
    ) -> None:
        self._key, self._build, self._values = key, build, values

    def __getitem__(self, page: slice) -> list[Any]:
        """The rows from `page.start` to before `page.stop`."""
        key = part_of(self._key, page.start, page.stop)
        return asked(key, lambda **given: self._build(**given)[page], **self._values)


def prefetched(of: Model, name: str, rows: Iterable[Model]) -> None:
    """Let `of.<name>.all()` be these rows, as if they had been fetched beside it."""
    related, found = getattr(of, name), list(rows)
    for one in found:
        setattr(one, related.field.name, of)
    whole = related.all()
    whole._result_cache = found
    of._prefetched_objects_cache = {**getattr(of, "_prefetched_objects_cache", {}), name: whole}  # type: ignore[attr-defined]


def _statement(query: Any) -> _Statement | _Written | None:
    """None where no row can fit, such as of a state that there is not."""
    if isinstance(query, str):
        return _Written(query)
    if query._known_related_objects:
        message = "a kept query starts from the model, not from an object"
        raise ValueError(message)
    try:
        return _Statement(query)
    except EmptyResultSet:
        return None


_NAMED: Final = re.compile(r"%\((\w+)\)s")


class _Written:
    """SQL of one's own; what it answers is taken as it is."""

    locks = False

    def __init__(self, sql: str) -> None:
        self._names = _NAMED.findall(sql)
        self.sql = _numbered(_NAMED.sub("%s", sql), [Given(name) for name in self._names])

    def filled(self, values: Iterable[tuple[str, object]]) -> list[Any]:
        """The values of the statement, one for each place."""
        given = _arrays(values)
        return [given[name] for name in self._names]

    def objects(self, answered: Iterable[Any]) -> list[Any]:
        """The rows."""
        return list(answered)


def _numbered(sql: str, parameters: Iterable[Any]) -> str:
    """SQL with a place ($1, $2, …) for each value that an asking brings, all others written into it.

    So the database reads and plans it once a connection, knowing what never changes.
    """
    left, places = iter(parameters), count(1)

    def written(part: str) -> str:
        if part != "%s":
            return "%" if part == "%%" else part
        value = next(left)
        return (
            f"${next(places)}"
            if isinstance(value, Given)
            else Literal(value).as_string(connection.connection)
        )

    return "".join(map(written, re.split("(%%|%s)", sql)))


def _arrays(values: Iterable[tuple[str, object]]) -> dict[str, object]:
    """The values as the database takes them."""
    return {name: list(one) if isinstance(one, tuple) else one for name, one in values}


class _Statement:
    """A query with its SQL, which stands for the query's compiler wherever Django makes objects of rows."""

    def __init__(self, query: Any) -> None:
        self._query, self.locks = query, query.query.select_for_update
        self._compiler = query.query.get_compiler(using=DEFAULT_DB_ALIAS)
        connection.ensure_connection()
        sql, parameters = self._compiler.as_sql()
        self.sql = _numbered(sql, parameters)
        self._names = [one.name for one in parameters if isinstance(one, Given)]
        columns = [one[0] for one in self._compiler.select[: self._compiler.col_count]]
        self._converters = self._compiler.get_converters(columns)

    def filled(self, values: Iterable[tuple[str, object]]) -> list[Any]:
        """The values of the statement, one for each place."""
        given = _arrays(values)
        return [given[name] for name in self._names]

    def objects(self, answered: Iterable[Any]) -> list[Any]:
        """What the query makes of an answer."""
        if self._converters:
            answered = self._compiler.apply_converters(answered, self._converters)
        query = self._query
        ready = _Ready(query.query, self._compiler, answered)
        asks = SimpleNamespace(
            db=DEFAULT_DB_ALIAS,
            model=query.model,
            query=ready,
            _fields=query._fields,
            _known_related_objects={},
        )
        found = list(query._iterable_class(asks))
        prefetch_related_objects(found, *query._prefetch_related_lookups)
        return found


class _Ready:
    """An answer that is there already, where Django's iterables expect a query and its compiler."""

    def __init__(self, query: Query, compiler: SQLCompiler, answered: Iterable[Any]) -> None:
        self._query, self._answered = query, answered
        self.select, self.klass_info = compiler.select, compiler.klass_info
        self.annotation_col_map = compiler.annotation_col_map

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)  # the names of what `values` gives

    def get_compiler(self, *_: object, **__: object) -> Self:
        return self

    def execute_sql(self, *_: object, **__: object) -> Iterable[Any]:
        return self._answered

    def results_iter(self, *_: object, tuple_expected: bool = False, **__: object) -> Iterable[Any]:
        return map(tuple, self._answered) if tuple_expected else self._answered
