"""Pages about the API for those who will use it: its operations with examples, and what each problem means."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kechuang.entitlements.api import MAX_CASES, MAX_EXPLAINED, MAX_RECORDS
from kechuang.reader.answers import kept_answer
from kechuang.reader.problems import KINDS
from kechuang.reader.templatetags.kechuang import language
from kechuang.web.api import api
from kechuang.web.openapi import ADDRESS, text_of


@cache
def description() -> dict[str, Any]:
    """The API's OpenAPI description, made once."""
    found: dict[str, Any] = api.get_openapi_schema()
    return found


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The description for programs."""
    text = text_of(description())
    return kept_answer(request, (text,), lambda: text)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Every operation with its parameters and examples, in the language of the page."""
    schema = description()
    operations = [
        _operation(address, method, one)
        for address, methods in schema["paths"].items()
        for method, one in methods.items()
    ]
    groups = [
        {
            "name": tag["name"],
            "title": _own(tag["description"]),
            "operations": [one for one in operations if one["tag"] == tag["name"]],
        }
        for tag in schema["tags"]
    ]
    limits = {"cases": MAX_CASES, "records": MAX_RECORDS, "explained": MAX_EXPLAINED}
    shown = {"groups": groups, "kinds": KINDS, "limits": limits, "address": ADDRESS}
    return render(request, "web/api.html", shown)


@require_safe
def problem_kind(request: HttpRequest, name: str) -> HttpResponse:
    """What one kind of problem means and what to do about it: where the `type` of a problem leads."""
    if name not in KINDS:
        raise Http404
    return render(request, "web/api_problem.html", {"name": name, "kind": KINDS[name]})


def _operation(address: str, method: str, one: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": each["name"], "description": _own(each.get("description", ""))}
        for each in one["parameters"]
        if "$ref" not in each
    ]
    return {
        "id": one["operationId"],
        "tag": one["tags"][0],
        "method": method.upper(),
        "address": address,
        "title": _own(one["summary"]),
        "text": _paragraph(one["description"]),
        "parameters": parameters,
        "samples": one["x-codeSamples"],
    }


def _own(text: str) -> str:
    """The half of '中文 · English' in the language of the page."""
    zh, _, en = text.partition(" · ")
    return en if language() == "en" and en else zh


def _paragraph(text: str) -> str:
    """The paragraph in the language of the page: Chinese stands first, English after an empty line."""
    zh, _, en = text.partition("\n\n")
    return en if language() == "en" and en else zh
