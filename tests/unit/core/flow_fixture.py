"""Small bots written in a test, and conversations with them.

A flow's text may leave out what every flow has: `flow` is the name it is given under, `initial` its
first state, and the flow `main` is begun by /start.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

from engine.compiler.bot import Bot, InvalidBot, load
from engine.compiler.context import duration
from engine.core.effects import Drop, Effect, Invoke, Message
from engine.core.events import RESULT, Event, Failure, Result
from engine.core.session import Frame
from engine.core.values import Data, Value
from engine.lint.output import render
from engine.testing.conversation import Conversation
from engine.testing.script import CHAT, Attempt

NOW = 1_767_614_400_000
"""2026-01-05T12:00:00Z, in milliseconds."""

_FIRST_STATE = re.compile(r"^states:\s*(?:\{|\n +)([^:\s]+):", re.MULTILINE)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(dedent(text).strip("\n") + "\n", encoding="utf-8")
    return path


def completed(name: str, text: str) -> str:
    """A flow's text with the lines that were left out."""
    text = dedent(text).strip("\n") + "\n"
    head = ""
    if not re.search(r"^flow:", text, re.MULTILINE):
        head += f"flow: {name}\n"
    if name == "main" and not re.search(r"^triggers:", text, re.MULTILINE):
        head += "triggers: [/start]\n"
    first = _FIRST_STATE.search(text)
    if first is not None and not re.search(r"^initial:", text, re.MULTILINE):
        head += f"initial: {first[1]}\n"
    return head + text


def write_bot(
    folder: Path,
    main: str,
    *,
    bot: str | None = None,
    actions: Sequence[str] = (),
    checks: Sequence[str] = (),
    texts: Mapping[str, str] | None = None,
    **flows: str,
) -> Path:
    """Write the files of a bot; `texts` holds further files by name, such as `main.de.yaml`."""
    folder.mkdir(exist_ok=True)
    for name, text in {"main": main, **flows}.items():
        write(folder, f"{name}.yaml", completed(name, text))
    if bot is not None:
        write(folder, "bot.yaml", bot)
    for name, text in (texts or {}).items():
        write(folder, name, text)
    if actions or checks:
        parts = [
            f'@{"check" if name in checks else "action"}("{name}")\n'
            f"async def function_{index}(call, **given): ...\n"
            for index, name in enumerate(dict.fromkeys([*actions, *checks]))
        ]
        write(folder, "actions.py", "from engine import action, check\n\n" + "\n\n".join(parts))
    return folder


def ok(value: Value = None) -> Attempt:
    return Attempt(value)


def failed(code: str, message: str = "", *, transient: bool = False) -> Attempt:
    return Attempt(failure=Failure(code, message, transient))


class Talk(Conversation):
    """A conversation whose every input gives what the bot said to it.

    Where `by_hand` is set, an action ends only when the test calls `finish`.
    """

    def __init__(
        self,
        bot: Bot,
        *,
        lang: str | None = None,
        actions: Mapping[str, Sequence[Attempt]] | None = None,
    ) -> None:
        super().__init__(bot.program, now=NOW, lang=lang, actions=actions)
        self.bot = bot
        self.by_hand = False
        self.working: dict[str, Invoke] = {}
        self.dropped: list[str] = []

    @property
    def _heard(self) -> list[Message]:
        return self._here.heard

    def hear(self, *texts: str) -> list[str]:
        """Type texts; gives what the bot said to all of them."""
        for text in texts:
            self.type(text)
        return self.take()

    def tap(self, choice: str) -> list[str]:
        self.press(choice)
        return self.take()

    def after(self, time: str) -> list[str]:
        milliseconds = duration(time)
        assert milliseconds is not None
        self.wait(milliseconds)
        return self.take()

    def event(self, name: str, **fields: Any) -> list[str]:  # noqa: ANN401 - the fields of an event
        """Let an event happen as a transport or the shell would bring it."""
        made = Event(f"made:{self.now}", name, self.session.id, CHAT, self.now)
        self._input(replace(made, **fields))
        return self.take()

    def finish(
        self,
        value: Value = None,
        *,
        failure: Failure | None = None,
        attempt: int | None = None,
    ) -> list[str]:
        """End the action that was begun last; `attempt` is the one under way unless given."""
        invoke = list(self.working.values())[-1]
        result = Result(invoke.id, attempt or invoke.attempt, value, failure)
        return self.event(RESULT, result=result)

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, Drop):
            self.dropped.append(effect.id)
            self.working.pop(effect.id, None)
        if self.by_hand and isinstance(effect, Invoke):
            self.working[effect.id] = effect
        else:
            super()._carry_out(effect)

    def stand(self, state: str, data: Data | None = None, flow: str = "main") -> list[str]:
        self.begin(flow, state, data or {}, {})
        return self.take()

    def take(self) -> list[str]:
        """What was said, without mere changes of buttons."""
        texts = [message.text for message in self.said if message.text or message.edit is None]
        self.said.clear()
        return texts

    @property
    def top(self) -> Frame:
        assert self.active is not None
        return self.active

    @property
    def state(self) -> str | None:
        return self.active.leaf.state if self.active else None

    @property
    def data(self) -> Data:
        return self.top.data

    @property
    def codes(self) -> list[str]:
        return [entry.code for entry in self.log]

    @property
    def buttons(self) -> list[str]:
        """Labels of the buttons that were shown last."""
        shown = [message for message in self._here.heard if message.buttons]
        return [button.label for row in shown[-1].buttons for button in row] if shown else []


def talk(
    folder: Path,
    main: str,
    *,
    bot: str | None = None,
    lang: str | None = None,
    actions: Mapping[str, Sequence[Attempt]] | None = None,
    checks: Sequence[str] = (),
    texts: Mapping[str, str] | None = None,
    **flows: str,
) -> Talk:
    """A conversation with a bot that is written here."""
    names = list(actions or ())
    path = write_bot(folder, main, bot=bot, actions=names, checks=checks, texts=texts, **flows)
    try:
        return Talk(load(path), lang=lang, actions=actions)
    except InvalidBot as invalid:
        raise AssertionError(render(invalid.diagnostics, invalid.files, color=False)) from None
