"""What `explore` finds in bots made at random is true: its tests pass, and use what it claims."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.compiler.bot import load
from engine.testing.explore import explore
from tests.property.test_step import Author
from tests.unit.core.flow_fixture import write_bot
from tests.unit.testing.test_explore import proven

POINTS = 60
"""Points that are looked at: what was found by then must be true, however little it is."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as made:
        root = Path(made)
        yield write_bot(root, "states: {s: {type: final}}", actions=["do"], checks=["judge"])


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_the_conversations_that_are_found_pass_as_tests_and_use_what_they_claim(
    folder: Path, seed: int
) -> None:
    (folder / "explored.test.yaml").unlink(missing_ok=True)
    for name, flow in Author(seed).bot().items():
        (folder / f"{name}.yaml").write_text(json.dumps(flow), encoding="utf-8")
    bot = load(folder)
    proven(bot, explore(bot.program, points=POINTS), folder)
