"""The table of transitions on paper: docs/workflow.md, as a diagram and as a matrix of states and roles.

`python -m kechuang.fulfilment.printing > docs/workflow.md`; a test fails while the page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from kechuang.fulfilment.table import CLOCK_ROLE, Transition, gates, states, transitions, voices

ROLES: Final = {
    "manager": "单位",
    "district_officer": "区市",
    "officer": "部门经办",
    "decider": "部门审定",
    "reviewer": "会审",
    CLOCK_ROLE: "时钟",
}
"""The roles that act on cases, as the head of the matrix names them; a clerk may do what a manager may."""

HEAD: Final = """# 办理流程 The workflow

每一件申报只按这一张表流转。表是数据（`src/kechuang/fulfilment/transitions.yaml`），本页由它生成：
`python -m kechuang.fulfilment.printing > docs/workflow.md`。
One table moves every case. It is data; this page is printed from it, and a test fails while the print is stale.

单位管理员和经办人可办理的相同。“时钟”是到期自动办理。生命周期：A 认定奖励（recognition）、B 公式补助（formula）、
C 竞争项目（project）、D 年度评价（evaluation）、E 金融（finance）；各生命周期只在行上有别，不另立流程。
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_diagram(), "", *_matrix(), "", *_steps(), "", *_voices(), ""])


def _diagram() -> Iterator[str]:
    yield from (
        "## 状态图 Diagram",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> draft",
        "    [*] --> offered",
    )
    for key, state in states().items():
        yield f"    {key}: {state.title.zh} {state.title.en}"
    for rule in transitions().values():
        for source in rule.sources:
            yield f"    {source} --> {rule.leads_to(source)}: {rule.title.zh}"
    for key, state in states().items():
        if state.ends:
            yield f"    {key} --> [*]"
    yield "```"


def _matrix() -> Iterator[str]:
    yield from ("## 状态与岗位 States and roles", "")
    yield f"| 状态 | {' | '.join(ROLES.values())} |"
    yield f"|---|{'---|' * len(ROLES)}"
    for key, state in states().items():
        cells = (_acts(key, role) for role in ROLES)
        yield f"| **{state.title.zh}** {state.title.en} | {' | '.join(cells)} |"


def _acts(state: str, role: str) -> str:
    return "、".join(
        rule.title.zh for rule in transitions().values() if state in rule.sources and role in rule.who
    )


def _steps() -> Iterator[str]:
    yield from ("## 步骤 Steps", "")
    yield "| 命令 command | 从 from | 到 to | 岗位 who | 条件 guards | 须写明 needs | 期限 due | 依据 basis |"
    yield "|---|---|---|---|---|---|---|---|"
    for rule in transitions().values():
        yield f"| {' | '.join(_step(rule))} |"


def _step(rule: Transition) -> Iterator[str]:
    yield f"`{rule.command}` {rule.title.zh}"
    yield "、".join(states()[source].title.zh for source in rule.sources)
    yield states()[rule.target].title.zh if rule.target else "不变"
    yield "、".join(dict.fromkeys(ROLES["manager" if role == "clerk" else role] for role in rule.who))
    yield ", ".join(f"`{guard}`" for guard in rule.guards)
    yield ", ".join(rule.needs)
    yield f"{rule.days} 个工作日" if rule.days else ""
    yield f"{rule.basis.zh} · {rule.basis.en}"


def _voices() -> Iterator[str]:
    yield from ("## 谁的意见以什么为据 What opinions rest on", "")
    yield "所依据的部分变了，意见才失效；其他意见继续有效。"
    yield "An opinion is void when, and only when, a section that it rests on changes."
    yield ""
    for key, voice in voices().items():
        kind = "会审 gate" if key in gates() else "审核 approval"
        rests = "全部 all" if voice.rests_on is None else ", ".join(voice.rests_on)
        yield f"- **{voice.title.zh}** {voice.title.en} ({kind}): {rests}"


if __name__ == "__main__":
    sys.stdout.write(page())
