"""Documentation that is wrong is a fault like any other."""

import itertools
import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.unit.docs.examples import Examples
from tests.unit.docs.pages import PAGES, ROOT, read

EVERY_PAGE = pytest.mark.parametrize(
    "path", PAGES, ids=[path.relative_to(ROOT).as_posix() for path in PAGES]
)
_LOCAL = re.compile(r"/(?:work|root|home|Users|tmp|mnt)/|[A-Z]:\\")


@EVERY_PAGE
def test_the_examples_of_a_page_do_what_it_says(path: Path, tmp_path: Path) -> None:
    page = read(path)
    examples = Examples(page, tmp_path)
    for block in page.blocks:
        examples.play(block)


@EVERY_PAGE
def test_each_link_leads_to_a_file_and_a_heading_that_are_there(path: Path) -> None:
    page = read(path)
    for link in page.links():
        if link.startswith(("https://", "http://")):
            continue
        target, _, anchor = unquote(link).partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), f"{page.name}: {link}"
        assert file.is_relative_to(ROOT), f"{page.name}: {link}"
        if anchor:
            assert anchor in read(file).anchors(), f"{page.name}: {link}"


@EVERY_PAGE
def test_no_page_names_a_place_on_somebodys_machine(path: Path) -> None:
    found = _LOCAL.search(path.read_text(encoding="utf-8"))
    assert found is None, f"{path.name}: {found}"


@EVERY_PAGE
def test_a_page_has_one_title_and_its_headings_go_down_step_by_step(path: Path) -> None:
    levels = [
        len(line) - len(line.lstrip("#"))
        for line in read(path).prose
        if re.fullmatch(r"#{1,6} .+", line)
    ]
    assert levels.count(1) == 1
    assert levels[0] == 1
    for before, after in itertools.pairwise(levels):
        assert after <= before + 1


def test_the_newest_entry_of_the_changelog_is_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.search(
        r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert newest is not None
    assert newest[1] == project["version"]


def test_the_readme_shows_a_flow_and_a_conversation_with_it() -> None:
    shown = [block.language for block in read(ROOT / "README.md").blocks]
    assert shown[:2] == ["yaml", "chat"]


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path.suffix != ".md":
            continue
        reached.add(path)
        for link in read(path).links():
            target = link.partition("#")[0]
            if target and not target.startswith("http"):
                found = (path.parent / target).resolve()
                waiting += [*found.glob("*.md")] if found.is_dir() else [found]
    assert not set(PAGES) - reached
