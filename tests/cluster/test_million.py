"""The proof at size: a million enterprises on two worker processes, undisturbed and with workers killed."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from cluster.conftest import ON, locally, plain
from cluster.processes import executors, kill_when_begun, workers
from kechuang.cluster.assessing import assess_with_spark
from kechuang.population.generate import write_parquet

MILLION = 1_000_000


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    file = tmp_path_factory.mktemp("million") / "city.parquet"
    write_parquet(file, MILLION, 20230713, ON.year - 1, ON)
    return file


@pytest.fixture(scope="module")
def million_local(bound, million):
    return locally(bound, million)


@pytest.mark.long
@pytest.mark.parametrize(
    "victims", [list, workers, lambda: executors()[:1]], ids=["undisturbed", "python killed", "java killed"]
)
def test_a_million_enterprises_are_assessed_as_on_one_machine(
    spark, bound, million, million_local, tmp_path, victims
):
    out = tmp_path / "out.parquet"
    wait = kill_when_begun(victims, out)

    found = assess_with_spark(spark, bound, str(million), str(out))

    finished, killed = wait()
    assert finished < found.parts == 8
    assert killed >= (victims is not list)
    assert found.intake.size == MILLION
    assert (found.intake.counts, found.totals) == (million_local.intake.counts, million_local.totals)
    assert plain(pq.read_table(out)).equals(plain(million_local.table))
