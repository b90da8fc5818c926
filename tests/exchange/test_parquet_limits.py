"""A Parquet file may say little and unpack to much: it is refused by what its columns would take in memory."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kechuang.exchange import parquet
from kechuang.exchange.intake import UnusableFileError
from kechuang.policy import load_vocabulary


def repeated(path, rows):
    """A small file of very many equal values."""
    names = pa.array(["甲"]).take(pa.array([0] * rows))
    pq.write_table(pa.table({"uscc": names, "name": names}), path, compression="zstd")
    return path


def test_a_run_of_equal_values_is_counted_by_what_it_unpacks_to(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "MAX_PARQUET_BYTES", 2**20)
    file = repeated(tmp_path / "bomb.parquet", 200_000)
    assert file.stat().st_size < 2**16

    with pytest.raises(UnusableFileError, match=r"at most 0 GB are read|最多读"):
        parquet.read_parquet(file, load_vocabulary())


def test_a_file_below_the_limit_is_read(tmp_path):
    file = repeated(tmp_path / "small.parquet", 1)

    intake = parquet.read_parquet(file, load_vocabulary())

    assert intake.rows_in == 1
