"""The whole site under its supervisor, for real."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kechuang.operations.run import RunError, run_site
from processes import comes_true, processes_of


def one(data: Path, word: str) -> int:
    return min(pid for pid, command in processes_of(data).items() if word in command)


def another(data: Path, word: str, victim: int) -> bool:
    return any(word in command and pid != victim for pid, command in processes_of(data).items())


def test_whatever_is_killed_is_started_again_and_sigterm_stops_all(data_folder, running_site, status):
    with running_site(data_folder, from_nothing=True) as (address, supervisor):
        assert status(f"{address}/") == 200

        for word in ("gunicorn", "procrastinate worker"):
            victim = one(data_folder, word)
            os.kill(victim, signal.SIGKILL)
            assert comes_true(lambda word=word, victim=victim: another(data_folder, word, victim))
        os.kill(
            int((data_folder / "postgresql/data/postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL
        )
        assert comes_true(lambda: status(f"{address}/health") == 200)

        supervisor.terminate()
        assert supervisor.wait(60) == 0
        assert comes_true(lambda: not processes_of(data_folder), 10)
        assert not (data_folder / "postgresql/data/postmaster.pid").exists()


def test_a_killed_supervisor_takes_pages_and_worker_with_it(data_folder, running_site):
    with running_site(data_folder) as (_, supervisor):
        supervisor.kill()
        supervisor.wait()

        gone = comes_true(
            lambda: not any("gunicorn" in c or "worker" in c for c in processes_of(data_folder).values())
        )

    assert gone
    pid = int((data_folder / "postgresql/data/postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGINT)
    assert comes_true(lambda: not (data_folder / "postgresql/data/postmaster.pid").exists())


def test_a_port_in_use_is_refused_before_anything_starts(data_folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(RunError, match=rf"127.0.0.1:{port} cannot be used .*--port"):
            run_site(port=port, data=data_folder)

    assert list(data_folder.iterdir()) == []


@pytest.mark.parametrize(("language", "words"), [("zh", "不可用"), ("en", "cannot be used")])
def test_the_reason_why_it_cannot_start_is_a_sentence_and_no_trace(data_folder, language, words):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        done = subprocess.run(
            [Path(sys.executable).with_name("kechuang"), "run", "--port", port, "--language", language],
            env={**os.environ, "KECHUANG_DATA": str(data_folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode != 0
    assert f"127.0.0.1:{port} {words}" in done.stderr
    assert "Traceback" not in done.stderr
