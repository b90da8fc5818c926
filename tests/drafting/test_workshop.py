"""The helper process: it answers, it ends when it takes too long, and a new one takes its place."""

from __future__ import annotations

import threading
import time

import pytest

from kechuang.drafting import tasks_of_bench
from kechuang.drafting.files import RefusedError
from kechuang.drafting.workshop import BenchError, TooLongError, Workshop


@pytest.fixture(scope="module")
def workshop():
    workshop = Workshop()
    yield workshop
    workshop.close()


def lines(workshop, seconds=20, before="a\n", after="b\n"):
    return workshop.ask("lines", seconds, before=before, after=after)


def test_it_answers_in_both_scripts_and_again(workshop):
    assert lines(workshop, before="原文\n", after="新文\n")[0]["right"] == [
        ["inserted", "新"],
        ["kept", "文"],
    ]
    process = workshop._process
    assert lines(workshop)[0]["kind"] == "changed"
    assert workshop._process is process


def test_what_takes_too_long_ends_and_the_next_is_answered(workshop):
    lines(workshop)
    begun = time.monotonic()

    with pytest.raises(TooLongError):
        workshop.ask("begin", 0.2, pack_id="a", text="1." + "第一条" * 160_000, data="", file_name="")

    assert time.monotonic() - begun < 3
    assert lines(workshop)


def test_a_process_that_was_killed_is_replaced(workshop):
    lines(workshop)
    workshop._process.kill()
    workshop._process.wait()

    assert lines(workshop)


def test_a_task_that_nobody_foresaw_is_told_and_the_process_lives(workshop):
    with pytest.raises(BenchError, match="KeyError"):
        workshop.ask("no such task", 20)
    process = workshop._process

    assert lines(workshop)
    assert workshop._process is process


def test_what_is_refused_comes_with_its_words(workshop):
    with pytest.raises(RefusedError) as refused:
        workshop.ask("begin", 20, pack_id="a", text="今天天气很好", data="", file_name="")

    assert "没有找到措施" in refused.value.words.zh


def test_turns_are_taken(workshop):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(lines(workshop))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)


def test_who_waits_too_long_for_a_turn_is_told(workshop):
    with workshop._lock, pytest.raises(TooLongError, match="busy"):
        workshop.ask("lines", 1, patience=0.05, before="", after="")


def test_every_task_takes_its_progress_first():
    assert set(tasks_of_bench.TASKS) == {"check", "look", "lines", "compare", "begin", "effect"}
