"""Asks the helper process (bench.py): started when first needed, ended when it takes too long."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Any, Final

from kechuang.drafting.files import RefusedError

PIECE: Final = 1 << 16
WAIT_FOR_TURN: Final = 15  # seconds; a task of the bench in front of it takes at most as long


class TooLongError(Exception):
    """The task took longer than it may, or its turn did not come."""


class BenchError(Exception):
    """The task failed in a way that nobody foresaw; the message is for the log."""


class Workshop:
    """One helper process behind a lock; `ask` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(
        self,
        task: str,
        seconds: float,
        progress: Callable[[int], None] | None = None,
        patience: float = WAIT_FOR_TURN,
        **given: Any,
    ) -> Any:
        """The result of a task. RefusedError: it does not take what was given. TooLongError, BenchError: see there.

        `seconds`: how long it may work; `patience`: how long to wait until its turn comes.
        """
        if not self._lock.acquire(timeout=patience):
            raise TooLongError(f"{task}: the bench is busy")
        try:
            return self._ask(json.dumps({"task": task, "given": given}).encode() + b"\n", seconds, progress)
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the helper process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
        self._process = None

    def _ask(self, line: bytes, seconds: float, progress: Callable[[int], None] | None) -> Any:
        until = time.monotonic() + seconds
        try:
            questions, answers = self._pipes()
            questions.write(line)
            questions.flush()
            return self._answer(answers.fileno(), until, progress)
        except OSError as error:
            self.close()
            raise BenchError(f"the bench ended: {error}") from error
        except BaseException as error:
            if not isinstance(error, RefusedError | BenchError):
                self.close()  # it still works on what nobody waits for any more
            raise

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """The two pipes of the process; of a new one after a fork of the site's, or when the last one ended."""
        if self._owner != os.getpid():
            self._process, self._owner = None, os.getpid()
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            command = [sys.executable, "-m", "kechuang.drafting.bench"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        if self._process.stdin is None or self._process.stdout is None:
            raise BenchError("the bench has no pipes")
        return self._process.stdin, self._process.stdout

    def _answer(self, pipe: int, until: float, progress: Callable[[int], None] | None) -> Any:
        held = b""
        while True:
            while b"\n" not in held:
                left = until - time.monotonic()
                if left <= 0 or not select.select([pipe], [], [], left)[0]:
                    raise TooLongError("the bench was ended, it took too long")
                piece = os.read(pipe, PIECE)
                if not piece:
                    self.close()
                    raise BenchError("the bench ended without an answer")
                held += piece
            line, _, held = held.partition(b"\n")
            answer = json.loads(line)
            if "progress" in answer:
                if progress is not None:
                    progress(answer["progress"])
                continue
            return _result(answer)


def _result(answer: dict[str, Any]) -> Any:
    if "refused" in answer:
        raise RefusedError(answer["refused"]["zh"], answer["refused"]["en"])
    if "failed" in answer:
        raise BenchError(answer["failed"])
    return answer["done"]


BENCH: Final = Workshop()  # what people wait for while they type
LONG_BENCH: Final = Workshop()  # what takes seconds: cities, documents
