"""A whole bot: its name, languages, commands, and what is kept of its sources."""

from pathlib import Path

import pytest

import flows
from engine.compiler.bot import load
from tests.unit.compiler.test_names import findings
from tests.unit.core.flow_fixture import write_bot

FLOW = "description: Say hello.\ntriggers: [/start, /hi, '~hello']\nstates: {s: {type: final}}"


SHIPPED = sorted(file.parent for file in Path(flows.__path__[0]).glob("*/bot.yaml"))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_bots_that_ship_have_no_faults(folder: Path) -> None:
    bot = load(folder)
    assert bot.warnings == ()
    assert bot.tests
    assert (bot.actions_file is not None) is (folder / "actions.py").exists()


def test_a_bot_is_called_as_bot_yaml_says_else_like_its_folder(tmp_path: Path) -> None:
    assert load(write_bot(tmp_path / "hello", FLOW)).name == "hello"
    assert load(write_bot(tmp_path / "hello", FLOW, bot="bot: greeter")).name == "greeter"


def test_it_speaks_what_bot_yaml_says_else_what_its_flows_do_else_english(tmp_path: Path) -> None:
    assert load(write_bot(tmp_path / "a", FLOW)).program.languages == ("en",)
    spoken = f"languages: [de, en]\n{FLOW}"
    assert load(write_bot(tmp_path / "b", spoken)).program.languages == ("de", "en")
    bot = load(write_bot(tmp_path / "c", spoken, bot="languages: [fr]"))
    assert bot.program.languages == ("fr",)


def test_its_triggers_its_commands_and_their_descriptions_are_known(tmp_path: Path) -> None:
    program = load(write_bot(tmp_path, FLOW)).program
    assert program.triggers == {"/start": "main", "/hi": "main"}
    assert program.commands == (("/start", "Say hello."), ("/hi", "Say hello."))
    assert [flow for _, flow in program.patterns] == ["main"]


def test_the_source_of_each_flow_is_kept_by_its_content_hash(tmp_path: Path) -> None:
    bot = load(write_bot(tmp_path, FLOW))
    flow = bot.program.flows["main"]
    assert bot.program.sources[flow.hash] == {
        "flow": "main",
        "files": {"main.yaml": (tmp_path / "main.yaml").read_text(encoding="utf-8")},
        "calls": {},
    }


def test_the_same_content_has_the_same_hash_wherever_it_lies(tmp_path: Path) -> None:
    one, two = (load(write_bot(tmp_path / name, FLOW)) for name in ("a", "b"))
    assert one.program.flows["main"].hash == two.program.flows["main"].hash


def test_a_flow_is_one_machine_of_its_atomic_states(tmp_path: Path) -> None:
    flow = """
    states:
      a: {initial: b, states: {b: {initial: c, states: {c: {on: {/x: d}}}}}}
      d: {type: final}
    """
    compiled = load(write_bot(tmp_path, flow.replace("/x: d", "/x: d"))).program.flows["main"]
    assert list(compiled.machine.states) == ["a.b.c", "d"]
    assert {path: node.kind for path, node in compiled.states.items()} == {
        "": "compound", "a": "compound", "a.b": "compound", "a.b.c": "atomic", "d": "final",
    }  # fmt: skip
    assert [node.path for node in compiled.states["a.b.c"].ancestry] == ["", "a", "a.b"]


def test_a_folder_without_a_name_is_a_bot_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bot(tmp_path / "here", FLOW)
    monkeypatch.chdir(tmp_path / "here")
    bot = load(Path())
    assert bot.name == "here"
    assert list(bot.files) == ["main.yaml"]


def test_a_time_zone_that_there_is_not_is_found(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, FLOW, bot="tz: Europe/Berlim")
    assert found.code == "SC010"
    assert findings(tmp_path, FLOW, bot="tz: Europe/Berlin") == []


def test_what_is_valid_everywhere_has_no_targets(tmp_path: Path) -> None:
    found = findings(tmp_path, FLOW, bot="on: {/x: {target: s}, '~(': {say: x}, odd: {say: y}}")
    assert sorted(one.code for one in found) == ["SC012", "SC028", "SC032"]
