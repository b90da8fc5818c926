"""The documents hold: links lead somewhere, commands and samples run, nothing of one machine stands in them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kechuang.cli.main import build_parser, main
from kechuang.policy import load_pack

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
HEADING = re.compile(r"^#{1,6} (?P<title>.+)$", re.MULTILINE)
LINK = re.compile(r"\[[^\]\n]*\]\((?P<to>[^)\s]+)\)")
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^    |`)(kechuang [^`\n]*)", re.MULTILINE)


def _named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _anchors(page: Path) -> set[str]:
    """The anchors of a page: those of its headings, made as code hosts make them, and those it names itself."""
    text = FENCE.sub("", _text(page))
    titles = (re.sub(r"<[^>]+>|`", "", found["title"]) for found in HEADING.finditer(text))
    slugs = {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))


def _commands() -> list[tuple[str, str]]:
    """Each command of the pages, with its page: lines of code blocks, and code within a sentence."""
    return sorted(
        {(_named(page), found[1].strip()) for page in PAGES for found in COMMAND.finditer(_text(page))}
    )


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_link_leads_to_a_file_or_a_heading(page):
    for found in LINK.finditer(FENCE.sub("", _text(page))):
        path, _, anchor = found["to"].partition("#")
        if path.startswith(("http://", "https://")):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{_named(page)}: {found['to']} is not there"
        assert not anchor or anchor in _anchors(target), f"{_named(page)}: no heading for {found['to']}"


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_a_page_names_no_machine_and_no_registry(page):
    folders = [f"/{name}/" for name in ("work", "root", "tmp", "home")]
    hosts = [".".join(parts) for parts in (("pypi", "org"), ("registry", "npmjs"), ("files", "pythonhosted"))]
    for word in (*folders, *hosts):
        assert word not in _text(page)


def test_the_documents_name_commands():
    assert len(_commands()) > 20


@pytest.mark.parametrize(("page", "command"), _commands())
def test_every_command_is_one_that_the_program_takes(page, command):
    arguments = shlex.split(command)[1:]
    if arguments in (["assess"], ["explain"], ["population"]):
        arguments.append("--help")  # the command is only named here

    if "--help" in arguments:
        with pytest.raises(SystemExit) as left:
            build_parser(chinese=True).parse_args(arguments)
        assert left.value.code == 0
        return

    found = build_parser(chinese=True).parse_args(arguments)  # leaves with an error message otherwise

    assert found.module.startswith("kechuang.cli."), page


@pytest.mark.parametrize("page", ["README.md", "README.en.md", "docs/method.md"])
def test_the_samples_run(page, capsys):
    samples = [found["text"] for found in FENCE.finditer(_text(ROOT / page)) if found["language"] == "python"]

    for sample in samples:
        exec(compile(sample, page, "exec"), {})

    assert samples
    assert "Traceback" not in capsys.readouterr().out


def test_the_first_commands_of_the_readme_do_what_it_says(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    case = "docs/examples/enterprise.json"

    assessed = main(["assess", case, "--on", "2024-06-01", "--language", "zh"])
    shown = capsys.readouterr().out
    explained = main(["explain", case, "--on", "2024-06-01", "--benefit", "9.rd_growth", "--language", "zh"])
    reasons = capsys.readouterr().out

    assert (assessed, explained) == (0, 0)
    assert "9.rd_growth" in shown
    assert "150,000.00" in shown
    assert "增量超过 100万元" in reasons
    assert "✓" in reasons


def test_the_counts_in_the_readme_are_those_of_the_pack():
    pack = load_pack("weihai-2023-5")
    measures = sum(1 for key in pack.measures if key.isdigit())
    benefits = len(list(pack.benefits))

    assert f"{measures} 项措施、{len(pack.measures) - measures} 项保障措施，共 {benefits} 个事项" in _text(
        ROOT / "README.md"
    )
    assert (
        f"{measures} measures and {len(pack.measures) - measures} safeguards with {benefits} benefits"
        in _text(ROOT / "README.en.md")
    )
    assert f"{len(pack.readings)} readings" in _text(ROOT / "CHANGELOG.md")
    assert len(pack.readings) == 16  # "sixteen phrases" in docs/data.md


def test_both_readmes_show_the_same_program():
    samples = [
        [re.sub(r"  # .*|\"(zh|en)\"", "", found["text"]) for found in FENCE.finditer(_text(ROOT / name))]
        for name in ("README.md", "README.en.md")
    ]

    assert samples[0] == samples[1]


def test_the_architecture_names_every_room_and_every_module_of_the_engine():
    page = _text(ROOT / "docs" / "architecture.md")
    home = ROOT / "src" / "kechuang"
    rooms = {path.name for path in home.iterdir() if path.is_dir() and not path.name.startswith("__")}
    modules = {path.stem for path in (home / "policy").rglob("*.py")} - {"__init__"}

    assert {room for room in rooms if f"`{room}/`" not in page} == set()
    assert {module for module in modules if f"`{module}`" not in page} == set()
