"""A chat by hand, on a virtual clock, that becomes a test."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from engine.compiler.context import duration
from engine.core.answers import UNREADABLE
from engine.core.effects import Invoke, Message
from engine.core.events import Failure
from engine.core.program import Program
from engine.core.values import Value
from engine.errors import StatechatError
from engine.testing.conversation import Conversation
from engine.testing.explore import Outcome
from engine.testing.inputs import TRANSPORT, Edited, Pressed, Reacted, Sent, Typed
from engine.testing.openings import Move, Pause, play
from engine.testing.rights import staffed
from engine.testing.script import START, Attempt
from engine.testing.transcript import Transcript, results
from engine.testing.world import World

HELP: Final = """\
:wait 10m        time passes
:press ID        press the button of a choice, or done, skip, next, previous
:send KIND NAME  send a photo, audio, voice, video, document or sticker
:edit TEXT       the last message says this now
:react EMOJI     put it on the bot's last message; without one, take it off
:help            this
Anything else is typed. When an action runs, say what it gives: a value as JSON, or ! CODE for a
failure (! timeout is transient). Ctrl-D ends, and writes the test."""
_FAILS: Final = "!"

Asked = Callable[[Invoke], str]
"""What the person says an action ends with."""


class _Asking(World):
    """A world in which a person says how actions end."""

    def __init__(self, program: Program, now: int, ask: Asked) -> None:
        super().__init__(program, now, {})
        self.ended: list[Outcome] = []
        self._ask = ask

    def attempt(self, invoke: Invoke, owner: str, lang: str) -> Attempt:
        real = self.records.handles(invoke.action)
        if real:
            result = Attempt(*self.records.run(invoke, owner, lang))
        else:
            result = read_attempt(self._ask(invoke))
        self.ended.append(Outcome(invoke.action, result, real))
        return result


class Recorder:
    """Plays what a person does, and keeps it with all that the bot says."""

    def __init__(self, program: Program, ask: Asked, lang: str | None = None) -> None:
        now = round(START.timestamp() * 1000)
        program = staffed(program)
        self._world = _Asking(program, now, ask)
        first = Conversation(program, now=now, lang=lang)
        self.conversation = first.fork(self._world)
        self._transcript = Transcript("")
        if lang is not None:
            self._transcript.settings["lang"] = lang

    def do(self, line: str) -> list[Message]:
        """Do what a line says; gives what the bot says to it.

        Raises:
            StatechatError: `record:command`, or it cannot be done here. It is not kept then.
        """
        move = read_move(line)
        play(self.conversation, move)
        said = list(self.conversation.said)
        self.conversation.said.clear()
        self._transcript.tell(move, said)
        return said

    @property
    def empty(self) -> bool:
        return not self._transcript.lines

    def test(self, name: str) -> Mapping[str, Value]:
        """The test, as an item of a test file; nothing can be added afterwards."""
        self._transcript.name = name
        self._transcript.close(self.conversation)
        self._transcript.actions = results(self._world.ended)
        return self._transcript.as_data()


def read_move(line: str) -> Move:
    """What a line means.

    Raises:
        StatechatError: `record:command`.
    """
    if not line.startswith(":"):
        return Typed(line)
    word, _, rest = line[1:].strip().partition(" ")
    rest = rest.strip()
    match word:
        case "wait" if milliseconds := duration(rest):
            return Pause(milliseconds)
        case "press" if rest:
            return Pressed(rest)
        case "edit" if rest:
            return Edited(rest)
        case "react":
            return Reacted((rest,) if rest else ())
        case "send":
            kind, _, name = rest.partition(" ")
            if kind in UNREADABLE - {"location", "contact"}:
                named: dict[str, Value] = {"name": name} if name else {}
                id_ = f"{TRANSPORT}:{name or kind}"
                return Sent(kind, {"kind": kind, "id": id_, "transport": TRANSPORT, **named})
    raise StatechatError(
        "record:command", f"`{line}` is not understood", cure="See :help; a text begins otherwise."
    )


def read_attempt(words: str) -> Attempt:
    """What an action ends with, as a person says it: JSON, else a text; `! code` fails."""
    words = words.strip()
    if words.startswith(_FAILS):
        code = words.removeprefix(_FAILS).strip() or "failed"
        return Attempt(failure=Failure(code, "", code == "timeout"))
    if not words:
        return Attempt()
    try:
        return Attempt(json.loads(words))
    except ValueError:
        return Attempt(words)
