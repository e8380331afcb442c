"""A bot's `actions.py`: what it registers, what a call may pass, how its faults are told."""

import logging
import sys
from pathlib import Path
from textwrap import dedent
from typing import cast

import pytest

from engine.actions import ActionCall, action
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.actions import Action, Actions, ArgumentsError, load_actions
from engine.runtime.records.database import Database, Holder
from engine.stores.records.memory import MemoryRecords

HEAD = "from engine.actions import ActionCall, ActionError, action\n"


def call() -> ActionCall:
    owner, log = "demo/fake:ann", logging.getLogger("test")
    db = Database(MemoryRecords(), {}, lambda: 0).bound(Holder.of(owner, "c"), "key")
    return ActionCall("key", 0, 1, log, owner, "c", "en", db)


def load(folder: Path, source: str) -> Actions:
    path = folder / "actions.py"
    path.write_text(HEAD + dedent(source))
    return load_actions(path)


def fault(folder: Path, source: str) -> StatechatError:
    with pytest.raises(StatechatError) as error:
        load(folder, source)
    return error.value


def test_a_bot_without_actions_registers_none(tmp_path: Path) -> None:
    assert load_actions(tmp_path / "actions.py") == Actions()


async def test_actions_are_collected_by_their_names(tmp_path: Path) -> None:
    actions = load(
        tmp_path,
        """
        from __future__ import annotations
        @action("users.register")
        async def register(call: ActionCall, name: str, tags: list[str] | None = None) -> str:
            return f"{name} {tags}"
        alias = register
        """.replace("from __future__ import annotations", ""),
    )
    assert set(actions.actions) == {"users.register"}
    action = cast("Action", actions.get("users.register"))
    assert await action.begin(call(), {"name": "Ann", "tags": ["x"]}) == "Ann ['x']"
    assert actions.get("nothing") is None


@pytest.mark.parametrize(
    ("hint", "value", "fits"),
    [
        ("str", "x", True),
        ("str", 1, False),
        ("str", None, False),
        ("int", 1, True),
        ("int", True, False),
        ("int", 1.0, False),
        ("float", 1, True),
        ("float", True, False),
        ("bool", False, True),
        ("bool", 0, False),
        ("None", None, True),
        ("dict", {"a": 1}, True),
        ("dict", [], False),
        ("list", [1], True),
        ("list", "x", False),
        ("list[int]", [1, 2], True),
        ("list[int]", [1, "x"], False),
        ("dict[str, int | None]", {"a": None}, True),
        ("dict[str, int]", {"a": "x"}, False),
        ("str | None", None, True),
        ("str | int", 1.5, False),
        ("typing.Optional[str]", None, True),
        ("typing.Literal['a', 1]", "a", True),
        ("typing.Literal['a', 1]", True, False),
        ("typing.Any", {"x": []}, True),
        ("'str'", 1, False),
    ],
)
async def test_an_argument_has_to_fit_its_type_hint(
    tmp_path: Path, hint: str, value: Value, *, fits: bool
) -> None:
    source = f"""
    import typing
    @action("it")
    async def it(call: ActionCall, x: {hint}):
        return x
    """
    action = cast("Action", load(tmp_path, source).get("it"))
    if fits:
        assert await action.begin(call(), {"x": value}) == value
    else:
        with pytest.raises(ArgumentsError, match="`x` is a"):
            await action.begin(call(), {"x": value})


async def test_arguments_that_are_missing_or_unknown_are_named(tmp_path: Path) -> None:
    source = """
    @action("it")
    async def it(call, a, *, b: int = 1):
        return a
    @action("open")
    async def open_(call, **others):
        return others
    """
    actions = load(tmp_path, source)
    action = cast("Action", actions.get("it"))
    with pytest.raises(ArgumentsError, match="`a` is missing"):
        await action.begin(call(), {"b": 2})
    with pytest.raises(ArgumentsError, match="`c` is not an argument"):
        await action.begin(call(), {"a": 1, "c": 2})
    assert await action.begin(call(), {"a": "any"}) == "any"
    assert await cast("Action", actions.get("open")).begin(call(), {"z": 1}) == {"z": 1}


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("import nothing_like_this", 2, "ModuleNotFoundError"),
        ("x = 1\ny = x / 0", 3, "ZeroDivisionError"),
        ("def f():\n    raise SystemExit(3)\nf()", 3, "SystemExit"),
        ("x = (", 2, "SyntaxError"),
    ],
)
def test_an_import_that_fails_names_the_line(
    tmp_path: Path, source: str, line: int, says: str
) -> None:
    error = fault(tmp_path, source)
    assert error.code == "actions:import"
    assert says in error.message
    assert error.place is not None
    assert (error.place.file, error.place.line) == (str(tmp_path / "actions.py"), line)
    assert error.cure
    assert not [name for name in sys.modules if name.startswith("statechat_bot_") and says in name]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("@action('a')\ndef f(call): ...", "actions:signature"),
        ("@action('a')\nasync def f(): ...", "actions:signature"),
        ("@action('a')\nasync def f(call, x: set): ...", "actions:signature"),
        ("@action('a')\nasync def f(call, x: 'Nowhere'): ...", "actions:signature"),
        ("@action('a')\nasync def f(call, x, /): ...", "actions:signature"),
        (
            "@action('a')\nasync def f(call): ...\n@action('a')\nasync def g(call): ...",
            "actions:duplicate",
        ),
    ],
)
def test_a_registration_that_cannot_work_is_refused_at_the_start(
    tmp_path: Path, source: str, code: str
) -> None:
    error = fault(tmp_path, source)
    assert error.code == code
    assert error.place is not None
    assert error.place.file == str(tmp_path / "actions.py")


def test_two_bots_do_not_share_a_module(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    source = "@action('it')\nasync def it(call): return {name!r}"
    one = load(tmp_path / "one", source.format(name="one")).get("it")
    two = load(tmp_path / "two", source.format(name="two")).get("it")
    assert one is not None
    assert two is not None
    assert one.function.__module__ != two.function.__module__


def test_actions_of_a_bot_count_before_those_below_them(tmp_path: Path) -> None:
    base = load(tmp_path, "@action('it')\nasync def it(call): ...")
    (tmp_path / "sub").mkdir()
    own = load(tmp_path / "sub", "@action('it')\nasync def it(call, x): ...")
    assert base.under(own).get("it") == own.get("it")
    assert base.under(Actions()).get("it") == base.get("it")


async def test_a_check_is_registered_like_an_action_and_gets_the_answer(tmp_path: Path) -> None:
    actions = load(
        tmp_path,
        """
        from engine import check

        @check("even")
        async def even(call: ActionCall, value: int, least: int = 0) -> bool | str:
            return value % 2 == 0 or f"{value} is odd."
        """,
    )
    even = actions.get("even")
    assert even is not None
    assert await even.begin(call(), {"value": 4}) is True
    assert await even.begin(call(), {"value": 3, "least": 1}) == "3 is odd."
    with pytest.raises(ArgumentsError):
        even.begin(call(), {"value": "four"})


def test_a_check_that_is_no_coroutine_function_is_refused(tmp_path: Path) -> None:
    source = """
    from engine import check

    @check("even")
    def even(call, value): ...
    """
    assert fault(tmp_path, source).code == "actions:signature"


def test_an_action_declares_only_what_it_takes_of_a_person() -> None:
    with pytest.raises(StatechatError) as caught:

        @action("letters.send", pii=["adress"])
        async def send(call: ActionCall, address: str) -> None: ...

    assert caught.value.code == "actions:signature"
    assert "`adress`" in caught.value.message
