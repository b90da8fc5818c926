"""Puts what a story begins with into the database of a site that runs."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from kechuang.operations.postgres import url_of

TESTS = Path(__file__).parents[1]
_hundreds = itertools.count(1)


def begin(module: str, data: Path) -> Any:
    """What `python -m module` prints that makes a story's people in the database of a site: its last line, as JSON.

    Each begins to number its people where no other does: stories may share a site.
    """
    environment = {
        **os.environ,
        "KECHUANG_DATA": str(data),
        "DATABASE_URL": url_of(data),
        "DJANGO_SETTINGS_MODULE": "kechuang.web.settings",
        "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
        "FIRST_NUMBER": str(100 * next(_hundreds)),
    }
    made = subprocess.run(
        [sys.executable, "-m", module], env=environment, check=False, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr[-4000:]
    return json.loads(made.stdout.splitlines()[-1])
