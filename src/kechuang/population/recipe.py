"""What the synthetic city is made of: kinds of subjects, areas, industries."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def recipe() -> dict[str, Any]:
    """Return city.yaml. Shared between callers: not to be changed."""
    loaded: dict[str, Any] = yaml.safe_load((files(__package__) / "city.yaml").read_text(encoding="utf-8"))
    return loaded
