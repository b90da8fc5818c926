"""A small city with faults, what the local run makes of it, and a Spark session with two worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kechuang.cluster.session import session
from kechuang.exchange.intake import Intake
from kechuang.exchange.machine_table import table_of
from kechuang.exchange.reading import read_file
from kechuang.exchange.results import Totals, columns_of, totals_of_columns
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.encoding.loading import load_pack
from kechuang.population.generate import generate

ON = date(2024, 6, 20)
SUBJECTS = 6_000
GROUP = 250
PARTS = SUBJECTS // GROUP


@dataclass(frozen=True)
class Local:
    """What the local run says."""

    intake: Intake
    totals: Totals
    table: pa.Table


def locally(bound: Bound, file: Path) -> Local:
    intake = read_file(file, bound.pack.vocabulary)
    columns = columns_of(bound, intake)
    return Local(intake, totals_of_columns(bound, columns, intake.size), table_of(columns, bound, intake))


def plain(table: pa.Table) -> pa.Table:
    """A table without metadata and pieces, for comparison bit by bit."""
    return table.replace_schema_metadata(None).unify_dictionaries().combine_chunks()


def with_faults(city: pa.Table) -> pa.Table:
    """The city with codes that fail, stand twice in parts far from each other, or need tidying, and with bad values."""
    codes, kinds = city.column("uscc").to_pylist(), city.column("kind").to_pylist()
    kinds[10] = kinds[4_010] = "shop"
    codes[20] = "123456789012345678"
    codes[700] = codes[5_600] = codes[5]
    codes[2_500] = codes[6].lower()
    codes[2_600] = codes[10]
    codes[1_500] = " " + codes[1_500].lower()
    codes[5_500] = codes[5_500].lower()
    codes[30] = None
    days = city.column("registered_on").to_pylist()
    days[40] = date(1800, 1, 1)
    for name, values, type_ in (
        ("uscc", codes, pa.string()),
        ("kind", kinds, pa.string()),
        ("registered_on", days, pa.date32()),
    ):
        city = city.set_column(city.column_names.index(name), name, pa.array(values, type_))
    return city


@pytest.fixture(scope="session")
def bound() -> Bound:
    return bind(load_pack(), ON)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city with faults, in row groups of 250 subjects."""
    file = tmp_path_factory.mktemp("city") / "city.parquet"
    pq.write_table(with_faults(generate(SUBJECTS, 7, ON.year - 1, ON)), file, row_group_size=GROUP)
    return file


@pytest.fixture(scope="session")
def local(bound: Bound, city: Path) -> Local:
    return locally(bound, city)


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Two executors of one core, each a Java process with Python workers of its own."""
    with session("local-cluster[2,1,1024]") as running:
        yield running
