"""What the codes of this room are called."""

from __future__ import annotations

from typing import Final

from kechuang.policy.language.values import Words

KINDS: Final = {
    "bottleneck": Words("单个企业的卡脖子技术", "bottleneck of a single enterprise"),
    "chain": Words("链条式技术", "chain technology"),
    "systemic": Words("体系化技术", "systemic technology"),
    "disruptive": Words("颠覆性技术", "disruptive technology"),
}
ASPECTS: Final = {
    "industry": Words("产业带动", "Pull on the industry"),
    "research": Words("研究基础", "Basis in research"),
    "targets": Words("技术指标", "Technical targets"),
    "finance": Words("财务指标", "Finances"),
}
STATES: Final = {
    "draft": Words("填写中", "being written"),
    "handed_in": Words("待遴选", "to be screened"),
    "screened": Words("已遴选", "screened"),
    "listed": Words("已张榜", "on the list"),
    "declined": Words("未张榜", "not listed"),
    "withdrawn": Words("已撤回", "withdrawn"),
}
FORMS: Final = {
    "open_challenge": Words("揭榜挂帅", "open challenge"),
    "chief_engineer": Words("技术总师负责制", "chief-engineer responsibility"),
}
DETAILS: Final = {
    "background": Words("产业背景", "Background in the industry"),
    "current": Words("技术现状", "What is there today"),
    "conditions": Words("可提供的条件", "What can be provided"),
    "targets": Words("技术指标", "Targets"),
}
"""The fields that may be confidential."""
