"""The helper process in which drafts are read: `python -m kechuang.drafting.bench`.

A draft may hold anything, so it is never read where pages are made. One task a line comes in as JSON, one answer
a line goes out: {"done": result}, {"refused": {"zh", "en"}} or {"failed": text}; before it any number of
{"progress": n}.
Memory is bounded here, time by whoever asks (workshop.py), who ends this process when it takes too long.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from typing import Any, Final

from kechuang.drafting import tasks_of_bench
from kechuang.drafting.files import RefusedError

MOST_MEMORY: Final = (
    4 * 1024**3
)  # bytes of address space; a million synthetic enterprises take less than half
Say = Callable[[dict[str, Any]], None]


def main() -> None:
    """Answer tasks until the other side closes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
    if soft == resource.RLIM_INFINITY or soft > most:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else prints must not stand among the answers

    def say(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
        answers.flush()

    for line in sys.stdin.buffer:
        say(_answer(json.loads(line), say))


def _answer(asked: dict[str, Any], say: Say) -> dict[str, Any]:
    try:
        task = tasks_of_bench.TASKS[asked["task"]]
        return {"done": task(lambda number: say({"progress": number}), **asked["given"])}
    except RefusedError as error:
        return {"refused": {"zh": error.words.zh, "en": error.words.en}}
    except Exception as error:  # noqa: BLE001 - a draft may hold anything; the answer says what it led to
        return {"failed": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()
