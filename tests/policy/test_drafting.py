"""A raw text becomes a draft pack that loads, accounts for every token, and grants nothing that a person has not encoded."""

from __future__ import annotations

from pathlib import Path

import pytest

import kechuang
from kechuang.policy.drafting import Draft, draft_pack
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.encoding.trace import trace

PACKS = Path(kechuang.__path__[0]) / "packs"


def written(draft: Draft, into: Path) -> Path:
    """The files of a draft as a pack folder."""
    folder = into / draft.pack_id
    for name, text in draft.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["weihai-2023-5", "example-city"])
def test_a_draft_of_a_shipped_text_loads_and_accounts_for_every_token(name, tmp_path):
    draft = draft_pack((PACKS / name / "source.txt").read_text(encoding="utf-8"), "draft-city")

    report = trace(load_pack(written(draft, tmp_path)))

    assert report.faults == ()
    gaps = {(token.clause, token.start) for token in report.gaps}
    assert gaps == {(one.clause, one.start) for one in draft.unclaimed}
