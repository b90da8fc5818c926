"""The files of a draft pack as text: which names there may be, how large they may grow, hashes, and a ZIP of them."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kechuang.policy.language.values import Words

SOURCE: Final = "source.txt"
HEAD: Final = "pack.yaml"
SHARED: Final = (SOURCE, HEAD, "readings.yaml", "definitions.yaml", "vocabulary.yaml")
MEASURE_FILE: Final = re.compile(r"measures/[a-z0-9][a-z0-9.-]{0,19}\.yaml", re.ASCII)
PACK_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)
LONGEST_ID: Final = 40
_MEASURE: Final = re.compile(r"^measure:[ \t]*(['\"]?)([A-Za-z0-9.]{1,20})\1[ \t]*(?:#.*)?$", re.MULTILINE)

MOST_FILES: Final = 300
MOST_YAML: Final = 200_000  # bytes of one YAML file: the largest of Weihai's has 31,000
MOST_SOURCE: Final = 500_000  # bytes of the text
MOST_IN_ALL: Final = 3_000_000
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the oldest day that a ZIP can name: the same content, the same bytes
_PLAIN_FILE: Final = 0o100644 << 16


class RefusedError(ValueError):
    """Something that a draft does not take; `words` says what was found and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        self.words = Words(zh, en)
        super().__init__(en)


def is_file_name(name: str) -> bool:
    """Whether a draft may hold a file of this name."""
    return name in SHARED or MEASURE_FILE.fullmatch(name) is not None


def plain(text: str) -> str:
    """Text as it is kept: lines end with one line feed, no zero bytes, nothing that UTF-8 cannot write."""
    return (
        text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").encode("utf-8", "replace").decode()
    )


def refuse_bad(files: Mapping[str, str]) -> None:
    """Raise RefusedError for a name, a number of files or a size that a draft does not take."""
    for name, text in files.items():
        if not is_file_name(name):
            shown = name[:80]
            raise RefusedError(
                f"政策包里不能有文件“{shown}”；只收 source.txt、pack.yaml、readings.yaml、definitions.yaml、"
                "vocabulary.yaml 和 measures/*.yaml",
                f"a pack holds no file '{shown}'; expected source.txt, pack.yaml, readings.yaml, definitions.yaml, "
                "vocabulary.yaml or measures/*.yaml",
            )
        size, most = len(text.encode()), MOST_SOURCE if name == SOURCE else MOST_YAML
        if size > most:
            raise RefusedError(
                f"{name} 有 {size:,} 字节，最多 {most:,} 字节；请分成几个文件或删减",
                f"{name} has {size:,} bytes, at most {most:,} are taken; split or shorten it",
            )
    missing = [name for name in (SOURCE, HEAD) if name not in files]
    if missing:
        raise RefusedError(f"缺少 {'、'.join(missing)}", f"{', '.join(missing)} is missing")
    total = sum(len(text.encode()) for text in files.values())
    if len(files) > MOST_FILES or total > MOST_IN_ALL:
        raise RefusedError(
            f"共 {len(files)} 个文件、{total:,} 字节；最多 {MOST_FILES} 个、{MOST_IN_ALL:,} 字节",
            f"{len(files)} files with {total:,} bytes; at most {MOST_FILES} with {MOST_IN_ALL:,} are taken",
        )


def measure_of(text: str) -> str:
    """The key of the measure that a file says it encodes, read without YAML so that a broken file is still found."""
    found = _MEASURE.search(text)
    return found[2] if found else ""


def measure_files(files: Mapping[str, str]) -> dict[str, str]:
    """The file of each measure by its key; of two files for one measure the first."""
    found: dict[str, str] = {}
    for name in sorted(files):
        if MEASURE_FILE.fullmatch(name) and (key := measure_of(files[name])):
            found.setdefault(key, name)
    return found


def file_for(key: str) -> str:
    """The usual name of the file of a measure: 9 is measures/09.yaml, S1 is measures/s1.yaml."""
    return f"measures/{key.zfill(2) if key.isdigit() else key.lower()}.yaml"


def digest_of(text: str) -> str:
    """The hash under which a file's text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def hash_of(digests: Mapping[str, str]) -> str:
    """One hash over the names and hashes of all files of a version."""
    lines = "".join(f"{name}\0{digests[name]}\n" for name in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


def shipped_files(folder: Path) -> dict[str, str]:
    """The files of a pack folder that a draft holds."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: plain(path.read_text(encoding="utf-8")) for name, path in found.items() if is_file_name(name)
    }


def write_folder(files: Mapping[str, str], folder: Path) -> None:
    """Write the files into an empty folder; a name that is none of ours is a fault of this program."""
    (folder / "measures").mkdir(parents=True)
    for name, text in files.items():
        if not is_file_name(name):
            raise ValueError(f"not a file of a pack: {name!r}")
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def zipped(files: Mapping[str, str], pack_id: str) -> bytes:
    """The pack as a folder in a ZIP file. The same files give the same bytes: names in order, no time, equal rights."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{pack_id}/{name}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whatever system this runs on
            entry.external_attr = _PLAIN_FILE
            archive.writestr(entry, files[name].encode(), compresslevel=9)
    return made.getvalue()
