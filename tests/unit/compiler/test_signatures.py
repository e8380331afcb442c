"""Actions are read from the syntax tree of actions.py: nothing of a bot is imported."""

from pathlib import Path

import pytest

from tests.unit.compiler.test_names import findings, shown
from tests.unit.core.flow_fixture import write

FLOW = """
data: {n: {type: int, default: 1}}
states:
  w: {invoke: {action: do, with: {a: n, b: 2}, done: end}}
  end: {type: final}
"""


def judged(folder: Path, source: str, flow: str = FLOW) -> list[str]:
    folder.mkdir(exist_ok=True)
    write(folder, "actions.py", source)
    return [line.partition(" ")[2] for line in shown(findings(folder, flow))]


@pytest.mark.parametrize(
    "signature",
    [
        "async def f(call, a, b)",
        "def f(call, a: int, b: int = 1, c: str | None = None)",
        "async def f(call, *, a, b, c=1)",
        "async def f(call, **given)",
        "async def f(call, a, /, b)",
    ],
)
def test_an_action_fits_if_it_takes_what_is_given_and_needs_no_more(
    tmp_path: Path, signature: str
) -> None:
    source = f'raise SystemExit("never run")\n@action("do")\n{signature}: ...\n'
    assert judged(tmp_path, source) == []


TYPED = """
data:
  {{t: {{type: text}}, n: {{type: int}}, d: {{type: date}}, o: {{type: object}}, x: {{type: any}}}}
states:
  w: {{invoke: {{action: do, with: {{a: {argument}}}, into: {into}, done: end}}}}
  end: {{type: final}}
"""


@pytest.mark.parametrize(
    ("hint", "argument", "message"),
    [
        ("int", "t", "`do` takes a whole number as `a`, not a text"),
        ("str", "n", "`do` takes a text as `a`, not a number"),
        ("str", "1", "`do` takes a text as `a`, not a number"),
        ("'str | None'", "true", "`do` takes a text or nothing as `a`, not true or false"),
        ("Literal['x']", "n", "`do` takes a text as `a`, not a number"),
        ("list[str]", "o", "`do` takes a list as `a`, not an object"),
        ("Optional[dict]", "d", "`do` takes an object or nothing as `a`, not a text"),
        ("float", "n", None),
        ("str", "d", None),
        ("int | str", "t", None),
        ("Whatever", "t", None),
        ("int", "x", None),
        ("int", "t + 1", None),
        ("Annotated[int, 'metres']", "n", None),
    ],
)
def test_an_argument_that_its_hint_never_allows_is_found(
    tmp_path: Path, hint: str, argument: str, message: str | None
) -> None:
    flow = TYPED.format(argument=argument, into="x")
    source = f'@action("do")\nasync def f(call, a: {hint}): ...'
    found = judged(tmp_path, source, flow)
    assert found == ([] if message is None else [f"SC042 {message}"])


@pytest.mark.parametrize(
    ("hint", "into", "message"),
    [
        ("str", "n", "`do` gives a text, and `n` holds a number"),
        ("None | list", "t", None),
        ("list[int]", "t", "`do` gives a list, and `t` holds a text"),
        ("str | int", "t", None),
        ("None", "t", None),
        ("str", "x", None),
        ("Any", "n", None),
    ],
)
def test_a_result_that_its_variable_never_holds_is_found(
    tmp_path: Path, hint: str, into: str, message: str | None
) -> None:
    flow = TYPED.format(argument="t", into=into)
    found = judged(tmp_path, f'@action("do")\nasync def f(call, a) -> {hint}: ...', flow)
    assert found == ([] if message is None else [f"SC042 {message}"])


def test_an_action_may_be_registered_through_the_module(tmp_path: Path) -> None:
    source = '@unknown\n@engine.action("do")\n@cache()\nasync def f(call, **given): ...\n'
    assert judged(tmp_path, source) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('@action("do")\nasync def f(call, a): ...', "SC042 `do` takes no `b`"),
        ('@action("do")\nasync def f(call, a, b, c): ...', "SC042 `do` needs `c`"),
        ('@action("du")\nasync def f(call): ...', "SC023 there is no action `do`"),
        ("@action(name)\nasync def f(call): ...", "SC023 there is no action `do`"),
        ("async def f(call): ...", "SC023 there is no action `do`"),
        ("def (", "SC044 Python does not read this: invalid syntax"),
        (
            "x = 1\x00",
            "SC044 Python does not read this: source code string cannot contain null bytes",
        ),
    ],
)
def test_what_does_not_fit_is_said(tmp_path: Path, source: str, message: str) -> None:
    assert judged(tmp_path, source) == [message]


def test_source_that_is_nested_too_deeply_is_a_finding(tmp_path: Path) -> None:
    (found,) = judged(tmp_path, f"x = {'-' * 200_000}1")
    assert found.startswith("SC044 Python does not read this")


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "actions.py").mkdir()
    (found,) = (line.partition(" ")[2] for line in shown(findings(tmp_path, FLOW)))
    assert found == "SC044 the file cannot be read: Is a directory"


def test_without_a_file_the_cure_says_where_an_action_is_written(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, FLOW)
    assert found.code == "SC023"
    assert found.cure == 'Write it in actions.py, under `@action("do")`.'


def test_the_same_name_may_be_registered_once(tmp_path: Path) -> None:
    source = '@action("do")\ndef f(call, a, b): ...\n@action("do")\ndef g(call, a, b): ...\n'
    (found,) = judged(tmp_path, source)
    assert found.startswith("SC027 the action `do` is registered at ")
