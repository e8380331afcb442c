"""Transports are found by what packages register, and a broken one is named."""

import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from engine.cli import transports
from engine.cli.transports import GROUP, PERSON, configured, console
from engine.errors import StatechatError
from transports.console import Console


def refuse(settings: Mapping[str, str]) -> None:
    raise StatechatError("pigeon:key", "PIGEON_KEY is not a ring number.")


def fail(settings: Mapping[str, str]) -> None:
    raise RuntimeError("no loft")


def absent(settings: Mapping[str, str]) -> None:
    return None


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    module = ModuleType("pigeons")
    vars(module).update(refuse=refuse, fail=fail, absent=absent)
    monkeypatch.setitem(sys.modules, "pigeons", module)
    points: list[EntryPoint] = []
    monkeypatch.setattr(
        transports,
        "entry_points",
        lambda *, group, name=None: [p for p in points if name in {None, p.name}],
    )
    return points


def test_the_console_is_registered_and_there_only_when_asked_for() -> None:
    assert not [one for one in configured({}) if one.name == "console"]
    made = configured({PERSON: "ann"})
    assert [one.name for one in made] == ["console"]


def test_the_console_has_the_person_who_was_named() -> None:
    made = console({}, "ann")
    assert isinstance(made, Console)
    assert made.person == "ann"


def test_a_transport_whose_keys_are_not_set_is_left_out(registered: list[EntryPoint]) -> None:
    registered.append(EntryPoint("pigeon", "pigeons:absent", GROUP))
    assert configured({}) == []


def test_a_malformed_key_is_told_as_the_transport_tells_it(registered: list[EntryPoint]) -> None:
    registered.append(EntryPoint("pigeon", "pigeons:refuse", GROUP))
    with pytest.raises(StatechatError, match="ring number"):
        configured({})


@pytest.mark.parametrize("value", ["pigeons:fail", "pigeons:missing", "no_such_module:factory"])
def test_a_broken_transport_is_named_and_takes_no_other_down(
    registered: list[EntryPoint], value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    registered.append(EntryPoint("pigeon", value, GROUP))
    registered.append(EntryPoint("console", "transports.console:factory", GROUP))
    assert [one.name for one in configured({PERSON: "ann"})] == ["console"]
    told = capsys.readouterr().err
    assert "the transport `pigeon`" in told
    assert "[run:transport]" in told


def test_an_installation_without_a_console_says_so(registered: list[EntryPoint]) -> None:
    with pytest.raises(StatechatError) as caught:
        console({}, "ann")
    assert caught.value.code == "run:no_console"
