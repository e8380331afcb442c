"""What a workflow of GitHub and a hook of pre-commit run, run here as they do."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.cli.main import main

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "tools" / "action"
GH = """\
#!/usr/bin/env bash
# Stands for GitHub's own command: notes what it is asked, and knows the comments of a file.
printf '%s\\n' "$*" >>"$GH_LOG"
case "$*" in
  *"--jq"*) cat "$GH_KNOWN" ;;
  *) for word in "$@"; do case "$word" in body=@*) cp "${word#body=@}" "$GH_BODY" ;; esac; done ;;
esac
"""


def run(folder: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the action does, with the `statechat` of this environment."""
    path = f"{folder.parent / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", str(SCRIPTS / script)], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": path, "OUT": str(folder.parent / "out"), **variables},
    )  # fmt: skip


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.c", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the bot that ships with the most tests, as a team has it."""
    root = tmp_path / "repository"
    shutil.copytree(ROOT / "flows" / "registration", root / "bots" / "registration")
    git(root.parent, "init", "-q", str(root))
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "A bot")
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "gh").write_text(GH)
    (tools / "gh").chmod(0o755)
    return root


def test_a_change_that_breaks_nothing_passes_and_is_told(repository: Path) -> None:
    base = git(repository, "rev-parse", "HEAD")
    flow = repository / "bots" / "registration" / "registration.yaml"
    flow.write_text(flow.read_text().replace("What is your name?", "Which name is yours?"))
    tests = flow.with_name("registration.test.yaml")
    tests.write_text(tests.read_text().replace("What is your name?", "Which name is yours?"))
    summary = repository.parent / "summary"
    done = run(
        repository, "review.sh", BOTS="bots", BASE=base, COVERAGE="50",
        GITHUB_STEP_SUMMARY=str(summary),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    out = repository.parent / "out"
    assert json.loads((out / "findings.sarif").read_text())["version"] == "2.1.0"
    assert "<testsuite" in (out / "tests.xml").read_text()
    assert "Which name is yours?" in (out / "diff.md").read_text()
    assert summary.read_text() == (out / "diff.md").read_text()


def test_a_change_that_breaks_a_flow_fails_and_says_where(repository: Path) -> None:
    base = git(repository, "rev-parse", "HEAD")
    flow = repository / "bots" / "registration" / "registration.yaml"
    flow.write_text(flow.read_text().replace("next: age\n", "next: aeg\n", 1))
    done = run(repository, "review.sh", BOTS="bots", BASE=base)
    assert done.returncode == 1
    assert "file=bots/registration/registration.yaml,line=" in done.stdout
    assert "the new version has errors" in (repository.parent / "out" / "diff.md").read_text()


def test_too_little_coverage_fails(repository: Path) -> None:
    (repository / "bots" / "registration" / "registration.test.yaml").write_text(
        "- test: a start\n  chat: [{user: /start}]\n"
    )
    assert run(repository, "review.sh", BOTS="bots").returncode == 0
    assert run(repository, "review.sh", BOTS="bots", COVERAGE="95").returncode == 1


@pytest.mark.parametrize("known", ["", "77\n78\n"])
def test_a_pull_request_has_one_comment_that_is_kept_up_to_date(
    repository: Path, known: str
) -> None:
    folder = repository.parent
    (folder / "out").mkdir()
    (folder / "out" / "diff.md").write_text("### `bots/registration`\n")
    (folder / "known").write_text(known)
    files = {f"GH_{name.upper()}": str(folder / name) for name in ("log", "known", "body")}
    done = run(repository, "comment.sh", REPOSITORY="team/bots", NUMBER="12", **files)
    assert done.returncode == 0, done.stderr
    asked = (folder / "log").read_text().splitlines()[-1]
    where = "issues/comments/77" if known else "issues/12/comments"
    assert f"--method {'PATCH' if known else 'POST'} repos/team/bots/{where}" in asked
    assert (folder / "body").read_text().startswith("<!-- statechat -->\n### ")


def test_the_action_runs_scripts_that_are_there_with_what_they_read() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    for step in action["runs"]["steps"]:
        command = step.get("run", "")
        if "tools/action" in command:
            script = ROOT / command.partition("${GITHUB_ACTION_PATH}/")[2].rstrip('"')
            text = script.read_text(encoding="utf-8")
            assert [name for name in step["env"] if name != "GH_TOKEN" and name not in text] == []
        assert "${{" not in command, "what others write must not become a part of a command"


def hooks() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    return found


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_a_hook_of_pre_commit_runs_over_a_repository_of_bots(
    hook: dict[str, Any], repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "bots")
    command, *words = hook["entry"].split()
    assert command == "statechat"
    assert main([*words, *hook["args"]]) == 0
