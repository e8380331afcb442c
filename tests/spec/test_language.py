"""Every statement of the language's definition is named beside the tests that show it.

The table is `language.yaml`; what it says beyond the definition names the page that says so. The
definition lies beside the checkout, so it is compared with the table only where it is there; that
the tests exist is looked at everywhere.
"""

import ast
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.spec.sentences import statements

TESTS = Path(__file__).parents[1]
DEFINITION = TESTS.parents[1] / "shared" / "design" / "language.md"
TABLE: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "language.yaml").read_text(encoding="utf-8")
)
ROWS = [(section["section"], row) for section in TABLE for row in section["statements"]]


@cache
def functions_in(file: str) -> set[str]:
    """The names of a file's test functions, whatever class they stand in."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


@pytest.mark.skipif(not DEFINITION.exists(), reason="the definition is not beside this checkout")
def test_the_table_has_every_statement_of_the_definition_in_its_order() -> None:
    said = statements(DEFINITION.read_text(encoding="utf-8"))
    assert [(one.section, " ".join(one.text.split())) for one in said] == [
        (section["section"], " ".join(row["says"].split()))
        for section in TABLE
        if "page" not in section
        for row in section["statements"]
    ]


ADDED = [(section["page"], row) for section in TABLE if "page" in section
         for row in section["statements"]]  # fmt: skip


@pytest.mark.parametrize(("page", "row"), ADDED, ids=[row["says"][:60] for _, row in ADDED])
def test_what_was_added_to_the_language_stands_on_its_page(page: str, row: dict[str, Any]) -> None:
    written = " ".join((TESTS.parent / page).read_text(encoding="utf-8").split())
    assert " ".join(row["says"].split()) in written


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=[row["says"][:60] for _, row in ROWS])
def test_a_statement_of_the_language_is_shown_by_tests_that_there_are(row: dict[str, Any]) -> None:
    assert row["shown_by"]
    for shown in row["shown_by"]:
        file, _, name = shown.partition("::")
        assert name in functions_in(file), shown
