"""Conversations that use all of a bot: each is true, and together they use what they claim."""

from pathlib import Path

import pytest

from engine.authoring.dialogues import written
from engine.cli.main import main
from engine.compiler.bot import Bot, load
from engine.testing.corpus import gathered
from engine.testing.coverage import Probe
from engine.testing.explore import Exploration, explore
from engine.testing.files import scripts
from engine.testing.probes import Item
from engine.testing.reasons import reasons
from engine.testing.runner import run
from engine.testing.transcript import named, of_point, span
from tests.unit.core.flow_fixture import write_bot

FLOWS = Path(__file__).parents[3] / "flows"
BOTS = Path(__file__).parents[2] / "contract" / "bots"
UNUSED = {
    # whoever chooses the keys is heard by the handler of that choice before it is an answer
    "club": {"menu: answer.keys -> keys"},
    # a hundred reminders are more than a search sets, and time does not pass within one step
    "reminders": {
        "full", "asked: always #2 -> full", "len(session.scheduled) >= 100 (21:17) is true",
        "corrected: always -> sure", "at > shift(now, 2, 'years') (58:18) is true",
        "keep: always -> past", "at <= now (67:16) is true",
        "(everywhere): error -> full",
    },
}  # fmt: skip
"""What no conversation was found for, by bot."""
SHIPPED = sorted(path.parent for root in (FLOWS, BOTS) for path in root.glob("*/bot.yaml"))


def proven(bot: Bot, found: Exploration, folder: Path) -> None:
    """Write what was found as tests, run them, and hold what they use against the claim."""
    points = found.conversations
    tests = [of_point(*pair).as_data() for pair in zip(named(points), points, strict=True)]
    file = folder / "explored.test.yaml"
    file.write_text(written(tests), encoding="utf-8")
    probe = Probe(bot.program)
    alone = Bot(bot.name, bot.root, bot.program, {}, (file,))
    report = run(alone, program=probe.program)
    assert report.render(color=False) == ""
    assert report.passed == len(points)
    assert set(probe.hits) == set(found.used)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_all_of_a_bot_that_ships_is_used_by_tests_that_pass(path: Path, tmp_path: Path) -> None:
    bot = load(path)
    found = explore(bot.program, points=1_000, corpus=gathered(scripts(bot)))
    assert {item.name for item in found.missing()} == UNUSED.get(path.name, set())
    proven(bot, found, tmp_path)


def explored(folder: Path, flow: str, inner: str = "") -> tuple[Bot, Exploration]:
    flows = {"inner": inner} if "call: inner" in flow else {}
    bot = load(write_bot(folder, flow, actions=["do"], checks=["judge"], **flows))  # type: ignore[arg-type]  # flows
    found = explore(bot.program)
    proven(bot, found, folder)
    return bot, found


def why(bot: Bot, found: Exploration) -> dict[str, str]:
    def short(item: Item) -> str:
        return f"{item.kind[:-1]} {item.name.partition(' (')[0]}"

    return {short(item): reason for item, reason in reasons(bot.program, found)}


@pytest.mark.parametrize(
    "flow",
    [
        # guards around numbers, limits, text types
        """
        data: {n: {type: int, min: 1, max: 500}, mail: {type: email}, day: {type: date}}
        states:
          n: {ask: N?, next: [{guard: n > 300, target: big}, {guard: n == 7, target: lucky}, mail]}
          big: {type: final}
          lucky: {type: final}
          mail: {ask: Mail?, next: day, retry: {max: 2, say: No., target: gave_up}}
          day: {ask: Day?, next: end}
          gave_up: {type: final}
          end: {type: final}
        """,
        # what actions return and fail with, retries, time-outs, checks
        """
        data: {ok: {type: bool, optional: true}, code: {type: text}}
        states:
          code: {ask: Code?, check: judge, next: work}
          work:
            invoke:
              action: do
              into: ok
              retry: {max: 2, delay: 5s}
              done: [{guard: ok, target: good}, bad]
              error: [{guard: error.code == "full", target: full}, {target: failed}]
            after: {1s: {say: Still at it.}}
          good: {type: final}
          bad: {type: final}
          full: {type: final}
          failed: {type: final}
        """,
        # media, reactions, edits, patterns, what nothing else hears
        """
        data: {pic: {type: photo, optional: true}, where: {type: location}}
        on:
          ~^order (?P<n>[0-9]+)$: {say: Ordered.}
          reaction: {say: Thanks.}
          edited: {say: I saw that.}
          sticker: end
          "*": {say: What?}
        states:
          pic: {ask: Picture?, next: where, skip: where}
          where: {ask: Where?, next: end, idle: {1h: {say: Hello?}, 2h: end}}
          end: {type: final}
        """,
        # subflows, parallel states, history, draws
        """
        data: {x: {type: text, optional: true}}
        states:
          draw: {split: {left: 50, right: 50}}
          left: {call: inner, on: {a: both, b: right}}
          right: {type: final}
          both:
            type: parallel
            on: {done: end, /pause: paused}
            states:
              one: {initial: p, states: {p: {on: {/one: q}}, q: {type: final}}}
              two: {initial: p, states: {p: {on: {/two: q}}, q: {type: final}}}
              back: {type: history, deep: true}
          paused: {on: {/on: both}}
          end: {type: final}
        """,
    ],
)
def test_all_that_can_be_used_is_used(tmp_path: Path, flow: str) -> None:
    inner = """
    states:
      q: {ask: "A or B?", choices: {a: {label: A, target: a}, b: {label: B, target: b}}}
      a: {type: final}
      b: {type: final}
    """
    bot, found = explored(tmp_path, flow, inner=inner)
    assert why(bot, found) == {}
    assert found.complete


def test_what_tests_say_return_and_keep_is_tried_too(tmp_path: Path) -> None:
    flow = """
    data: {deal: {type: object, optional: true}}
    lookup: {collection: fruits, where: {name: turn.args}, limit: 1}
    states:
      asked: {always: [{guard: not turn.found, target: none}, {target: work}]}
      work: {invoke: {action: do, into: deal, done: [{guard: deal.price > 7, target: dear}, cheap]}}
      none: {type: final}
      dear: {type: final}
      cheap: {type: final}
    """
    tests = """
    - test: a deal
      now: "2026-03-01T08:00:00Z"
      records: {fruits: [{name: fig}]}
      actions: {do: [{return: {price: 9}}]}
      chat: [{user: /start fig}, {end: dear}]
    """
    config = "bot: b\nrecords: {fruits: {fields: {name: {type: text}}, index: [name]}}\n"
    texts = {"main.test.yaml": tests}
    bot = load(write_bot(tmp_path, flow, bot=config, actions=["do"], texts=texts))
    assert explore(bot.program).missing()
    found = explore(bot.program, corpus=gathered(scripts(bot)))
    assert found.missing() == frozenset()
    proven(bot, found, tmp_path)


def test_what_cannot_be_used_is_told_with_its_reason(tmp_path: Path) -> None:
    bot, found = explored(
        tmp_path,
        """
        data: {n: {type: int, min: 1, max: 9}, m: {type: int, default: 3}}
        on: {joined: {say: Hi.}}
        states:
          n: {ask: N?, next: [{guard: n > 9, target: big}, {guard: m == 4, target: odd}, end]}
          big: {type: final}
          odd: {type: final}
          lost: {ask: Lost?, into: n, next: end}
          end: {type: final}
        """,
    )
    told = why(bot, found)
    assert told["transition n: answer -> big"] == "its guard is never true: n > 9"
    assert told["transition n: answer #2 -> odd"].startswith("nothing that was tried leads there")
    assert told["transition lost: answer -> end"] == "no conversation reaches `lost`"
    assert (
        told["transition (everywhere): joined"]
        == "nobody joins, leaves or blocks the bot in a test"
    )
    assert "state end" not in told


def test_a_search_that_gives_up_says_so(tmp_path: Path) -> None:
    flow = """
    data: {a: {type: int}, b: {type: int}}
    states:
      a: {ask: A?, next: [{guard: a == 5, target: b}, a]}
      b: {ask: B?, next: [{guard: b == 5, target: end}, a]}
      end: {type: final}
    """
    bot = load(write_bot(tmp_path, flow))
    found = explore(bot.program, points=3)
    assert not found.complete
    assert "there are more" in " ".join(why(bot, found).values())


def test_few_conversations_are_enough(tmp_path: Path) -> None:
    states = "\n".join(
        f"  s{n}: {{ask: '{n}?', choices: {{a: A, b: B}}, next: s{n + 1}, into: x}}"
        for n in range(12)
    )
    flow = f"data: {{x: {{type: enum}}}}\nstates:\n{states}\n  s12: {{type: final}}\n"
    _, found = explored(tmp_path, flow)
    assert found.missing() == frozenset()
    assert len(found.conversations) == 2


@pytest.mark.parametrize(
    ("milliseconds", "words"), [(1, "1ms"), (600_000, "10m"), (90_061_001, "1d1h1m1s1ms")]
)
def test_a_pause_is_written_as_people_do(milliseconds: int, words: str) -> None:
    assert span(milliseconds) == words


def test_the_command_shows_conversations_or_writes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = "states: {q: {ask: Yes?, choices: {y: Yes}, next: end}, end: {type: final, say: Bye.}}"
    path = str(write_bot(tmp_path, flow))
    assert main(["explore", path]) == 0
    shown = capsys.readouterr().out
    assert "  > /start\n    Yes? [Yes]\n" in shown
    assert "4 of 4 used" in shown or "used" in shown
    file = tmp_path / "explored.test.yaml"
    assert main(["explore", path, "--write", str(file)]) == 0
    assert main(["test", path, "--fail-under", "100"]) == 0
    assert main(["explore", path, "--write", str(tmp_path / "x.yaml")]) == 2
    assert main(["explore", path, "--flow", "mian"]) == 2


HANDING_OVER = """
flow: help
triggers: [/help]
initial: talk
states:
  talk:
    handoff: operators
    on: {closed: over, answered: {guard: turn.text != 'no', say: They answer.}}
  over: {type: final, say: Over.}
"""


def test_operators_answer_and_end_what_is_handed_over_to_them(tmp_path: Path) -> None:
    folder = write_bot(tmp_path / "main", HANDING_OVER, bot="chats: {operators: telegram:-1}")
    bot = load(folder)
    found = explore(bot.program)
    (missing,) = [item.name for item in found.missing()]
    assert missing.startswith("turn.text != 'no'")
    assert missing.endswith("is false")
    proven(bot, found, tmp_path)
    names = {item.name for item in found.items if item.kind == "transitions"}
    assert names == {"talk: handoff.closed -> over", "talk: handoff.answered"}
    (test,) = [of_point("it", point).as_data() for point in found.conversations]
    said = [line for line in test["chat"] if line.get("as") == "operators"]
    assert [line["user"] for line in said] == ["some words", "/done"]
