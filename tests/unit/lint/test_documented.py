"""No rule raises a false alarm on the bots that the documentation shows.

Some of them are no whole bots: a page may ask for what it does not use, or translate later.
"""

from collections import defaultdict
from pathlib import Path

import pytest

from engine.compiler.bot import compile_bot
from engine.compiler.reader import has_errors
from engine.lint.runner import lint
from tests.unit.docs.pages import PAGES, Page, read

UNFINISHED = ("SC202", "SC401")
"""Never read, not translated: what a page leaves out for shortness."""
MEANT = {
    ("docs/how-to/coming-from-xstate.md", "SC103"),  # a lamp is never done
    ("docs/how-to/send-media.md", "SC104"),  # pictures hang until /close
    ("docs/how-to/recipes.md", "SC104"),  # a list goes on until /done
}
UNREAL = frozenset({"fault", "fragment", "tests"})


def bots(page: Page, folder: Path) -> list[Path]:
    """The bots of a page, each in a folder."""
    files: dict[Path, str] = {}
    for block in page.blocks:
        if block.language not in ("yaml", "python") or block.words & UNREAL:
            continue
        name = block.options.get("file", f"line{block.line}/flow.yaml")
        if block.language == "yaml" or "file" in block.options:
            files[folder / name] = block.text
    found: dict[Path, list[Path]] = defaultdict(list)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        found[path.parent].append(path)
    return [one for one, inner in found.items() if any(path.suffix == ".yaml" for path in inner)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_documented_bot_has_no_finding(path: Path, tmp_path: Path) -> None:
    page = read(path)
    for folder in bots(page, tmp_path):
        compiled = compile_bot(folder)
        if has_errors(compiled.found):
            continue  # it needs more than the page shows, such as a plugin
        found = {(page.name, one.code) for one in lint(compiled, but=UNFINISHED)}
        assert found <= MEANT, folder
