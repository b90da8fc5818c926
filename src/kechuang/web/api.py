"""The API put together: the routers of the rooms, how bodies are read, how faults become problems, and its OpenAPI."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError, ValidationErrorContext
from ninja.parser import Parser
from pydantic_core import ErrorDetails

import kechuang
from kechuang.accounts.api import router as people
from kechuang.accounts.api_journal import router as journal
from kechuang.accounts.api_messages import router as messages
from kechuang.accounts.refusals import Refused
from kechuang.chains.api import router as chains
from kechuang.entitlements.api import router as entitlements
from kechuang.entitlements.api_lines import router as sweep_lines
from kechuang.entitlements.api_offices import router as sweeps
from kechuang.entitlements.api_standing import router as standing
from kechuang.exchange.intake import shown
from kechuang.experts.api import router as experts
from kechuang.experts.api_draws import router as draws
from kechuang.experts.api_own import router as own_experts
from kechuang.finance.api import router as finance
from kechuang.finance.api_files import router as finance_files
from kechuang.finance.api_offices import router as finance_offices
from kechuang.finance.api_pools import router as pools
from kechuang.fulfilment.api_applicant import router as applicant
from kechuang.fulfilment.api_calls import router as offices
from kechuang.fulfilment.api_casework import own as own_casework
from kechuang.fulfilment.api_casework import raised as objections
from kechuang.fulfilment.api_casework import router as casework
from kechuang.fulfilment.api_content import router as content
from kechuang.fulfilment.api_lists import public as public_lists
from kechuang.fulfilment.api_lists import router as office_lists
from kechuang.fulfilment.api_office import router as fulfilment
from kechuang.fulfilment.api_papers import own as own_papers
from kechuang.fulfilment.api_papers import router as papers
from kechuang.fulfilment.judging.api import router as judging
from kechuang.fulfilment.judging.api_meetings import router as meetings
from kechuang.fulfilment.judging.api_panels import router as panels
from kechuang.fulfilment.judging.api_requests import router as recusal_requests
from kechuang.fulfilment.judging.api_seats import router as seats
from kechuang.fulfilment.projects.api import router as projects
from kechuang.fulfilment.projects.api_undertakers import router as undertakers
from kechuang.insight.api import router as insight
from kechuang.interview.api import router as interview
from kechuang.policy.language.values import Words
from kechuang.reader.answers import language_of
from kechuang.reader.api import router as reader
from kechuang.reader.problems import NUL_SAID, Flaw, ProblemError, escaped, problem_response
from kechuang.registry.api import router as registry
from kechuang.registry.api_calendar import router as calendar
from kechuang.registry.api_offices import own as own_registry
from kechuang.registry.api_offices import router as registry_offices
from kechuang.registry.api_profiles import own as own_profile
from kechuang.registry.api_profiles import router as profiles
from kechuang.treasury.api_acts import router as treasury
from kechuang.web.openapi import finished

log = structlog.get_logger("kechuang.web")
MAX_DEPTH: Final = 40
_TYPE: Final = re.compile(r'application/json(;\s*charset="?utf-8"?)?\s*', re.IGNORECASE)
_CORRECT: Final = Words("请改正后重新提交", "correct it and send it again")


class StrictParser(Parser):
    """Reads JSON as it is meant: UTF-8, each name once, finite numbers, whole characters, not too deep."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as plain data; ProblemError for anything else."""
        if not _TYPE.fullmatch(request.headers.get("Content-Type", "")):
            raise ProblemError("unsupported-media-type")
        try:
            data = json.loads(
                request.body.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant
            )
            json.dumps(data, ensure_ascii=False).encode() if b"\\ud" in request.body.lower() else None
        except json.JSONDecodeError as error:
            zh = f"第 {error.lineno} 行第 {error.colno} 列有误。"
            raise ProblemError(
                "invalid-json", Words(zh, f"{error.msg} at line {error.lineno}, column {error.colno}.")
            ) from None
        except UnicodeError:
            zh, en = "不是 UTF-8，或含单个代理字符。", "It is not UTF-8, or holds a lone surrogate."
            raise ProblemError("invalid-json", Words(zh, en)) from None
        except RecursionError:
            raise ProblemError("invalid-json", _TOO_DEEP) from None
        except ValueError:
            raise ProblemError("invalid-json", Words("数字过长。", "A number is too long.")) from None
        if _depth(data) > MAX_DEPTH:
            raise ProblemError("invalid-json", _TOO_DEEP)
        if b"\\u0000" in request.body and _has_nul(data):
            raise ProblemError("bad-request", NUL_SAID)
        return data


_TOO_DEEP: Final = Words(
    f"嵌套不得超过 {MAX_DEPTH} 层。", f"It may be nested {MAX_DEPTH} levels deep at most."
)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = shown(next(name for name in names if names.count(name) > 1))
        raise ProblemError(
            "invalid-json", Words(f"同一对象中{twice}出现两次。", f"{twice} stands twice in one object.")
        )
    return found


def _constant(name: str) -> Any:
    raise ProblemError("invalid-json", Words(f"{name} 不是 JSON 的数。", f"{name} is no number of JSON."))


def _depth(data: Any) -> int:
    """How deep lists and objects are nested."""
    level, waiting = 0, [data]
    while waiting and level <= MAX_DEPTH:
        inner = [one for one in waiting if isinstance(one, (dict, list))]
        waiting = [value for one in inner for value in (one.values() if isinstance(one, dict) else one)]
        level += bool(inner)
    return level


def _has_nul(data: Any) -> bool:
    """Whether a text, or the name of a member, holds the character that PostgreSQL cannot keep."""
    if isinstance(data, dict):
        return any(_has_nul(one) for pair in data.items() for one in pair)
    return any(map(_has_nul, data)) if isinstance(data, list) else isinstance(data, str) and "\0" in data


class Api(NinjaAPI):
    """Our API: faults of a request keep what was found, and OpenAPI says what all operations share."""

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """Every fault of the parameters and of the body, with its place and what was found."""
        found = []
        for context in error_contexts:
            names = context.model.__ninja_flatten_map_reverse__
            for error in context.pydantic_validation_error.errors(include_url=False):
                place = names.get(error["loc"], error["loc"])
                found.append({"part": context.model.__ninja_param_source__, **error, "loc": place})
        return ValidationError(found)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> Any:
        """The whole description, the same wherever the site runs."""
        return finished(
            super().get_openapi_schema(path_prefix=path_prefix or "/api/", path_params=path_params)
        )


api = Api(
    title="科创 · Kechuang",
    version=kechuang.__version__,
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    parser=StrictParser(),
)
api.add_router("/packs", reader)
api.add_router("", entitlements)
api.add_router("", interview)
api.add_router("", insight)
api.add_router("/organisation", registry)
api.add_router("", fulfilment)
api.add_router("", projects)
api.add_router("", undertakers)
api.add_router("", chains)
api.add_router("/applications", applicant)
api.add_router("", judging)
api.add_router("", panels)
api.add_router("", meetings)
api.add_router("", seats)
api.add_router("", recusal_requests)
api.add_router("/treasury", treasury)
api.add_router("/organisation", own_registry)
api.add_router("/registry", registry_offices)
api.add_router("/registry", calendar)
api.add_router("/organisation", own_profile)
api.add_router("/registry", profiles)
api.add_router("/offices", offices)
api.add_router("/cases", casework)
api.add_router("/cases", content)
api.add_router("", office_lists)
api.add_router("", public_lists)
api.add_router("", papers)
api.add_router("/applications", own_casework)
api.add_router("/applications", own_papers)
api.add_router("/objections", objections)
api.add_router("", sweeps)
api.add_router("", sweep_lines)
api.add_router("", standing)
api.add_router("/people", people)
api.add_router("/messages", messages)
api.add_router("/journal", journal)
api.add_router("", experts)
api.add_router("", own_experts)
api.add_router("", draws)
api.add_router("/finance", finance)
api.add_router("/finance", finance_offices)
api.add_router("/finance", pools)
api.add_router("/finance", finance_files)


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """A fault of ours: the log keeps it whole, the client gets its number."""
    log.error("failed", path=request.path, exc_info=error)
    return _problem(request, ProblemError("internal-error"))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, _error: Http404) -> HttpResponse:
    return _problem(request, ProblemError("not-found"))


@api.exception_handler(ProblemError)
def _problem(request: HttpRequest, error: ProblemError) -> HttpResponse:
    return problem_response(error, language_of(request))


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, _error: Exception) -> HttpResponse:
    """No token, or one that opens nothing."""
    return _problem(request, ProblemError("unauthorized", headers={"WWW-Authenticate": "Bearer"}))


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """An act that must not be done now: the sentence that a page would show."""
    return _problem(request, ProblemError("refused", error.words))


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The framework wraps what the parser says."""
    cause = error.__cause__
    return _problem(request, cause if isinstance(cause, ProblemError) else ProblemError("bad-request"))


@api.exception_handler(UnreadablePostError)
@api.exception_handler(RawPostDataException)
def _cut_short(request: HttpRequest, _error: Exception) -> HttpResponse:
    """The client went away in the middle of its body."""
    return _problem(request, ProblemError("bad-request"))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return _problem(request, ProblemError("invalid-request", flaws=[_flaw(one) for one in error.errors]))


def _flaw(error: Any) -> Flaw:
    """A fault as pydantic says it, in our words."""
    steps = [str(step) for step in error["loc"]]
    part = "body" if error["part"] in {"form", "file"} else error["part"]
    if part == "body" and steps:
        del steps[0]  # the name of the parameter that holds the body
    remedy = _MISSING if error["type"] == "missing" else _CORRECT
    found = shown(error["input"]) if error["type"] != "missing" else "—"
    return Flaw(part, "".join(f"/{escaped(step)}" for step in steps), found, _expected(error), remedy)


_MISSING: Final = Words("请补上", "add it")
_EXPECTED: Final = {
    "missing": Words("必须给出", "a value"),
    "string_type": Words("文字", "a text"),
    "int_type": Words("整数", "a whole number"),
    "bool_type": Words("true 或 false", "true or false"),
    "dict_type": Words("由各项事实组成的对象", "an object with named facts"),
    "list_type": Words("列表", "a list"),
    "model_type": Words("对象", "an object"),
    "model_attributes_type": Words("对象", "an object"),
    "extra_forbidden": Words("没有这一项，请删去", "no such member: delete it"),
    "answer_type": Words(
        "文字、整数、true 或 false、编号列表、编号与个数，或 null",
        "a text, a whole number, true or false, a list of codes, codes with numbers, or null",
    ),
    "date_type": Words("1900 至 2200 年的日期，如 2024-06-01", "a day from 1900 to 2200 such as 2024-06-01"),
    "string_pattern_mismatch": Words("形如 {pattern} 的文字", "a text like {pattern}"),
    "string_too_long": Words("至多 {max_length} 字", "at most {max_length} characters"),
    "too_long": Words("至多 {max_length} 项", "at most {max_length} items"),
    "too_short": Words("至少 {min_length} 项", "at least {min_length} item(s)"),
    "greater_than_equal": Words("不小于 {ge}", "at least {ge}"),
    "less_than_equal": Words("不大于 {le}", "at most {le}"),
}


def _expected(error: ErrorDetails) -> Words:
    words = _EXPECTED.get(error["type"], Words(error["msg"], error["msg"]))
    known = error.get("ctx", {})
    return Words(words.zh.format(**known), words.en.format(**known))
