"""`kechuang assess --engine spark` as a person meets it, and what it says when something is missing."""

from __future__ import annotations

import sys

import pyarrow.parquet as pq
import pytest

from cluster.conftest import ON, plain
from kechuang.cli import main
from kechuang.cluster.assessing import RUN


@pytest.fixture(autouse=True)
def _private_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KECHUANG_CACHE", str(tmp_path / "cache"))


def assess(city, *arguments):
    return main(
        ["assess", str(city), "--on", ON.isoformat(), "--engine", "spark", "--language", "en", *arguments]
    )


def test_the_command_says_what_the_local_command_says(spark, city, local, tmp_path, capsys):
    out = tmp_path / "out.parquet"

    code = assess(city, "--out", str(out))

    said = capsys.readouterr().out
    assert code == 1  # some rows were refused
    assert main(["assess", str(city), "--on", ON.isoformat(), "--language", "en"]) == 1
    locally_said = capsys.readouterr().out
    assert f"Spark {spark.version} (local-cluster[2,1,1024]): 1 part(s)\n" in said
    assert said.splitlines()[1:-1] == locally_said.splitlines()
    assert RUN in said.splitlines()[-1]
    assert plain(pq.read_table(out)).equals(plain(local.table))


def test_without_java_it_says_which_and_how(city, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    assert assess(city) == 2

    assert "Spark needs Java 17 or later, none was found" in capsys.readouterr().err


def test_an_old_java_is_not_enough(city, tmp_path, monkeypatch, capsys):
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    assert assess(city) == 2

    assert "found 8" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["pyspark.sql", "pandas"])
def test_without_spark_it_says_what_to_install(city, monkeypatch, capsys, missing):
    monkeypatch.setitem(sys.modules, missing, None)

    assert assess(city) == 2

    assert "pip install 'kechuang[spark]', and install Java 17" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "result.xlsx"], "--out must end in .parquet"),
        (["--spark-conf", "spark.cores.max"], "--spark-conf is written key=value, found 'spark.cores.max'"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(city, capfd, arguments, said):
    assert assess(city, *arguments) == 2

    heard = capfd.readouterr().err
    assert said in heard
    assert "Traceback" not in heard
