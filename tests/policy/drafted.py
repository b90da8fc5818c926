"""Drafts on disk, and the texts that drafts are tried on."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kechuang.policy.drafting import Draft, draft_pack
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.vocabulary import packs_folder

TEXTS = Path(__file__).with_name("texts")
RAW = {
    "weihai-2023-5": (packs_folder() / "weihai-2023-5/source.txt").read_text(encoding="utf-8"),
    "example-city": (packs_folder() / "example-city/source.txt").read_text(encoding="utf-8"),
    "qinghe": (TEXTS / "qinghe-measures-for-rd.txt").read_text(encoding="utf-8"),
    "lingang": (TEXTS / "lingang-measures-for-equipment.txt").read_text(encoding="utf-8"),
    "wangshan": (TEXTS / "wangshan-policies-for-innovation.txt").read_text(encoding="utf-8"),
}
HEAD = "某市关于支持创新的若干措施\n一、事项\n"
FOOT = "\n本措施自2026年1月1日起施行，有效期至2028年12月31日。\n"


@cache
def draft_of(name: str) -> Draft:
    """The draft of one of the texts, made once."""
    return draft_pack(RAW[name], "draft-city")


def written(draft: Draft, into: Path) -> Path:
    """The files of a draft as a pack folder."""
    folder = into / draft.pack_id
    for name, text in draft.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def loaded(draft: Draft, into: Path) -> Pack:
    """A draft, read as a pack."""
    return load_pack(written(draft, into))


def of_clause(words: str) -> Draft:
    """The draft of a document with one measure of these words."""
    return draft_pack(f"{HEAD}1.{words}（责任单位：市科技局）{FOOT}", "one-clause")
