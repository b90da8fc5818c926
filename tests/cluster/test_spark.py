"""Spark with two worker processes gives what the local run gives, also when workers die in the middle."""

from __future__ import annotations

import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from cluster.conftest import GROUP, ON, PARTS, plain
from cluster.processes import executors, kill_when_begun, workers
from kechuang.cluster.assessing import RUN, assess_with_spark
from kechuang.cluster.errors import ClusterError
from kechuang.policy.encoding.binding import bind


def assess(spark, bound, city, out, **options):
    return assess_with_spark(spark, bound, str(city), str(out), part_rows=GROUP, **options)


def same(found, out, local):
    """Everything that the local run says, in its order: results, refused rows, readings, counts, totals."""
    assert (found.intake.refused, found.intake.stated) == (local.intake.refused, local.intake.stated)
    assert (found.intake.counts, found.totals) == (local.intake.counts, local.totals)
    assert plain(pq.read_table(out)).equals(plain(local.table))
    assert sorted(entry.name for entry in out.iterdir()) == [
        RUN,
        *(f"part-{number:06}.parquet" for number in range(PARTS)),
    ]


def test_two_workers_say_what_the_local_run_says(spark, bound, city, local, tmp_path):
    out, seen = tmp_path / "out.parquet", []

    found = assess(spark, bound, city, out, progress=lambda done, total: seen.append((done, total)))

    same(found, out, local)
    assert len(executors()) == 2
    assert found.intake.rows_in == found.intake.rows_used + found.intake.rows_refused
    assert len(found.intake.refused) == 9
    assert all(0 <= done <= total == PARTS for done, total in seen)
    told = json.loads((out / RUN).read_text(encoding="utf-8"))
    assert told["subjects"] == {"in": 6_000, "assessed": 5_991, "refused": 9}
    assert told["totals"]["entitled_fen"] == local.totals.entitled_fen


@pytest.mark.parametrize("victims", [workers, lambda: executors()[:1]], ids=["python", "java"])
def test_workers_killed_in_the_middle_change_nothing(spark, bound, city, local, tmp_path, victims):
    out = tmp_path / "out.parquet"
    wait = kill_when_begun(victims, out)

    found = assess(spark, bound, city, out)

    finished, killed = wait()
    assert finished < PARTS
    assert killed >= 1
    same(found, out, local)


def test_a_worker_with_another_pack_stops_the_run(spark, bound, city, tmp_path):
    other = bind(replace(bound.pack, hash="0" * 64), ON)
    out = tmp_path / "out.parquet"

    with pytest.raises(ClusterError, match="weihai-2023-5"):
        assess(spark, other, city, out)

    assert list(out.iterdir()) == []


def test_what_lies_in_the_folder_already_is_not_touched(spark, bound, city, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(ClusterError, match="not empty"):
        assess(spark, bound, city, tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.txt"]
