"""One at a time: one site for a data folder, one node that migrates."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kechuang.operations.errors import OperationError
from kechuang.operations.run import run_site
from kechuang.operations.turns import keeping, migrating

pytestmark = pytest.mark.django_db


def started(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [Path(sys.executable).with_name("kechuang"), "run", "--language", "en", *arguments],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_second_start_on_a_data_folder_says_that_the_site_runs(data_folder):
    with keeping(data_folder):
        second = started("--port", "1", KECHUANG_DATA=str(data_folder))

    assert second.returncode == 2
    assert f"The site in {data_folder} already runs (process {os.getpid()})" in second.stderr
    assert second.stderr.count("\n") == 1


def test_when_the_first_has_ended_the_second_may_start(data_folder):
    with keeping(data_folder):
        pass

    with keeping(data_folder):
        assert (data_folder / "run.lock").read_text() == str(os.getpid())


def test_a_part_alone_needs_a_database_of_the_operator(data_folder, monkeypatch):
    monkeypatch.delenv("DATABASE_URL")

    with pytest.raises(OperationError, match="--only worker needs a database named by DATABASE_URL"):
        run_site(data=data_folder, only="worker")

    assert list(data_folder.iterdir()) == []


def test_nodes_of_one_database_migrate_one_after_another(migrated):
    said, entered = [], threading.Event()
    waits = threading.Event()

    def other_node() -> None:
        with migrating(migrated.url, lambda text: (said.append(text), waits.set()), threading.Event()):
            entered.set()

    with migrating(migrated.url, said.append, threading.Event()):
        node = threading.Thread(target=other_node)
        node.start()
        assert waits.wait(10)
        assert not entered.wait(0.2)
    assert entered.wait(10)
    node.join()

    assert said == ["Another process brings the tables up to date; waiting for it"]


def test_a_node_that_waits_for_its_turn_ends_when_asked(migrated, data_folder):
    with migrating(migrated.url, str, threading.Event()):
        waiting = subprocess.Popen(
            [Path(sys.executable).with_name("kechuang"), "run", "--only", "worker"],
            env={**os.environ, "KECHUANG_DATA": str(data_folder), "DATABASE_URL": migrated.url},
            stdout=subprocess.PIPE,
            text=True,
        )
        said = waiting.stdout.readline()
        waiting.terminate()
        rest, _ = waiting.communicate(timeout=60)

    assert said == "Another process brings the tables up to date; waiting for it\n"
    assert rest == "Stopped\n"
    assert waiting.returncode == 0


def test_a_database_that_cannot_be_reached_is_a_sentence(data_folder):
    failed = started(
        "--only", "worker", KECHUANG_DATA=str(data_folder), DATABASE_URL="postgresql://u:p@127.0.0.1:1/x"
    )

    assert failed.returncode == 2
    assert "The database cannot be reached" in failed.stderr
    assert "Traceback" not in failed.stderr
