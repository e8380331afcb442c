"""`statechat test --update`: writes into test files what the bot says now."""

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.authoring.layout import Group, Item, Word, from_value
from engine.authoring.printing import write
from engine.authoring.reading import read
from engine.authoring.saving import save
from engine.compiler.bot import load
from engine.compiler.reader import display
from engine.core.effects import Message
from engine.core.program import Program
from engine.core.values import Value
from engine.errors import StatechatError
from engine.testing.files import scripts
from engine.testing.player import Mismatch, Player
from engine.testing.runner import selected
from engine.testing.said import Said, fits
from engine.testing.script import Script

Lines = dict[int, list[tuple[Said | None, Message]]]


def rewritten(program: Program, script: Script) -> Lines:
    """The `bot:` lines of a test that the bot would say otherwise now, by their index.

    Where a test asks for what cannot be done, or what it checks is not so, what stands before that
    is told: the rest is for a person to look at.
    """
    player = Player(program, script, golden=True)
    # Running the test afterwards shows what else is wrong with it, with its place.
    with contextlib.suppress(Mismatch, StatechatError):
        player.play()
    return player.rewritten


def update(file: Path, tests: Iterable[tuple[int, Lines]]) -> bool:
    """Write lines into a test file, by the index of their test; true if it has changed.

    The file is laid out as `statechat fmt` does; its comments stay.
    """
    layout = read(file.read_text(encoding="utf-8"))
    root = layout.root.value
    changed = False
    for index, lines in tests:
        for number, messages in lines.items():
            assert isinstance(root, Group)
            line = _items(_entry(root.items[index], "chat"))[number]
            _entry(line, "bot").value = _written(messages)
            changed = True
    if changed:
        save(file, write(layout))
    return changed


def _entry(item: Item, key: str) -> Item:
    return next(one for one in _items(item) if one.key is not None and one.key.text == key)


def _items(item: Item) -> Sequence[Item]:
    assert isinstance(item.value, Group)
    return item.value.items


def _written(messages: Sequence[tuple[Said | None, Message]]) -> Word | Group:
    """One message as itself, several as a list; an empty one where the bot says nothing."""
    values = [_message(expected, message) for expected, message in messages]
    return from_value(values[0] if len(values) == 1 else values)


def _message(expected: Said | None, message: Message) -> Value:
    """As much as was looked at before: a line that still fits stays as loose as it was."""
    if expected is not None and fits(expected, message):
        return _kept(expected)
    choices: list[Value] = [button.label for row in message.buttons for button in row]
    wants_choices = expected is None or expected.choices is not None
    found: dict[str, Value] = {}
    if message.delete is not None:
        return {"delete": True}
    if message.react is not None:
        return {"react": message.react}
    found |= {media.kind: True for media in message.media[:1]}
    if message.text.strip():
        found["text"] = message.text.strip()
    if choices and (wants_choices or not found):
        found["choices"] = choices
    return found["text"] if list(found) == ["text"] else found


def _kept(said: Said) -> Value:
    parts: dict[str, Value] = {
        "text": said.text, "contains": said.contains, "match": said.match, "react": said.react,
        "choices": None if said.choices is None else list(said.choices),
    }  # fmt: skip
    found = {key: value for key, value in parts.items() if value is not None}
    found |= {kind: what if what is not None else True for kind, what in said.media[:1]}
    found |= said.flags
    return found["text"] if list(found) == ["text"] else found


def update_bot(path: Path, select: str | None, files: Sequence[Path]) -> list[Path]:
    """Update the tests of a bot that are selected; the files that have changed.

    Raises:
        FlowInvalid: the bot or a test file is faulty.
        StatechatError: `bot:missing`, `bot:empty`, `bot:unreadable`, `file:unwritable`.
    """
    bot = load(path)
    found: dict[str, list[tuple[int, Lines]]] = {}
    for script in selected(scripts(bot), select, files):
        lines = rewritten(bot.program, script)
        if lines:
            found.setdefault(script.place.file, []).append((script.index, lines))
    by_name = {display(test): test for test in bot.tests}
    return [by_name[name] for name, tests in found.items() if update(by_name[name], tests)]
