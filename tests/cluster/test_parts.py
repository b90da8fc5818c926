"""A population in parts gives what the whole gives; a worker works only with the program and pack of the run."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cluster.conftest import GROUP, ON, PARTS, SUBJECTS, locally, plain
from kechuang.cluster.errors import ClusterError
from kechuang.cluster.gathering import gather
from kechuang.cluster.job import bound_for, job_of
from kechuang.cluster.parts import parts_of
from kechuang.cluster.working import assess_part
from kechuang.exchange.intake import UnusableFileError
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.language.vocabulary import packs_folder
from kechuang.population.generate import generate, write_parquet


def in_parts(bound, source, out, part_rows):
    """Part by part in this process, as workers do; for files whose codes stand once."""
    out.mkdir()
    parts = parts_of(str(source), bound.pack.vocabulary, part_rows)
    job = job_of(bound, str(out))
    return gather(bound, parts, [assess_part(job, part) for part in parts])


def test_parts_are_neighbouring_row_groups_in_the_order_of_the_file(city, bound):
    parts = parts_of(str(city), bound.pack.vocabulary, 1_000)

    assert [part.groups for part in parts[:2]] == [(0, 1, 2, 3), (4, 5, 6, 7)]
    assert [part.first for part in parts] == list(range(0, SUBJECTS, 1_000))
    assert sum(part.rows for part in parts) == SUBJECTS


def test_a_row_group_is_never_cut(city, bound):
    assert len(parts_of(str(city), bound.pack.vocabulary, GROUP - 1)) == PARTS


def test_a_folder_of_files_is_one_population_in_the_order_of_names(tmp_path, bound):
    whole = generate(600, 3, ON.year - 1, ON)
    folder = tmp_path / "city"
    folder.mkdir()
    pq.write_table(whole.slice(400), folder / "b.parquet")
    pq.write_table(whole.slice(0, 400), folder / "a.parquet")
    (folder / "_SUCCESS").touch()
    pq.write_table(whole, tmp_path / "whole.parquet")

    intake, totals = in_parts(bound, folder, tmp_path / "out", 100)

    expected = locally(bound, tmp_path / "whole.parquet")
    assert (intake.size, totals) == (600, expected.totals)
    assert plain(pq.read_table(tmp_path / "out")).equals(plain(expected.table))


def test_a_pack_of_ones_own_goes_along_as_files(tmp_path):
    folder = tmp_path / "our-city"
    shutil.copytree(packs_folder() / "example-city", folder)
    bound = bind(load_pack(folder), ON)
    write_parquet(tmp_path / "city.parquet", 300, 5, ON.year - 1, ON, vocabulary=bound.pack.vocabulary)
    job = job_of(bound, None)

    shutil.rmtree(folder)
    there = bound_for(job)

    assert (there.pack.id, there.pack.hash) == ("our-city", bound.pack.hash)
    assert not there.pack.folder.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [({"pack_hash": "0" * 64}, "weihai-2023-5"), ({"program": "0" * 64}, "program of Kechuang")],
)
def test_a_worker_with_another_pack_or_program_refuses(city, bound, tmp_path, change, said):
    out = tmp_path / "out"
    out.mkdir()
    job = replace(job_of(bound, str(out)), **change)
    parts = parts_of(str(city), bound.pack.vocabulary)

    found = [assess_part(job, part) for part in parts]

    assert said in found[0].trouble.en
    assert list(out.iterdir()) == []
    with pytest.raises(ClusterError, match="install the same version on all nodes"):
        gather(bound, parts, found)


def test_nothing_is_added_up_unless_each_part_came_once(city, bound):
    parts = parts_of(str(city), bound.pack.vocabulary, 3_000)
    job = job_of(bound, None)
    first, second = (assess_part(job, part) for part in parts)

    for found in ([first], [first, second, second], [first, first]):
        with pytest.raises(ClusterError, match="run it again"):
            gather(bound, parts, found)


def test_columns_that_do_not_fit_are_named_as_in_the_local_run(tmp_path, bound):
    pq.write_table(pa.table({"colour": ["red"]}), tmp_path / "odd.parquet")

    with pytest.raises(UnusableFileError, match="'colour' is no fact of the vocabulary"):
        parts_of(str(tmp_path / "odd.parquet"), bound.pack.vocabulary)


def test_a_damaged_part_is_said_and_not_tried_again(city, bound, tmp_path):
    broken = tmp_path / "broken.parquet"
    data = bytearray(city.read_bytes())
    data[4:40_000] = bytes(40_000 - 4)
    broken.write_bytes(bytes(data))
    parts = parts_of(str(broken), bound.pack.vocabulary, GROUP)

    found = assess_part(job_of(bound, None), parts[0])

    assert "damaged" in found.trouble.en


@pytest.mark.parametrize(("name", "said"), [("none.parquet", "no file"), ("", "no .parquet file")])
def test_where_nothing_is_that_is_said(tmp_path, bound, name, said):
    with pytest.raises(ClusterError, match=said):
        parts_of(str(tmp_path / name), bound.pack.vocabulary)


def test_a_file_without_subjects_has_one_empty_part(tmp_path, bound):
    pq.write_table(generate(0, 1, ON.year - 1, ON), tmp_path / "empty.parquet")

    intake, totals = in_parts(bound, tmp_path / "empty.parquet", tmp_path / "out", 100)

    assert (intake.size, intake.rows_in, totals.subjects) == (0, 0, 0)
    assert pq.read_table(tmp_path / "out").num_rows == 0
