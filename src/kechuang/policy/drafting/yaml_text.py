"""YAML as people write packs: leaves in braces on one line, order kept, Chinese as it is."""

from __future__ import annotations

from typing import Any

import yaml


class Inline(dict[str, Any]):
    """A mapping that stands on one line: {zh: …, en: …}."""


class _Dumper(yaml.SafeDumper):
    """Indents lists, writes inline mappings and short lists on one line, and never an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        """Packs may not hold aliases."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Indent the items of a list."""
        super().increase_indent(flow=flow, indentless=False)


def _inline(dumper: yaml.SafeDumper, data: Inline) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True)


def _list(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.SequenceNode:
    plain = all(isinstance(one, str) for one in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=plain)


_Dumper.add_representer(Inline, _inline)
_Dumper.add_representer(list, _list)


def yaml_text(data: dict[str, Any], head: str = "") -> str:
    """A mapping as YAML text, after a comment line."""
    body = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=4096)
    return (f"# {head}\n" if head else "") + body


def both(zh: str, en: str) -> Inline:
    """{zh: …, en: …} on one line."""
    return Inline(zh=zh, en=en)
