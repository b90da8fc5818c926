"""Questions made up from the description, right and wrong ones: none breaks the API, every answer is as described."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)

from factories import make_membership
from kechuang.accounts import tokens
from kechuang.accounts.roles import Role
from kechuang.journal import clock
from kechuang.reference.uscc import ALPHABET, check_sign

# What a description cannot say, such as which readings a pack has, is refused all the same.
SAID_ELSEWHERE = [positive_data_acceptance]
FREE = ("cases", "facts", "on", "skipped")
PLAIN = {"Accept-Encoding": "identity"}
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


def _code(body: str) -> str:
    return body + check_sign(body)


FIRST_17 = st.from_regex(f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{9}}", fullmatch=True)
schemathesis.openapi.format("uscc", FIRST_17.map(_code))


OPENAPI = Path(__file__).parents[2] / "docs" / "openapi.json"
DESCRIPTION = json.loads(OPENAPI.read_text(encoding="utf-8"))
CITY = DESCRIPTION["components"]["schemas"]["City"]["properties"]["subjects"]
CITY["maximum"] = CITY["default"] = 200  # larger ones take seconds


@cache
def _handler() -> WSGIHandler:
    return WSGIHandler()


def _site(environ: dict[str, Any], start_response: Any) -> Any:
    """The site over WSGI, made when the first question comes and the settings of the tests stand.

    The answer is read and closed as a server does it, so that no file stays open.
    """
    with closing(_handler()(environ, start_response)) as answer:
        return list(answer)


@pytest.fixture(autouse=True)
def _no_limit_on_requests(settings):
    settings.API_RATE = 0


@pytest.fixture(autouse=True)
def _connection_is_left_alone():
    """Django looks after connections around every request over WSGI; here the test's own is used, or none."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _calculates(operation: dict[str, Any]) -> bool:
    """Whether an operation reads nothing but the request itself and the policy."""
    return "security" not in operation and operation["tags"] not in (["cases"], ["challenges"], ["experts"])


FEW = schemathesis.openapi.from_dict(DESCRIPTION).include(
    func=lambda one: _calculates(one.operation.definition.raw)
)
# Each question comes with a token that opens; who comes without one is refused in tests/web/test_matrix.py.
OPENED = {
    **DESCRIPTION,
    "paths": {
        path: {
            method: {key: value for key, value in one.items() if key != "security"}
            for method, one in operations.items()
            if not _calculates(one)
        }
        for path, operations in DESCRIPTION["paths"].items()
    },
}
STORED = schemathesis.openapi.from_dict(OPENED)
FEW.app = STORED.app = _site
FEW.config.phases.update(phases=["examples", "fuzzing"])  # not through every corner of every fact
STORED.config.phases.update(phases=["fuzzing"])
# More records than a request takes are refused as too large (413).
REFUSED = [*FEW.config.checks.negative_data_rejection.expected_statuses, "413"]
FEW.config.checks.negative_data_rejection.expected_statuses = REFUSED


def _hold(case: schemathesis.Case) -> None:
    """Ask, and hold the answer against the description; of a right question ask also the part that any pack takes."""
    case.call_and_validate(headers=PLAIN, excluded_checks=SAID_ELSEWHERE)
    if case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        case.body = {name: value for name, value in case.body.items() if name in FREE}
        case.call_and_validate(headers=PLAIN, excluded_checks=[*SAID_ELSEWHERE, negative_data_rejection])


@FEW.parametrize()
@settings(max_examples=8, derandomize=True, **QUIET)
def test_no_question_breaks_the_api(case):
    _hold(case)


ROLES = {
    "judging": Role.OFFICER, "offices": Role.OFFICER, "sweeps": Role.OFFICER, "registry": Role.OFFICER,
    "challenges": Role.OFFICER, "experts": Role.OFFICER, "cases": Role.OFFICER, "finance": Role.OFFICER,
    "treasury": Role.ACCOUNTANT, "applications": Role.MANAGER, "projects": Role.MANAGER,
    "organisation": Role.MANAGER, "people": Role.MANAGER, "messages": Role.MANAGER, "journal": Role.AUDITOR,
}  # fmt: skip
"""Who asks what stands in the database, by the tag of the operation."""
HELD = (not_a_server_error, status_code_conformance, response_schema_conformance)


@pytest.mark.django_db
@STORED.parametrize()
@settings(max_examples=2, derandomize=True, **QUIET)
def test_no_question_about_what_is_stored_breaks_the_api(case):
    person = make_membership(ROLES[case.operation.definition.raw["tags"][0]])
    _, secret = tokens.make(title="x", days=30, actor=person, at=clock.now())

    response = case.call(headers={**PLAIN, "Authorization": f"Bearer {secret}"})

    assert response.status_code != 401
    case.validate_response(response, checks=HELD)


@pytest.mark.long
def test_no_question_of_a_long_campaign_breaks_the_running_site(
    running_site, data_folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("API_RATE", "0")
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(
        f"[checks]\npositive_data_acceptance.enabled = false\nnegative_data_rejection.expected-statuses = {REFUSED}\n"
    )

    with running_site(data_folder) as (address, _):
        done = subprocess.run(
            [
                *(Path(sys.executable).with_name("schemathesis"), "--config-file", settings),
                *(
                    "run",
                    OPENAPI,
                    "--url",
                    address,
                    "--phases",
                    "examples,coverage,fuzzing",
                    "--max-examples",
                    "300",
                ),
            ],
            capture_output=True,
            check=False,
            cwd=tmp_path,  # where it keeps what it found
            text=True,
        )

    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2_000:]
