"""What a rule says can never happen does not happen, whatever is done with a bot made at random."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.compiler.bot import Compilation, compile_bot
from engine.core.events import Event
from engine.core.outcome import Outcome
from engine.core.program import Program
from engine.core.session import Session
from engine.core.step import step
from engine.lint.runner import lint
from engine.lint.written import written
from tests.property import test_step
from tests.property.test_step import Author, Move, play, scripts
from tests.unit.core.flow_fixture import write_bot

NEVER_COMES = "no conversation ever comes to `"
NEVER_FIRES = ("SC302", "SC501")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as made:
        root = Path(made)
        yield write_bot(root, "states: {s: {type: final}}", actions=["do"], checks=["judge"])


def impossible(compiled: Compilation) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """The states that nobody comes to, and the timers that never fire, each with its flow."""
    found = lint(compiled)
    names = {source.file: source.name for source in compiled.flows.values()}
    states = {
        (names[one.place.file], one.message.removeprefix(NEVER_COMES).rstrip("`"))
        for one in found
        if one.message.startswith(NEVER_COMES)
    }
    places = {one.place for one in found if one.code in NEVER_FIRES}
    timers = {
        (source.name, f"{one.group}:{one.state.path}:{one.key.text}")
        for source in compiled.flows.values()
        for one in written(source)
        if one.group in ("after", "idle") and one.key.place in places
    }
    return states, timers


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@example(seed=45_199, script=[])  # a loop that its own handler of errors ends
@given(seed=st.integers(0, 2**32), script=scripts)
def test_no_state_is_come_to_and_no_timer_fires_that_a_rule_rules_out(
    folder: Path, seed: int, script: list[tuple[Move, str, str]]
) -> None:
    for name, flow in Author(seed).bot().items():
        (folder / f"{name}.yaml").write_text(json.dumps(flow), encoding="utf-8")
    compiled = compile_bot(folder)
    states, timers = impossible(compiled)
    come_to: set[tuple[str, str]] = set()
    heard: set[tuple[str, str]] = set()

    def watched(program: Program, session: Session, event: Event, now: int) -> Outcome:
        outcome = step(program, session, event, now)
        come_to.update((one.flow, one.state) for one in outcome.log)
        heard.update(
            (one.flow, one.detail)
            for one in outcome.log
            if one.code in ("step:transition", "step:internal")
        )
        for chat in outcome.session.chats.values():
            come_to.update((run.flow, leaf.state) for run in chat.stack for leaf in run.leaves)
        return outcome

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(test_step, "step", watched)
        play(compiled.bot.program, [(Move("command"), "/start", "text"), *script])
    assert {(flow, one) for flow, path in come_to for one in _around(path)} & states == set()
    assert heard & timers == set()


def _around(path: str) -> list[str]:
    """A state and those around it."""
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
