"""The reference is complete: whatever has a name in the program has its place there."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.cli.doctor import KEYS
from engine.core.inputs import TYPES
from engine.diagnostics import CODES
from engine.errors import DOCS, StatechatError
from engine.runtime.prometheus import PrometheusMeter
from schemas import schema
from tests.unit.docs.examples import Examples
from tests.unit.docs.pages import ROOT, read
from tools import reference

REFERENCE = ROOT / "docs" / "reference"
DIAGNOSTICS = read(REFERENCE / "diagnostics.md")
RULES = read(REFERENCE / "rules.md")
COMPILED = {code: name for code, name in CODES.items() if code < "SC100"}
"""What the compiler reports; the rest are rules, whose page is made from them."""
NO_EXAMPLE = {"SC005", "SC100"}
"""A file that is no UTF-8 cannot be shown in one that is; a comment that silences, in one line."""
_CODE = re.compile(r"[a-z]+:[a-z][a-z_-]*\Z")


def unused() -> set[str]:
    """Codes that are kept for later: nothing reports them."""
    sources = [path for path in (ROOT / "engine").rglob("*.py") if path.name != "diagnostics.py"]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    return {code for code in CODES if code not in text}


def trees() -> Iterator[ast.Module]:
    for folder in ("engine", "transports"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def constants() -> dict[str, str]:
    """Texts that a module gives a name, as far as they look like codes."""
    found: dict[str, str] = {}
    for tree in trees():
        for node in tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name) and (code := text_of(node.value)):
                        found[target.id] = code
    return found


def text_of(node: ast.AST) -> str | None:
    """A literal that looks like a code."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.match(node.value):
        return node.value
    return None


def raised(error: str) -> set[str]:
    """Every code that an exception of this name, or one below it, is made with."""
    named = constants()
    found: set[str] = set()
    for tree in trees():
        for scope in ast.walk(tree):
            if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
                found |= _made_in(scope, scope, error, named)
            elif isinstance(scope, ast.ClassDef) and error in map(ast.unparse, scope.bases):
                found |= _made_in(scope, scope, "super().__init__", named)
    return found


def _made_in(scope: ast.AST, within: ast.AST, error: str, named: dict[str, str]) -> set[str]:
    found: set[str] = set()
    for call in ast.walk(scope):
        if not isinstance(call, ast.Call) or ast.unparse(call.func) != error or not call.args:
            continue
        first = call.args[0]
        code = text_of(first)
        if code:
            found.add(code)
        elif isinstance(first, ast.Name) and first.id in named:
            found.add(named[first.id])
        elif isinstance(first, ast.Name):  # chosen in the function
            found |= _assigned(within, first.id)
    return found


def _assigned(within: ast.AST, name: str) -> set[str]:
    """The codes that a name is given in a function, alone or beside others."""
    found: set[str | None] = set()
    for node in ast.walk(within):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                found.add(text_of(node.value))
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=True)
                found |= {text_of(value) for one, value in pairs if ast.unparse(one) == name}
    return {code for code in found if code}


def test_the_search_for_codes_finds_those_that_are_written_in_different_ways() -> None:
    found = raised("StatechatError")
    assert {"bot:missing", "flow:invalid", "store:contended", "store:full"} <= found


@pytest.mark.parametrize("code", sorted(raised("StatechatError")))
def test_the_page_of_an_error_has_a_section_on_it(code: str) -> None:
    page = ROOT / DOCS
    _, _, anchor = StatechatError(code, "").page.partition("#")
    text = page.read_text(encoding="utf-8")
    assert f'<a id="{anchor}"></a>\n\n### {code}\n' in text
    section = read(page).sections()[code]
    assert len(section.split()) >= 8, "a section says why it happens, and what to do"


def test_no_section_is_on_an_error_that_nothing_raises() -> None:
    written = {heading for heading in read(ROOT / DOCS).sections() if ":" in heading}
    assert written == raised("StatechatError")


def test_every_fault_of_a_flow_stands_on_the_page_of_errors() -> None:
    text = (ROOT / DOCS).read_text(encoding="utf-8")
    for code in raised("Fault") | raised("Failure"):
        assert f"| `{code}` |" in text


@pytest.mark.parametrize("code", sorted(CODES.keys() - unused() - NO_EXAMPLE))
def test_the_section_of_a_diagnostic_shows_a_bot_that_has_it(code: str, tmp_path: Path) -> None:
    page = DIAGNOSTICS if code in COMPILED else RULES
    examples = Examples(page, tmp_path)
    for block in page.blocks:
        if block.section == code:
            examples.play(block)
    assert examples.codes == {code}


def test_each_diagnostic_has_a_section_under_its_name() -> None:
    sections = DIAGNOSTICS.sections("## ")
    assert list(sections) == list(COMPILED)
    for code, name in COMPILED.items():
        assert f"**{name}**" in sections[code]


def test_the_section_of_a_code_that_nothing_reports_says_so() -> None:
    sections = DIAGNOSTICS.sections("## ")
    for code, section in sections.items():
        assert ("No finding has this code yet." in section) is (code in unused())


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_page_that_is_made_from_the_code_is_up_to_date(name: str) -> None:
    cure = "run: .venv/bin/python -m tools.reference"
    assert (REFERENCE / name).read_text(encoding="utf-8") == reference.PAGES[name](), cure


def words_for_later(part: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """What the schemas call a part of the language that is not supported yet."""
    if isinstance(part, list):
        for item in part:
            yield from words_for_later(item)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key in ("x-later", "x-later-values"):
                yield from value
            else:
                yield from words_for_later(value)


def test_the_language_page_lists_all_that_is_not_supported_yet() -> None:
    section = read(REFERENCE / "language.md").sections("## ")["Not there yet"]
    later = {word for name in ("flow", "bot", "test") for word in words_for_later(schema(name))}
    missing = [word for word in later if f"`{word}" not in section]
    assert not missing


def test_the_language_page_has_every_key_and_type_that_is_supported() -> None:
    text = (REFERENCE / "language.md").read_text(encoding="utf-8")
    flow, bot = schema("flow"), schema("bot")
    parts = [flow, bot, bot["properties"]["texts"]]
    parts += [flow["$defs"][name] for name in ("state", "transition", "choice", "retry", "invoke")]
    parts += [flow["$defs"]["variables"]["additionalProperties"]]
    keys = {key for part in parts for key in part["properties"]}
    assert not [key for key in keys | set(TYPES) if f"`{key}`" not in text]


def test_the_page_of_variables_has_those_that_the_program_reads() -> None:
    text = (REFERENCE / "environment.md").read_text(encoding="utf-8")
    for name in (*KEYS, "NO_COLOR", "LC_ALL", "LC_MESSAGES", "LANG", "TERM"):
        assert f"`{name}`" in text


def test_the_page_of_the_stored_form_has_every_field_of_its_schema() -> None:
    text = (REFERENCE / "stored-form.md").read_text(encoding="utf-8")
    session = json.loads((ROOT / "schemas" / "session.v1.json").read_text(encoding="utf-8"))
    parts = [session, *(session["$defs"][name] for name in ("chat", "frame", "timer", "item"))]
    fields = {field for part in parts for field in part["properties"]}
    assert not [field for field in fields if f"`{field}`" not in text]


def test_every_metric_is_on_its_page_and_every_one_there_is_counted() -> None:
    registry = PrometheusMeter("demo").registry
    counted = {
        f"{metric.name}_total" if metric.type == "counter" else metric.name
        for metric in registry.collect()
        if metric.name.startswith("statechat_")
    }
    told = set(
        re.findall(r"^\| `(statechat_\w+)` ", (REFERENCE / "http.md").read_text(), re.MULTILINE)
    )
    assert told == counted
