"""The API asked without a server or database, and its description to hold every answer against."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.http import HttpResponse
from django.test import Client

ROOT = Path(__file__).parents[2]
ENTERPRISE = ROOT / "docs" / "examples" / "enterprise.json"
Ask = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def _no_limit_on_requests(settings):
    settings.API_RATE = 0


@pytest.fixture(scope="session")
def description() -> dict[str, Any]:
    """The committed OpenAPI description."""
    return json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))


@pytest.fixture
def enterprise() -> dict[str, Any]:
    return json.loads(ENTERPRISE.read_text(encoding="utf-8"))


@pytest.fixture
def ask(description) -> Ask:
    """Asks an address of the API: GET, or POST with `data`; the answer is held against its description."""
    client = Client(raise_request_exception=False)

    def asked(address: str, data: Any = None, **options: Any) -> HttpResponse:
        if data is None:
            response = client.get(f"/api/{address}", **options)
        else:
            body = data if isinstance(data, (str, bytes)) else json.dumps(data)
            options.setdefault("content_type", "application/json")
            response = client.post(f"/api/{address}", body, **options)
        check(response, description, "get" if data is None else "post", f"/api/{address}".partition("?")[0])
        return response

    return asked


def check(response: HttpResponse, description: dict[str, Any], method: str, address: str) -> None:
    """The status is described, and the body is as described, for an address that the API has."""
    found = next((path for path in description["paths"] if _fits(path, address)), None)
    if found is None or method not in description["paths"][found]:
        return
    responses = description["paths"][found][method]["responses"]
    assert str(response.status_code) in responses
    told = responses[str(response.status_code)]
    if "$ref" in told:
        told = description["components"]["responses"][told["$ref"].rpartition("/")[2]]
    for media, content in told.get("content", {}).items():
        assert response.headers["Content-Type"] == media
        schema = {**content["schema"], "components": description["components"]}
        jsonschema_rs.validate(schema, body_of(response))


def _fits(path: str, address: str) -> bool:
    parts, asked = path.split("/"), address.split("/")
    return len(parts) == len(asked) and all(
        one == other or one.startswith("{") for one, other in zip(parts, asked, strict=True)
    )


def body_of(response: HttpResponse) -> Any:
    """The JSON of an answer."""
    data = response.content
    return json.loads(gzip.decompress(data) if response.headers.get("Content-Encoding") == "gzip" else data)
