"""Which files make up a bot, and what a single flow file brings."""

from pathlib import Path

import pytest

from engine.compiler.bot import InvalidBot, load
from engine.compiler.files import find
from engine.errors import StatechatError
from tests.unit.compiler.test_names import findings, shown
from tests.unit.core.flow_fixture import completed, write, write_bot

FLOW = "states: {s: {type: final}}"


def test_a_folder_holds_flows_translations_tests_and_actions(tmp_path: Path) -> None:
    texts = {"main.de.yaml": "{}", "main.pt-br.yaml": "{}", "main.test.yaml": "[]", "notes.txt": ""}
    write_bot(tmp_path, FLOW, bot="bot: x", actions=["do"], texts=texts, other=FLOW)
    write(tmp_path, "third.yml", completed("third", FLOW))
    files = find(tmp_path)
    assert sorted(files.flows) == ["main", "other", "third"]
    assert sorted(files.translations["main"]) == ["de", "pt-br"]
    assert [path.name for path in files.tests] == ["main.test.yaml"]
    assert files.actions == tmp_path / "actions.py"
    assert files.bot == tmp_path / "bot.yaml"
    assert files.odd == ()


def test_a_single_flow_file_brings_what_it_calls_and_nothing_else(tmp_path: Path) -> None:
    calls = "states: {s: {call: child, on: {s: end}}, end: {type: final}}"
    child = "states: {s: {call: grandchild, on: {s: s}}}"
    broken = "states: ["
    write_bot(
        tmp_path, calls, child=child.replace("on: {s: s}}", "on: {s: t}}, t: {type: final}")
        .replace("states: {s", "initial: s\nstates: {s"), grandchild=FLOW, broken=broken,
    )  # fmt: skip
    write(tmp_path, "child.yaml", completed("child", """
    states: {t: {call: grandchild, on: {s: s}}, s: {type: final}}
    """))  # fmt: skip
    bot = load(tmp_path / "main.yaml")
    assert sorted(bot.program.flows) == ["child", "grandchild", "main"]
    assert bot.name == "main"


def test_a_flow_that_is_called_is_found_by_its_name_if_its_file_is_called_otherwise(
    tmp_path: Path,
) -> None:
    calls = "states: {s: {call: child, on: {s: end}}, end: {type: final}}"
    write_bot(tmp_path, calls, scrap="[]")
    write(tmp_path, "the_child.yaml", "flow: child\n" + completed("x", FLOW).partition("\n")[2])
    bot = load(tmp_path / "main.yaml")
    assert sorted(bot.program.flows) == ["child", "main"]


def test_a_single_flow_file_brings_its_own_tests_only(tmp_path: Path) -> None:
    tests = {"main.test.yaml": "[]", "other.test.yaml": "[]"}
    write_bot(tmp_path, FLOW, texts=tests, other=FLOW)
    assert [path.name for path in load(tmp_path / "main.yaml").tests] == ["main.test.yaml"]
    assert len(load(tmp_path).tests) == 2


@pytest.mark.parametrize(
    ("name", "code", "cure"),
    [
        ("mian.yaml", "bot:missing", "Did you mean `main.yaml`?"),
        ("nothing/at/all.yaml", "bot:missing", "Name a bot's folder."),
        ("notes.txt", "bot:missing", "Name a folder or a .yaml file."),
        ("empty", "bot:empty", "A bot is a folder with one .yaml file a flow"),
        ("mayn.de.yaml", "bot:missing", "Did you mean `main`?"),
    ],
)
def test_what_is_no_bot_is_refused_with_a_cure(
    tmp_path: Path, name: str, code: str, cure: str
) -> None:
    write_bot(tmp_path, FLOW, texts={"notes.txt": "", "mayn.de.yaml": "{}"})
    (tmp_path / "empty").mkdir()
    with pytest.raises(StatechatError) as caught:
        find(tmp_path / name)
    assert caught.value.code == code
    assert caught.value.cure is not None
    assert caught.value.cure.startswith(cure)


def test_a_translation_stands_for_its_flow(tmp_path: Path) -> None:
    write_bot(tmp_path, FLOW, texts={"main.de.yaml": "{}"})
    assert find(tmp_path / "main.de.yaml").only == "main"


def test_a_file_that_cannot_be_read_is_an_error_with_its_cure(tmp_path: Path) -> None:
    write_bot(tmp_path, FLOW)
    (tmp_path / "bot.yaml").mkdir()
    with pytest.raises(StatechatError, match="cannot be read") as caught:
        load(tmp_path)
    assert caught.value.code == "bot:unreadable"


def test_a_flow_that_cannot_be_read_while_looking_for_a_name_is_passed_over(
    tmp_path: Path,
) -> None:
    calls = "states: {s: {call: child, on: {s: end}}, end: {type: final}}"
    write_bot(tmp_path, calls)
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InvalidBot) as caught:
        load(tmp_path / "main.yaml")
    assert [one.code for one in caught.value.diagnostics] == ["SC021"]


def test_a_file_whose_name_says_nothing_known_is_a_warning(tmp_path: Path) -> None:
    found = findings(tmp_path, FLOW, texts={"main.tests.yaml": "[]"})
    assert [(one.code, one.severity) for one in found] == [("SC040", "warning")]


def test_a_translation_of_no_flow_is_found(tmp_path: Path) -> None:
    found = findings(tmp_path, FLOW, texts={"mian.de.yaml": "{}"})
    assert shown(found) == ["mian.de.yaml:1:1 SC025 there is no flow file `mian.yaml`"]
    assert found[0].cure == "Did you mean `main`?"
