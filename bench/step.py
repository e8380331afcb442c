"""What one event costs: `python -m bench.step`.

The whole event is what a worker does with a session that it reads from its database: decode the
stored JSON, `step`, encode. The floor is the same decoding and encoding with nothing in between.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from bench import chart, dispatch, machines
from bench.machines import decode, encode
from bench.timing import Measured, in_turns, machine, table
from engine.compiler.bot import load
from engine.core.events import CHOICE, Event, Press, read_text
from engine.core.program import Program
from engine.core.session import Session
from engine.core.step import step
from engine.core.values import Data
from engine.stores.protocol import Record

BOT: Final = Path(__file__).parent.parent / "flows" / "registration"
ROUNDS: Final = 60
CALLS: Final = 300
GOAL: Final = 1.6
"""What a whole event may cost, in times of the floor."""
BEGAN: Final = 1_790_000_000_000
"""The moment at which the measured conversation began, in milliseconds."""
CHAT: Final = "100000001"
OWNER: Final = f"registration/telegram:{CHAT}"
USER: Final[Data] = {
    "nickname": "Ann of the harbour",
    "joined": "2026-01-02T03:04:05Z",
    "topics": ["sailing", "chess", "bread"],
    "visits": 17,
    "newsletter": True,
    "source": "a friend's link",
}
"""What is known of the person, so that the stored session is about a kilobyte."""


@dataclass(frozen=True, slots=True)
class Case:
    """One event at one point of the conversation: the stored record, and what comes next."""

    program: Program
    name: str
    text: str
    event: Event
    now: int


def cases(program: Program) -> list[Case]:
    """The events that are measured, each with the record that it meets."""
    record = Record(
        Session(
            OWNER, 7, incarnation="0123456789abcdef", started=BEGAN,
            user=USER,
        )
    )  # fmt: skip
    record = _after(program, record, _said(1, "/start"))
    at_age = _after(program, record, _said(2, "Ann"))
    at_city = _after(program, at_age, _said(3, "40"))
    press = _event(4, CHOICE, press=Press(at_city.session.chats[CHAT].visits, "vienna"))
    return [
        _case(program, "an answer", at_age, _said(3, "40")),
        _case(program, "a wrong answer", at_age, _said(3, "a lot")),
        _case(program, "the press of a choice", at_city, press),
        _case(program, "/help, an internal transition", at_age, _said(3, "/help")),
    ]


def plain() -> Case:
    """An event of a flow that uses nothing but guards, a value and a text."""
    program = load(machines.FLOW).program
    text, event = machines.plain(program, USER)
    return Case(program, "a transition, no new feature", text, event, event.at)


def _case(program: Program, name: str, record: Record, event: Event) -> Case:
    return Case(program, name, encode(record), event, event.at)


def _said(number: int, text: str) -> Event:
    name, text, args = read_text(text)
    return _event(number, name, text, args)


def _event(
    number: int,
    name: str,
    text: str | None = None,
    args: str | None = None,
    press: Press | None = None,
) -> Event:
    return Event(
        f"telegram:{90_000_000 + number}", name, OWNER, CHAT,
        BEGAN + number * 1_000, 90_000_000 + number, text, args, press, lang="en",
    )  # fmt: skip


def _after(program: Program, record: Record, event: Event) -> Record:
    """The record as it is when the event is committed and all messages are sent."""
    outcome = step(program, record.session, event, event.at)
    session = replace(outcome.session, rev=record.session.rev + 1)
    return Record(session, {**record.seen, event.id: event.order})


def floor(case: Case) -> None:
    encode(decode(case.text, case.event.owner))


def whole(case: Case) -> None:
    record = decode(case.text, case.event.owner)
    outcome = step(case.program, record.session, case.event, case.now)
    encode(Record(outcome.session, record.seen, record.spilled))


def parts(case: Case) -> dict[str, Callable[[], object]]:
    """Everything that is timed of a case, by name."""
    program = case.program
    record = decode(case.text, case.event.owner)
    after = Record(step(program, record.session, case.event, case.now).session, record.seen)
    return {
        "floor": partial(floor, case),
        "whole": partial(whole, case),
        "decode": partial(decode, case.text, case.event.owner),
        "step": partial(step, program, record.session, case.event, case.now),
        "encode": partial(encode, after),
        "json": lambda: json.dumps(json.loads(case.text), ensure_ascii=False),
    }


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.step", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--calls", type=int, default=CALLS, help="calls of each case a round")
    parser.add_argument("--chart", action="store_true", help="draw bench/charts/step*.svg")
    options = parser.parse_args(words)
    program = load(BOT).program
    timed: dict[str, Callable[[], object]] = {}
    found = [plain(), *cases(program)]
    for case in found:
        timed |= {f"{case.name}/{name}": run for name, run in parts(case).items()}
    measured = in_turns(timed, rounds=options.rounds, calls=options.calls)
    print(f"{form()}; {machine('transitions')}")
    print(f"{options.rounds} rounds of {options.calls} calls in turns; us a call: min, median\n")
    head = ("event", "bytes", "whole", "floor", "whole/floor", "decode", "step", "encode", "json")
    print(table(head, [_row(case, measured) for case in found]))
    print()
    print(dispatch.report(rounds=options.rounds, calls=options.calls))
    print()
    engines = machines.measure(USER, rounds=options.rounds, calls=options.calls)
    print(machines.report(engines))
    if options.chart:
        chart.write("step", _chart(found, measured))
        chart.write("step-engines", machines.draw(engines))


def _chart(found: Sequence[Case], measured: dict[str, Measured]) -> str:
    bars = [chart.Bar(case.name, _ratio(case, measured), ours=True) for case in found]
    return chart.bars(
        "One event beside its floor, reading and writing the session", "times the floor", bars,
        subtitle=f"{form()}; {machine('transitions')}", goal=GOAL,
    )  # fmt: skip


def _ratio(case: Case, measured: dict[str, Measured]) -> float:
    return measured[f"{case.name}/whole"].ratio(measured[f"{case.name}/floor"])


def form() -> str:
    """Whether this is the step as it is written, or the build of `tools.compiled`."""
    file = Path(sys.modules[step.__module__].__file__ or "")
    return "plain Python" if file.suffix == ".py" else "compiled by mypyc"


def _row(case: Case, measured: dict[str, Measured]) -> list[str]:
    def show(part: str) -> str:
        one = measured[f"{case.name}/{part}"]
        return f"{one.best:.1f} {one.median:.1f}"

    ratio = _ratio(case, measured)
    return [
        case.name, str(len(case.text.encode())), show("whole"), show("floor"), f"{ratio:.2f}",
        show("decode"), show("step"), show("encode"), show("json"),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
