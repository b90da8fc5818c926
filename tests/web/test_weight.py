"""The first page is light: what it loads stays below 100 kB as browsers fetch it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from django.contrib.staticfiles.finders import find

LIMIT = 100_000  # bytes of script and style together, compressed


def test_script_and_style_of_the_first_page_stay_below_the_limit(client):
    page = client.get("/").content.decode()

    names = sorted(set(re.findall(r'(?:src|href)="/static/([^"]+\.(?:js|css))"', page)))
    sizes = {name: len(gzip.compress(Path(str(find(name))).read_bytes())) for name in names}

    assert len(names) >= 2
    assert not any("charts" in name for name in names)
    assert sum(sizes.values()) < LIMIT, sizes
