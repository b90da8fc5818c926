"""A program that works by the API with somebody's token."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.test import Client

from factories import AT
from kechuang.accounts import tokens
from kechuang.accounts.models import Membership

Ask = Callable[..., tuple[int, Any]]


def program(person: Membership | None) -> Ask:
    """A function that asks as this person's program, or without a token; status and answer.

    `ask(path)` reads, `ask(path, body)` acts. JSON comes as data, anything else as bytes.
    """
    headers = {}
    if person is not None:
        _, secret = tokens.make(title="x", days=365, actor=person, at=AT)
        headers = {"authorization": f"Bearer {secret}"}

    def ask(path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        method, data = ("GET", b"") if body is None else ("POST", json.dumps(body).encode())
        answer = Client().generic(method, f"/api/{path}", data, "application/json", headers=headers)
        is_json = answer["Content-Type"].partition(";")[0].endswith("json")
        return answer.status_code, json.loads(answer.content) if is_json else answer.getvalue()

    return ask


def statuses(path: str, *people: Membership | None) -> list[int]:
    """How an address answers each of these, None being nobody."""
    return [program(one)(path)[0] for one in people]
