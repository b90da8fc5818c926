"""Queries whose SQL is written once a process: Django takes longer to write it than the database to answer it."""
# ruff: noqa: SLF001 - what a query is made of is private to Django; tests/journal/test_statements.py holds it to that

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any, Final, Self, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Count, Expression, Field, QuerySet, Value, prefetch_related_objects
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")
_MOST_STATEMENTS: Final = 1_000
_STATEMENTS: Final[dict[Hashable, _Statement | None]] = {}


class Given(Expression):
    """A value of a statement that each asking brings: in place of any value on the right of a condition."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=Field())
        self.name = name

    def as_sql(self, _compiler: SQLCompiler, _connection: object) -> tuple[str, list[Given]]:  # type: ignore[override]
        """A place for a value, and which one goes there."""
        return "%s", [self]


def asked(key: Hashable, build: Callable[..., QuerySet[Any, Row]], /, **values: object) -> list[Row]:
    """The rows of a query as the query itself gives them; with what it says is to be fetched beside them.

    key: all that the SQL depends on but the values, first of all a name of the query. build: makes the query from a
    `Given` for each of the values, which are compared as they are: numbers, texts, days, times, never None.

    The SQL is kept by its key, with all values that `build` wrote into it. ValueError for a query that starts from an
    object (`call.cases`): its rows would be given the object of the first asking.
    """
    if key not in _STATEMENTS:
        if len(_STATEMENTS) >= _MOST_STATEMENTS:
            _STATEMENTS.clear()
        _STATEMENTS[key] = _statement(build(**{name: Given(name) for name in values}))
    statement = _STATEMENTS[key]
    return [] if statement is None else statement.rows(values)


def first(key: Hashable, build: Callable[..., QuerySet[Any, Row]], /, **values: object) -> Row | None:
    """The first row of a query, None where there is none; as `asked`."""
    return next(iter(asked(key, lambda **given: build(**given)[:1], **values)), None)


def count(key: Hashable, build: Callable[..., QuerySet[Any, Any]], /, **values: object) -> int:
    """How many rows a query has; as `asked`."""

    def counted(**given: Given) -> QuerySet[Any, int]:
        rows: QuerySet[Any, Any] = build(**given).order_by().values(all=Value(1)).annotate(number=Count("pk"))
        return rows.values_list("number", flat=True)

    return first(key, counted, **values) or 0


class Pages:
    """A list of which one page at a time is asked for, each by a kept statement of its own.

    key: as of `asked`; None: nothing is kept.
    """

    def __init__(self, key: Hashable | None, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self._key, self._build = key, build

    def __getitem__(self, page: slice) -> list[Any]:
        """The rows from `page.start` to before `page.stop`."""
        if self._key is None:
            return list(self._build()[page])
        return asked((self._key, page.start, page.stop), lambda: self._build()[page])


def _statement(query: Any) -> _Statement | None:
    """None where no row can fit, such as of a state that there is not."""
    if query._known_related_objects:
        message = "a kept query starts from the model, not from an object"
        raise ValueError(message)
    try:
        return _Statement(query)
    except EmptyResultSet:
        return None


class _Statement:
    """A query with its SQL, which stands for the query's compiler wherever Django makes objects of rows."""

    def __init__(self, query: Any) -> None:
        self._query = query
        self._compiler = query.query.get_compiler(using=DEFAULT_DB_ALIAS)
        self._sql, self._parameters = self._compiler.as_sql()
        columns = [one[0] for one in self._compiler.select[: self._compiler.col_count]]
        self._converters = self._compiler.get_converters(columns)

    def rows(self, values: Mapping[str, object]) -> list[Any]:
        """The rows for these values."""
        parameters: list[Any] = [
            values[one.name] if isinstance(one, Given) else one for one in self._parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, parameters)
            answered: Iterable[Any] = cursor.fetchall()
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
