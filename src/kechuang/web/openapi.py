"""The API's description (OpenAPI 3.1): what the operations say of themselves, and what they all share.

    python -m kechuang.web.openapi > docs/openapi.json

A test refuses the committed file when it is stale.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, Final

from kechuang.exchange.facts_schema import facts_schema
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.reader.problems import KINDS, MEDIA_TYPE, TYPES
from kechuang.reader.told import CHINESE

ADDRESS: Final = "http://localhost:8000"
LINE: Final = 88  # characters of a sample
_EVERYWHERE: Final = (400, 422, 429, 500)
_WITH_A_BODY: Final = (411, 413, 415)
_TAGS: Final = {
    "packs": "政策包：文件、措施、事项、锚点、事实词汇 · Packs: documents, measures, benefits, anchors, facts",
    "assess": "测算和说明 · Assessments and explanations",
    "ask": "问答：下一问 · Interview: the next question",
    "simulate": "推演和求解 · Simulations and solving",
    "cases": "申报通知、申报、公示 · Calls, cases, public notices",
    "judging": "评审组、评分表、核定金额 · Panels, sheets, sums",
    "organisation": "本单位：事实、证明材料、更正申请（凭令牌） · One's organisation, with a token",
    "applications": "申报：通知、填报、提交（凭令牌） · Applications: calls, filling in, submitting, with a token",
    "people": "本单位的人员、邀请（凭令牌） · People of an organisation, invitations, with a token",
    "messages": "消息（凭令牌） · Messages, with a token",
    "journal": "留痕（凭审计或系统管理员的令牌） · The journal, with the token of an auditor or operator",
    "registry": "部门：名录、核实、更正申请（凭令牌） · Departments: lists, verifying, disputes, with a token",
    "offices": "部门：申报通知、办件、公示、异议（凭令牌） · Departments: calls, cases, notices, objections, by token",
    "sweeps": "筛查和政策版本（凭令牌） · Sweeps and versions of the policy, with a token",
    "experts": "专家库、回避、专家抽取 · The pool of experts, recusals, draws",
    "challenges": "技术需求、榜单、提问 · Needs, challenges, questions",
    "projects": "在研项目、密封投标（凭令牌） · Projects under way, sealed bids, with a token",
    "finance": "金融报送、资金池、函、LPR（凭令牌） · Filings of banks and insurers, pools, letters, LPR, with a token",
    "treasury": "资金：预算、台账、拨付批次（凭令牌） · The treasury: appropriations, ledger, batches, with a token",
}
_ABOUT: Final = """把创新政策当作程序使用：读条文、测算、说明理由、逐步提问、推演。
除标明须用令牌的操作外，无需账号，不留数据。
金额一律为整数分，比率为分数，日期如 2024-06-20；不知道的事实不写，不要填 0。

A city's innovation policy as a service: read it, assess cases, explain results, ask the next question, simulate.
Except where a token is asked for, no account is needed and nothing is kept. Sums are whole fen, rates fractions, days
as 2024-06-20; what is not known is left out and never written as 0."""


def finished(schema: dict[str, Any]) -> dict[str, Any]:
    """The description with languages, problems, the schema of facts, and samples added to every operation."""
    schema["paths"], schema["components"] = _plain(schema["paths"]), _plain(schema["components"])
    schema["info"] |= {"description": _ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}
    schema["servers"] = [{"url": ADDRESS}]
    used = {tag for path in schema["paths"].values() for one in path.values() for tag in one["tags"]}
    schema["tags"] = [{"name": name, "description": words} for name, words in _TAGS.items() if name in used]
    components = schema["components"]
    components["schemas"] = dict(sorted(_shared(components["schemas"]).items()))
    components["parameters"] = {"language": _LANGUAGE, "accept-language": _ACCEPT_LANGUAGE}
    components["responses"] = {f"problem-{status}": _problem(status) for status in _statuses()}
    for address, operations in schema["paths"].items():
        for method, operation in operations.items():
            _finish(operation, address, method)
    return schema


def _shared(schemas: dict[str, Any]) -> dict[str, Any]:
    return schemas | {"Facts": facts_schema(load_vocabulary()), "Problem": _PROBLEM}


def _finish(operation: dict[str, Any], address: str, method: str) -> None:
    operation["description"] = f"{operation.pop(CHINESE)}\n\n{' '.join(operation['description'].split())}"
    operation["parameters"] += [
        {"$ref": f"#/components/parameters/{name}"} for name in ("language", "accept-language")
    ]
    statuses = {*_EVERYWHERE}
    if method in {"post", "put"}:
        statuses |= {*_WITH_A_BODY, 409}
    closed = "security" in operation
    if closed:
        statuses |= {401, 404}
    if "{" in address:
        statuses.add(404)
    if operation["tags"] == ["simulate"]:
        statuses.add(503)
    if method == "get" and not closed:
        operation["responses"][304] = {"description": "与 If-None-Match 相同 · not modified"}
    operation["responses"] |= {
        status: {"$ref": f"#/components/responses/problem-{status}"} for status in statuses
    }
    operation["responses"] = {
        str(status): operation["responses"][status] for status in sorted(operation["responses"])
    }
    operation["x-codeSamples"] = samples(operation, address, method)


def samples(operation: dict[str, Any], address: str, method: str) -> list[dict[str, str]]:
    """The operation in curl and in Python, ready to be run against a site on this machine."""
    for parameter in operation["parameters"]:
        if parameter.get("in") == "path":
            address = address.replace(f"{{{parameter['name']}}}", str(parameter["schema"]["examples"][0]))
    content = operation.get("requestBody", {}).get("content", {})
    url = ADDRESS + address
    if "security" in operation:
        return _with_token(url, content, method)
    body = content.get("application/json", {}).get("example")
    if method == "get":
        python = f'import json\nfrom urllib.request import urlopen\n\nprint(json.load(urlopen("{url}")))'
        return [_sample("curl", f"curl {url}"), _sample("Python", python)]
    curl = f"curl {url} \\\n  -H 'Content-Type: application/json' \\\n  -d '{pretty(body, _json)}'"
    python = (
        "import json\nfrom urllib.request import Request, urlopen\n\n"
        f"question = {pretty(body, _python)}\n"
        'data, headers = json.dumps(question).encode(), {"Content-Type": "application/json"}\n'
        f'print(json.load(urlopen(Request("{url}", data, headers))))'
    )
    return [_sample("curl", curl), _sample("Python", python)]


_UPLOAD: Final = """headers["Content-Type"] = "multipart/form-data; boundary=part"
with open("proof.pdf", "rb") as file:
    head = b'--part\\r\\nContent-Disposition: form-data; name="file"; filename="proof.pdf"\\r\\n\\r\\n'
    data = head + file.read() + b"\\r\\n--part--\\r\\n"
"""


def _with_token(url: str, content: dict[str, Any], method: str) -> list[dict[str, str]]:
    """The operation with a token from the environment: without a body, with JSON, or with a file."""
    usual = method == ("post" if content else "get")
    asked = "" if usual else f"-X {method.upper()} "
    curl = f'curl {asked}{url} \\\n  -H "Authorization: Bearer $KECHUANG_TOKEN"'
    python = (
        "import json\nimport os\nfrom urllib.request import Request, urlopen\n\n"
        'headers = {"Authorization": f"Bearer {os.environ[\'KECHUANG_TOKEN\']}"}\n'
    )
    if "application/json" in content:
        body = content["application/json"]["example"]
        curl += f" \\\n  -H 'Content-Type: application/json' \\\n  -d '{pretty(body, _json)}'"
        python += 'headers["Content-Type"] = "application/json"\n'
        python += f"data = json.dumps({pretty(body, _python)}).encode()\n"
    elif content:
        curl += " \\\n  -F file=@proof.pdf"
        python += _UPLOAD
    data = ", data" if content else ""
    by = "" if usual else f', method="{method.upper()}"'
    python += f'print(json.load(urlopen(Request("{url}"{data}, headers=headers{by}))))'
    return [_sample("curl", curl), _sample("Python", python)]


def pretty(value: Any, scalar: Callable[[Any], str], indent: str = "") -> str:
    """Plain data as text of JSON or Python, as `scalar` writes it, on one line as far as a line goes."""
    if not isinstance(value, (dict, list)):
        return scalar(value)
    deeper = indent + "  "
    lines = (
        [f"{scalar(key)}: {pretty(one, scalar, deeper)}" for key, one in value.items()]
        if isinstance(value, dict)
        else [pretty(one, scalar, deeper) for one in value]
    )
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    line = opening + ", ".join(lines) + closing
    if len(indent) + len(line) <= LINE and "\n" not in line:
        return line
    return f"{opening}\n{deeper}" + f",\n{deeper}".join(lines) + f"\n{indent}{closing}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _python(value: Any) -> str:
    return _json(value) if isinstance(value, str) else repr(value)


def _sample(language: str, source: str) -> dict[str, str]:
    return {"lang": language, "source": source}


def _plain(node: Any) -> Any:
    """A schema of pydantic's without the titles that it makes of names; the marker of facts leads to their schema."""
    if isinstance(node, dict):
        if "x-facts" in node:
            return {
                "$ref": "#/components/schemas/Facts",
                **{key: node[key] for key in node if key == "description"},
            }
        return {
            key: _plain(value) for key, value in node.items() if key != "title" or not isinstance(value, str)
        }
    return [_plain(one) for one in node] if isinstance(node, list) else node


def _statuses() -> list[int]:
    return sorted({kind.status for kind in KINDS.values()})


def _problem(status: int) -> dict[str, Any]:
    kinds = {name: kind for name, kind in KINDS.items() if kind.status == status}
    description = "；".join(
        f"{kind.title.zh} · {kind.title.en} ({TYPES}{name})" for name, kind in kinds.items()
    )
    found: dict[str, Any] = {"description": description}
    if status in {429, 503}:
        found["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "秒 · seconds"}}
    found["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return found


_LANGUAGE: Final = {
    "name": "language",
    "in": "query",
    "required": False,
    "description": "zh 或 en，优先于 Accept-Language · zh or en, before Accept-Language",
    "schema": {"type": "string", "enum": ["zh", "en"]},
}
_ACCEPT_LANGUAGE: Final = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "说明、理由和错误的语言，缺省中文 · language of sentences and problems, Chinese by default",
    "schema": {"type": "string", "examples": ["en", "zh-CN"]},
}
_PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 的问题说明 · problem details (RFC 9457)",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "enum": [TYPES + name for name in KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "日志中的编号 · number of the request in the log"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "pointer", "found", "expected", "remedy"],
                "properties": {
                    "in": {"type": "string", "enum": ["body", "query", "path"]},
                    "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901)"},
                    "found": {"type": "string"},
                    "expected": {"type": "string"},
                    "remedy": {"type": "string"},
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


def text_of(schema: dict[str, Any]) -> str:
    """The description as it stands in docs/openapi.json."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write the description to standard output."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kechuang.web.settings")
    django.setup()
    from kechuang.web.api import api

    sys.stdout.write(text_of(api.get_openapi_schema()))


if __name__ == "__main__":
    main()
