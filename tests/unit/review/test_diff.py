"""Two versions of a bot side by side: what is new, gone or renamed, and who is led elsewhere."""

import json
import subprocess
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.review.changes import Changes, compare
from engine.review.pages import as_markdown, as_text
from engine.review.snapshot import snapshot

FLOW = """\
flow: pizza
version: 1
languages: [en, de]
triggers: [/start]
data: {size: {type: int, min: 1, max: 9}, name: {type: text}}
on: {/stop: off}
initial: size
states:
  size:
    ask: How large?
    next: name
  name:
    ask: Your name?
    next: done
  done: {type: final, say: "{size} for {name}."}
  off: {type: final, say: Bye.}
"""
GERMAN = """\
size.ask: Wie groß?
name.ask: Dein Name?
done.say: "{size} für {name}."
off.say: Tschüss.
"""
TESTS = """\
- test: an order
  chat: [{user: /start}, {bot: "How large?"}, {user: "3"}, {user: Ann}, {end: done}]
- test: a change of mind
  chat: [{user: /start}, {user: /stop}, {end: "off"}]
"""


def write(folder: Path, flow: str = FLOW, german: str = GERMAN, tests: str = TESTS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pizza.yaml").write_text(flow, encoding="utf-8")
    (folder / "pizza.de.yaml").write_text(german, encoding="utf-8")
    (folder / "pizza.test.yaml").write_text(tests, encoding="utf-8")
    return folder


def changed(folder: Path, flow: str = FLOW, german: str = GERMAN, tests: str = TESTS) -> Changes:
    """The changes from the flow above to this one."""
    old = write(folder / "old")
    return compare(snapshot(old), snapshot(write(folder / "new", flow, german, tests)))


def test_nothing_is_told_of_a_change_that_nobody_notices(tmp_path: Path) -> None:
    changes = changed(tmp_path, FLOW.replace("version: 1", "# a comment\nversion: 1"))
    assert not changes
    assert changes.played == 2
    assert "nothing has changed" in as_text("pizza", changes)


def test_states_and_transitions_that_are_new_or_gone_are_named(tmp_path: Path) -> None:
    flow = FLOW.replace("next: done", "next: sure").replace(
        "  done:", "  sure: {ask: Sure?, into: name, next: done}\n  done:"
    )
    german = GERMAN.replace("done.say", "sure.ask: Sicher?\ndone.say")
    (flow_change,) = changed(tmp_path, flow, german).flows
    assert flow_change.added == ("sure",)
    assert flow_change.removed == ()
    assert ("name", "answer", "sure") in flow_change.new_ways
    assert flow_change.lost_ways == (("name", "answer", "done"),)


def test_a_state_with_another_name_is_renamed_and_its_transitions_stay(tmp_path: Path) -> None:
    flow = FLOW.replace("next: name", "next: who").replace(
        "  name:\n    ask", "  who:\n    into: name\n    ask"
    )
    german = GERMAN.replace("name.ask", "who.ask")
    (flow_change,) = changed(tmp_path, flow, german).flows
    assert flow_change.renamed == {"name": "who"}
    assert (flow_change.added, flow_change.removed, flow_change.new_ways) == ((), (), ())


def test_texts_are_compared_in_each_language(tmp_path: Path) -> None:
    changes = changed(
        tmp_path, FLOW.replace("How large?", "Which size?"), GERMAN.replace("Tschüss.", "Bis bald.")
    )
    found = {one.key: (one.before, one.after) for one in changes.texts}
    assert found == {
        ("pizza", "en", "size.ask"): ("How large?", "Which size?"),
        ("pizza", "de", "off.say"): ("Tschüss.", "Bis bald."),
    }


def test_a_conversation_that_goes_elsewhere_is_shown_as_a_patch(tmp_path: Path) -> None:
    changes = changed(tmp_path, FLOW.replace("max: 9", "max: 2"))
    (turn,) = changes.turns
    assert turn.name == "pizza.test.yaml: an order"
    assert "-bot:  Your name?" in turn.lines
    assert any(line.startswith("+bot: ") and "2" in line for line in turn.lines)
    assert " user: 3" in turn.lines


def test_findings_that_are_new_are_told_apart_from_those_that_moved(tmp_path: Path) -> None:
    flow = FLOW.replace("states:", "\n\nstates:").replace("  off:", "  lost: {type: final}\n  off:")
    changes = changed(tmp_path, flow)
    assert [one.code for one in changes.new] == ["SC101"]
    assert changes.gone == ()
    assert [
        one.code for one in compare(*map(snapshot, (tmp_path / "new", tmp_path / "old"))).gone
    ] == ["SC101"]


def test_of_a_version_with_errors_only_these_are_told(tmp_path: Path) -> None:
    changes = changed(tmp_path, FLOW.replace("next: name", "next: nowhere"))
    assert changes.broken == ("new",)
    assert "SC020" in [one.code for one in changes.new]
    assert "the new version has errors" in as_text("pizza", changes)


def test_flows_that_are_new_or_gone_are_named(tmp_path: Path) -> None:
    write(tmp_path / "old")
    new = write(tmp_path / "new")
    more = FLOW.replace("pizza", "more").replace("/start", "/more").replace("[en, de]", "[en]")
    (new / "more.yaml").write_text(more, encoding="utf-8")
    there, back = snapshot(tmp_path / "old"), snapshot(new)
    assert compare(there, back).added == ("more",)
    assert compare(back, there).removed == ("more",)


def test_in_markdown_a_bots_words_are_no_markup(tmp_path: Path) -> None:
    flow = FLOW.replace("How large?", "'**Large** @all b'")
    page = as_markdown("pizza", changed(tmp_path, flow))
    assert "\\*\\*Large\\*\\*" in page
    assert "@all" not in page.partition("<details>")[0]
    assert "````diff" in page


def git(folder: Path, *words: str) -> None:
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.c", *words]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the bot as it was at the tag `before`, changed since."""
    root = tmp_path / "repository"
    write(root / "bots" / "pizza")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "A bot")
    git(root, "tag", "before")
    write(root / "bots" / "pizza", FLOW.replace("How large?", "Which size?"))
    monkeypatch.chdir(root)
    return root


def test_a_revision_is_compared_with_the_working_tree(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", "before", "--bot", "bots"]) == 0
    out = capsys.readouterr().out
    assert "+ pizza/size.ask: Which size?" in out
    assert out.startswith("bots/pizza\n")
    git(repository, "commit", "-q", "-am", "Other words")
    assert main(["diff", "before", "HEAD", "--bot", "bots/pizza", "--format", "json"]) == 0
    (data,) = json.loads(capsys.readouterr().out)
    assert data["version"] == 1
    assert data["texts"][0]["after"] == "Which size?"
    assert len(data["conversations"]["elsewhere"]) == 2


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nowhere", "--bot", "bots"], "git:revision"),
        (["before", "never", "--bot", "bots"], "git:revision"),
    ],
)
def test_what_is_no_version_is_refused(
    words: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", *words]) != 0
    assert f"[{code}]" in capsys.readouterr().err


def test_outside_of_a_repository_git_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(write(tmp_path / "alone"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert main(["diff", "main"]) != 0
    assert "[git:path]" in capsys.readouterr().err


def test_new_findings_make_the_exit_code_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = write(tmp_path / "old")
    new = write(tmp_path / "new", FLOW.replace("  off:", "  lost: {type: final}\n  off:"))
    assert main(["diff", str(old), str(new)]) == 1
    assert "SC101" in capsys.readouterr().out
    assert main(["diff", str(new), str(old)]) == 0
