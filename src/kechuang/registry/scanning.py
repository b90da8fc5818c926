"""The virus scanner (clamd), asked over its own protocol. settings.CLAMD names it; empty: there is none."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Final

SECONDS: Final = 60
_CHUNK: Final = 1 << 16
_LONGEST_ANSWER: Final = 4096
_FOUND: Final = re.compile(r"^stream: (.+) FOUND$")


class ScannerError(OSError):
    """The scanner did not answer, or not with a finding: the file has to wait."""


def scan(path: Path, clamd: str) -> str:
    """What the scanner at `clamd` (host:port, or the path of a socket) finds in a file; '' when it is clean.

    Raises ScannerError.
    """
    try:
        with _connected(clamd) as connection, path.open("rb") as file:
            connection.sendall(b"zINSTREAM\0")
            while chunk := file.read(_CHUNK):
                connection.sendall(len(chunk).to_bytes(4) + chunk)
            connection.sendall((0).to_bytes(4))
            answer = _answer(connection)
    except (OSError, ValueError) as error:
        raise ScannerError(f"the scanner at {clamd} did not answer: {error}") from None
    if answer == "stream: OK":
        return ""
    found = _FOUND.match(answer)
    if found is None:
        raise ScannerError(f"the scanner at {clamd} said: {answer[:200]!r}")
    return found[1]


def _connected(clamd: str) -> socket.socket:
    if "/" in clamd:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS)
        try:
            connection.connect(clamd)
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = clamd.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), SECONDS)


def _answer(connection: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < _LONGEST_ANSWER:
        part = connection.recv(1024)
        if not part:
            break
        answer += part
    return answer.partition(b"\0")[0].decode(errors="replace").strip()
