"""What the rules say of the guards behind a question, held against every answer that can be given.

The conversations are the brute force: each answer is typed, and the way that it takes is looked at.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiler.bot import compile_bot
from engine.lint.runner import lint
from engine.testing.conversation import Conversation
from tests.unit.core.flow_fixture import NOW

LOW, HIGH = 0, 6
NUMBERS = st.integers(LOW - 1, HIGH + 1).map(str)
COMPARED = st.one_of(
    st.builds("n {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMBERS),
    st.builds("n in [{}, {}]".format, NUMBERS, NUMBERS),
    st.builds("{} <= n < {}".format, NUMBERS, NUMBERS),
)
GUARDS = st.one_of(
    COMPARED,
    st.builds("({}) or ({})".format, COMPARED, COMPARED),
    st.builds("not ({})".format, COMPARED),
)
WAYS = st.lists(GUARDS | st.none(), min_size=1, max_size=4)


def written(ways: list[str | None]) -> str:
    """A flow that asks for a number and goes on by the first way that is open."""
    listed = [
        f"      - {{target: way{at}}}" if guard is None else
        f'      - {{guard: "{guard}", target: way{at}}}'
        for at, guard in enumerate(ways)
    ]  # fmt: skip
    ends = [f"  way{at}: {{type: final, say: way {at}}}" for at in range(len(ways))]
    head = f"data: {{n: {{type: int, min: {LOW}, max: {HIGH}}}}}\nstates:\n  n:\n    ask: N?"
    lines = ["flow: main", "triggers: [/start]", "initial: n", head, "    next:", *listed, *ends]
    return "\n".join(lines) + "\n"


@settings(max_examples=150, deadline=None)
@given(ways=WAYS)
def test_a_case_is_missing_and_a_way_is_never_taken_just_if_trying_all_answers_shows_it(
    ways: list[str | None],
) -> None:
    with TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "main.yaml").write_text(written(ways), encoding="utf-8")
        compiled = compile_bot(folder)
    taken = [_way(compiled.bot.program, answer) for answer in range(LOW, HIGH + 1)]
    found = lint(compiled)
    assert any(one.code == "SC205" for one in found) == (None in taken)
    first = written(ways).splitlines().index("    next:") + 2
    dead = {one.place.line - first for one in found if one.code in ("SC203", "SC204")}
    never = {at for at in range(len(ways)) if at not in taken}
    # A guard that always holds is a finding, and its way is taken.
    assert never <= dead
    assert {at for at in dead - never if ways[at] is None} == set()
    assert not {one.place.line - first for one in found if one.code == "SC204"} & set(taken)


def _way(program: object, answer: int) -> int | None:
    conversation = Conversation(program, now=NOW)  # type: ignore[arg-type]
    conversation.type("/start")
    conversation.type(str(answer))
    last = conversation.said[-1].text
    return int(last.removeprefix("way ")) if last.startswith("way ") else None
