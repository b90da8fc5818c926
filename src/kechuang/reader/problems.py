"""What can be wrong with a request to the API, as problem details (RFC 9457), in both languages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.http import HttpResponse

from kechuang.exchange.intake import Fault, shown
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT

MEDIA_TYPE: Final = "application/problem+json"
TYPES: Final = "/api/problems/"
MAX_FLAWS: Final = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its status, its title, and what to do about it."""

    status: int
    title: Words
    remedy: Words


NUL_SAID: Final = Words(
    "网址或正文中有空字符（NUL，\\u0000）。请删去后重试。",
    "The address or the body holds the character NUL (\\u0000). Leave it out and try again.",
)

KINDS: Final[Mapping[str, Kind]] = {
    "bad-request": Kind(
        400,
        Words("请求无法识别", "The request cannot be understood"),
        Words("请核对网址、请求头和正文。", "Check the address, the headers and the body."),
    ),
    "invalid-json": Kind(
        400,
        Words("正文不是正确的 JSON", "The body is not valid JSON"),
        Words(
            "正文须是 UTF-8 编码的 JSON：同一对象中名称不重复，数字有限，不含单个代理字符，嵌套不超过 40 层。",
            "The body must be JSON in UTF-8: no name twice in one object, no NaN or Infinity, no lone surrogate, "
            "at most 40 levels deep.",
        ),
    ),
    "unauthorized": Kind(
        401,
        Words("没有有效的令牌", "No valid token"),
        Words(
            "请以 Authorization: Bearer 令牌 发送；令牌在“我的账户”中建立，可能已过期或撤销。",
            "Send Authorization: Bearer with a token, made under your account; yours may have expired or been revoked.",
        ),
    ),
    "not-found": Kind(
        404,
        Words("没有这一资源", "There is no such resource"),
        Words("请从 /api/packs 起逐级查看有哪些编号。", "Start from /api/packs, which leads to every id."),
    ),
    "method-not-allowed": Kind(
        405,
        Words("此地址不接受这种方法", "This address does not take that method"),
        Words("Allow 头列出可用的方法。", "The header Allow lists the methods there are."),
    ),
    "pack-changed": Kind(
        409,
        Words("政策包的内容已变", "The pack has another content by now"),
        Words(
            "请求中的 hash 与现在的政策包不同，旧结果不能原样重算。去掉 hash 即按现在的政策包计算。",
            "The hash of the request is not that of the pack as it stands, so the old answer cannot be worked out "
            "again. Leave out hash to use the pack as it stands.",
        ),
    ),
    "refused": Kind(
        409,
        Words("现在不能办理", "This cannot be done now"),
        Words("detail 说明原因；办好之后再试。", "`detail` says why; see to that and try again."),
    ),
    "length-required": Kind(
        411,
        Words("请求没有说明大小", "The request does not say how long it is"),
        Words("请给出 Content-Length，不要分块传送。", "Send Content-Length instead of chunks."),
    ),
    "too-large": Kind(
        413,
        Words("请求过大", "The request is too large"),
        Words(
            "请分成几次请求；成千上万户请用 kechuang assess 或网站上传。",
            "Split it into several requests; for thousands of cases use `kechuang assess` or an upload to the site.",
        ),
    ),
    "unsupported-media-type": Kind(
        415,
        Words("正文的类型不对", "The body is of the wrong type"),
        Words("请以 Content-Type: application/json 发送。", "Send it as Content-Type: application/json."),
    ),
    "invalid-request": Kind(
        422,
        Words("请求的内容有误", "The content of the request is not valid"),
        Words("请按 errors 逐项改正。", "Correct what `errors` names."),
    ),
    "invalid-facts": Kind(
        422,
        Words("事实有误", "The facts are not valid"),
        Words(
            "请按 errors 逐项改正；不知道的留空，不要填 0。有一项错误，整个请求都不测算。",
            "Correct what `errors` names; leave out what is not known, never write 0 for it. One fault, and nothing of "
            "the request is assessed.",
        ),
    ),
    "too-many-requests": Kind(
        429,
        Words("请求过于频繁", "Too many requests"),
        Words("请在 Retry-After 所示秒数之后再试。", "Try again after the seconds that Retry-After says."),
    ),
    "internal-error": Kind(
        500,
        Words("系统出错", "Something went wrong here"),
        Words(
            "错误已记录，instance 即其编号。请稍后重试。",
            "The error is logged; `instance` is its number. Try again later.",
        ),
    ),
    "busy": Kind(
        503,
        Words("正在进行另一项推演", "Another simulation is running"),
        Words("请在 Retry-After 所示秒数之后再试。", "Try again after the seconds that Retry-After says."),
    ),
}
BY_STATUS: Final[Mapping[int, str]] = {
    status: next(name for name, kind in KINDS.items() if kind.status == status)
    for status in {kind.status for kind in KINDS.values()}
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong: where it stands (`part` body, query or path; a JSON Pointer), what it is, what to do."""

    part: str
    pointer: str
    found: str
    expected: Words
    remedy: Words


class ProblemError(Exception):
    """A request that is answered with problem details. `detail` replaces the remedy that goes with the kind."""

    def __init__(
        self,
        kind: str,
        detail: Words | None = None,
        flaws: Sequence[Flaw] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind)
        self.kind, self.detail, self.flaws = kind, detail, tuple(flaws)
        self.headers = dict(headers or {})


def problem_response(problem: ProblemError, language: str) -> HttpResponse:
    """The answer that says what is wrong, in 'zh' or 'en'."""
    kind = KINDS[problem.kind]
    number = structlog.contextvars.get_contextvars().get("request")
    data: dict[str, Any] = {
        "type": TYPES + problem.kind,
        "title": kind.title.pick(language),
        "status": kind.status,
        "detail": (problem.detail or kind.remedy).pick(language),
    }
    if number:
        data["instance"] = f"urn:kechuang:request:{number}"
    if problem.flaws:
        data["errors"] = [_flaw(one, language) for one in problem.flaws[:MAX_FLAWS]]
    text = json.dumps(data, ensure_ascii=False)
    response = HttpResponse(text.encode("utf-8", "backslashreplace"), MEDIA_TYPE, kind.status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = "en" if language == "en" else "zh-CN"
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response


def _flaw(one: Flaw, language: str) -> dict[str, str]:
    return {
        "in": one.part,
        "pointer": one.pointer,
        "found": one.found,
        "expected": one.expected.pick(language),
        "remedy": one.remedy.pick(language),
    }


def flaw_of(fault: Fault, case: str) -> Flaw:
    """A fault of a case, whose pointer is `case` ('/cases/0'); its row counts the records of one kind from 1."""
    steps = [case]
    if fault.sheet != SUBJECT:
        steps.append(fault.sheet)
        if fault.row is not None:
            steps.append(str(fault.row - 1))
    if fault.column is not None:
        steps.append(escaped(fault.column))
    return Flaw("body", "/".join(steps), fault.found, fault.expected, fault.remedy)


def wrong(pointer: str, found: object, expected: Words, part: str = "body") -> ProblemError:
    """An invalid request with one flaw."""
    flaw = Flaw(
        part, pointer, shown(found), expected, Words("请改正后重新提交", "correct it and send it again")
    )
    return ProblemError("invalid-request", flaws=[flaw])


def escaped(step: str) -> str:
    """A name as a step of a JSON Pointer (RFC 6901)."""
    return step.replace("~", "~0").replace("/", "~1")


def missing_resource(what: Words, known: Sequence[str]) -> ProblemError:
    """Nothing has the id of the address; the nearest ids there are."""
    listed = ", ".join(known[:10]) + ("……" if len(known) > 10 else "")  # noqa: PLR2004 - as many as one reads
    return ProblemError("not-found", Words(f"{what.zh}；有：{listed}", f"{what.en}; there are: {listed}"))
