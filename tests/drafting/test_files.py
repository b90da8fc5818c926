"""The files of a draft: names, sizes, and a ZIP that is always the same."""

from __future__ import annotations

import io
import zipfile

import pytest

from kechuang.cli import main
from kechuang.drafting.files import (
    RefusedError,
    file_for,
    is_file_name,
    measure_files,
    plain,
    refuse_bad,
    shipped_files,
    write_folder,
    zipped,
)
from kechuang.policy.encoding.loading import pack_folder

WHOLE = {"source.txt": "1.", "pack.yaml": "id: x"}


@pytest.mark.parametrize(
    "name",
    [
        "../source.txt",
        "/etc/passwd",
        "measures/../pack.yaml",
        "measures/..yaml",
        "measures/.yaml",
        "measures/a/b.yaml",
        "measures/09.yml",
        "measures/09.yaml\n",
        "measures\\09.yaml",
        "measures/O９.yaml",
        "lpr.csv",
        "PACK.YAML",
        "",
        "con",
        "measures/" + "a" * 30 + ".yaml",
    ],
)
def test_a_name_that_is_none_of_a_packs_files_is_refused(name, tmp_path):
    assert not is_file_name(name)
    with pytest.raises(RefusedError, match="holds no file"):
        refuse_bad({**WHOLE, name: ""})
    with pytest.raises(ValueError, match="not a file of a pack"):
        write_folder({name: ""}, tmp_path / "pack")


@pytest.mark.parametrize(
    "name", ["source.txt", "pack.yaml", "measures/09.yaml", "measures/s1.yaml", "measures/p2-3.yaml"]
)
def test_the_names_of_a_pack_are_taken(name):
    assert is_file_name(name)
    refuse_bad({**WHOLE, name: "x"})


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({**WHOLE, "measures/01.yaml": "a" * 200_001}, "at most 200,000"),
        ({**WHOLE, "source.txt": "好" * 200_000}, "at most 500,000"),
        ({**WHOLE, **{f"measures/{n}.yaml": "" for n in range(300)}}, "at most 300"),
        ({**WHOLE, **{f"measures/{n}.yaml": "a" * 199_000 for n in range(16)}}, "3,000,000"),
        ({"pack.yaml": ""}, "source.txt is missing"),
    ],
)
def test_what_is_too_large_or_not_whole_is_refused(files, words):
    with pytest.raises(RefusedError, match=words):
        refuse_bad(files)


def test_text_is_kept_with_plain_line_ends_and_only_what_a_database_takes():
    assert plain("a\r\nb\rc\0\ud800") == "a\nb\nc?"


def test_the_file_of_a_measure_is_found_though_its_yaml_is_broken():
    files = {
        "measures/09.yaml": "title: {\nmeasure: 9\n",
        "measures/a.yaml": 'measure: "S1"  # safeguard',
        "pack.yaml": "",
    }

    assert measure_files(files) == {"9": "measures/09.yaml", "S1": "measures/a.yaml"}
    assert [file_for(key) for key in ("9", "S1", "12")] == [
        "measures/09.yaml",
        "measures/s1.yaml",
        "measures/12.yaml",
    ]


@pytest.mark.parametrize("pack", ["example-city", "weihai-2023-5"])
def test_a_pack_comes_out_of_its_zip_whole_and_passes_the_check(pack, tmp_path, capsys):
    files = shipped_files(pack_folder(pack))

    archive = zipped(files, pack)

    assert archive == zipped(dict(reversed(files.items())), pack)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert all(name.startswith(f"{pack}/") for name in opened.namelist())
        opened.extractall(tmp_path)
    assert shipped_files(tmp_path / pack) == files
    assert main(["pack", "check", str(tmp_path / pack)]) == 0
    assert "通过" in capsys.readouterr().out
