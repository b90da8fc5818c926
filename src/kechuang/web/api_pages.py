"""Pages about the API for those who will use it: its operations with examples, and what each problem means."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kechuang.entitlements.api import MAX_CASES, MAX_EXPLAINED, MAX_RECORDS
from kechuang.insight.api import MAX_SUBJECTS
from kechuang.reader.answers import kept_answer
from kechuang.reader.problems import KINDS
from kechuang.reader.templatetags.kechuang import language
from kechuang.web.api import api
from kechuang.web.openapi import text_of


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
    shown = {"groups": groups, "kinds": KINDS, "limits": _limits()}
    return render(request, "web/api.html", shown)


def _limits() -> list[tuple[str, str]]:
    """What a request may hold, and how often one may ask."""
    often = _(
        "每个地址每秒 %(n)s 次，可一次连发 %(m)s 次；正文每 16 KB 另计 1 次；超过时为 429 和 Retry-After"
    )
    rate = {"n": f"{settings.API_RATE:g}", "m": settings.API_BURST}
    return [
        (_("请求正文"), _("%(n)s KB") % {"n": f"{settings.API_BODY // 1024:,}"}),
        (
            _("一次测算"),
            _("%(n)s 户，关联记录共 %(m)s 条") % {"n": f"{MAX_CASES:,}", "m": f"{MAX_RECORDS:,}"},
        ),
        (_("一次说明或提问"), _("1 户，关联记录 %(n)s 条") % {"n": MAX_EXPLAINED}),
        (
            _("一次推演"),
            _("%(n)s 户，每个进程同时一次；忙时为 503 和 Retry-After") % {"n": f"{MAX_SUBJECTS:,}"},
        ),
        (_("请求频率"), often % rate if settings.API_RATE else _("不限")),
        (_("保留"), _("读取的答案 5 分钟内可直接重用，之后凭 ETag 核对；测算的答案不保留")),
    ]


@require_safe
def problem_kind(request: HttpRequest, name: str) -> HttpResponse:
    """What one kind of problem means and what to do about it: where the `type` of a problem leads."""
    if name not in KINDS:
        raise Http404
    return render(request, "web/api_problem.html", {"name": name, "kind": KINDS[name]})


def _operation(address: str, method: str, one: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": each["name"], "description": _own(each.get("description", ""))}
        for each in [*one["parameters"], *_members(one)]
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


def _members(one: dict[str, Any]) -> list[dict[str, str]]:
    """The members of the body of a question, with what they mean."""
    if "requestBody" not in one:
        return []
    schema = one["requestBody"]["content"].get("application/json", {}).get("schema", {})
    if "$ref" not in schema:  # a file is sent
        return []
    name = schema["$ref"].rpartition("/")[2]
    members = description()["components"]["schemas"][name]["properties"]
    return [{"name": key, "description": each.get("description", "")} for key, each in members.items()]


def _own(text: str) -> str:
    """The half of '中文 · English' in the language of the page."""
    zh, _sign, en = text.partition(" · ")
    return en if language() == "en" and en else zh


def _paragraph(text: str) -> str:
    """The paragraph in the language of the page: Chinese stands first, English after an empty line."""
    zh, _blank, en = text.replace("`", "").partition("\n\n")
    return en if language() == "en" and en else zh
