"""Plays one test line by line, and writes the dialogue down."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Final

from engine.classes import dataclass
from engine.core.effects import Message
from engine.core.faults import Fault
from engine.core.place import Standing
from engine.core.program import Program
from engine.core.session import Frame
from engine.core.values import Value
from engine.errors import Place
from engine.testing import cast
from engine.testing.conversation import Conversation
from engine.testing.difference import difference
from engine.testing.inputs import Edited, Input, Pressed, Reacted, Sent, Typed
from engine.testing.properties import Watcher
from engine.testing.said import Said, fits, shown, turned
from engine.testing.script import CHAT, NOBODY_ELSE, Check, Person, Property, Script, Wait, Who
from engine.testing.script import Begin as Beginning
from engine.testing.script import Bot as BotLine

_SAYS: Final = "bot:  "


class Mismatch(Exception):  # noqa: N818 - what a test finds, not what goes wrong with it
    """A line of a test that is not true; `lines` is the dialogue that differs, if one does."""

    def __init__(
        self, place: Place, message: str, cure: str | None = None, lines: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.cure = cure
        self.lines = lines


@dataclass(slots=True)
class _Heard:
    """What one person was told in one chat since the last input or wait.

    Attributes:
        said: all of it, without changes of buttons that were not looked at.
        looked: the `bot:` line that has looked at it, if one has.
        expected: what those lines wanted so far.
        shown: how much of what waits stands in the dialogue.
        at: the lines of the dialogue that show it.
    """

    said: list[Message] = field(default_factory=list)
    looked: Place | None = None
    expected: list[Said] = field(default_factory=list)
    shown: int = 0
    at: list[int] = field(default_factory=list)


class Player:
    """Plays a script.

    Attributes:
        dialogue: what was said and done so far, a line each.
        place: the line that is played.
        rewritten: where `golden`, by the index of each `bot:` line what the bot says instead.
    """

    def __init__(self, program: Program, script: Script, *, golden: bool = False) -> None:
        self.script = script
        self.cast = cast.Cast(program, script)
        self.dialogue: list[str] = []
        self.place = script.place
        self.rewritten: dict[int, list[tuple[Said | None, Message]]] = {}
        self._program = program
        self._golden = golden
        self._heard: dict[Who, _Heard] = {NOBODY_ELSE: _Heard()}
        self._heard |= {self.cast.operators(name): _Heard() for name in program.services.chats}

    def play(self) -> None:
        """Play it to the end.

        Raises:
            Mismatch: a line is not true.
            StatechatError: the test asks for what cannot be done.
        """
        self._begin()
        for line in self.script.lines:
            self.place = line.place
            match line:
                case Person():
                    self._leave_nothing()
                    for input_ in line.inputs:
                        # Whoever was looked at meanwhile may have gone to another chat for it.
                        self._input(self._of(line.who), line.who, input_)
                case Wait():
                    self._leave_nothing()
                    self.dialogue.append(f"… {line.milliseconds / 1000:g} s later")
                    self.cast.own.wait(line.milliseconds)
                    self._show()
                case BotLine():
                    self._expect(line)
                case Property():
                    self._watch(line)
                case Check():
                    self._check(line)
        self._leave_nothing()

    def _of(self, who: Who) -> Conversation:
        self._heard.setdefault(self.cast.hearing(who), _Heard())
        return self.cast.of(who)

    def _begin(self) -> None:
        own = self._of(NOBODY_ELSE)
        for seed in self.script.records:
            own.keep(seed.collection, seed.values)
        begin = self.script.begin
        if begin is None:
            return
        below = [_standing(self.script, one) for one in begin.stack]
        top = _standing(self.script, begin)
        own.begin(top.flow, top.state, top.data, begin.user, below)
        self.dialogue.append(f"(in {begin.state})")
        self._show()

    def _watch(self, line: Property) -> None:
        watcher = Watcher(self._program, line)

        def look(conversation: Conversation) -> None:
            if watcher.broken(conversation):
                what = "became true" if line.never else "became false"
                word = "never" if line.never else "always"
                raise Mismatch(line.place, f"{word}: {line.source}\nbut it {what}")

        self.cast.own.world.watchers.append(look)
        for conversation in self.cast.own.world.conversations:
            look(conversation)

    def _input(self, conversation: Conversation, who: Who, input_: Input) -> None:
        speaker = f"{_named(who)}user"
        match input_:
            case Typed(text, reply_to):
                self.dialogue.append(f"{speaker}: {text}")
                conversation.type(text, reply_to=reply_to)
            case Pressed(choice):
                self.dialogue.append(f"{speaker}: [{choice}]")
                cast.press(conversation, choice)
            case Sent(kind, media, text, reply_to):
                name = media.get("name")
                described = f"{kind}: {name}" if name else kind
                self.dialogue.append(f"{speaker}: [{described}] {text or ''}".rstrip())
                conversation.send(kind, media, text, reply_to=reply_to)
            case Edited(text):
                self.dialogue.append(f"{speaker}: (edits) {text}")
                conversation.edit(text)
            case Reacted(emoji):
                self.dialogue.append(f"{speaker}: (reacts) {' '.join(emoji)}")
                conversation.react(emoji)
        self._show()

    def _show(self) -> None:
        for who, heard in self._heard.items():
            said = self._of(who).said
            for message in said[heard.shown :]:
                heard.at.append(len(self.dialogue))
                self.dialogue.append(f"{_named(who)}{_SAYS}{shown(message)}")
            heard.shown = len(said)

    def _leave_nothing(self) -> None:
        """What was said is either not looked at, or expected to the end."""
        for who, heard in self._heard.items():
            said = self._of(who).said
            left = [message for message in said if not turned(message)]
            if heard.looked is not None and left:
                rest = "\n".join(f"  {shown(message)}" for message in left)
                raise self._differs(heard, heard.looked, f"the bot also said:\n{rest}", left)
            said.clear()
            self._heard[who] = _Heard()

    def _expect(self, line: BotLine) -> None:
        said = self._of(line.who).said
        self._show()
        heard = self._heard[self.cast.hearing(line.who)]
        heard.looked = line.place
        if self._golden:
            self._rewrite(line, said)
            return
        for at, expected in enumerate(line.messages):
            self._pass_over_menus(expected, said, heard)
            rest = line.messages[at:]
            if not said:
                message = "the bot said nothing more"
                raise self._differs(heard, line.place, message, said, rest)
            if not self._fits(expected, said[0]):
                message = "the bot said something else"
                raise self._differs(heard, line.place, message, said, rest)
            heard.said.append(said.pop(0))
            heard.expected.append(expected)
            heard.shown -= 1

    def _differs(
        self,
        heard: _Heard,
        place: Place,
        message: str,
        left: Sequence[Message],
        rest: Sequence[Said] = (),
    ) -> Mismatch:
        """The messages since the last input, beside what was expected in their place."""
        lines = difference(
            [*heard.expected, *rest], [*heard.said, *(one for one in left)], self._fits
        )
        for at in reversed(heard.at):
            del self.dialogue[at]
        return Mismatch(place, message, lines=lines)

    def _rewrite(self, line: BotLine, said: list[Message]) -> None:
        """Take what the bot says now; the last of several `bot:` lines takes all of it."""
        at = self.script.lines.index(line)
        following = self.script.lines[at + 1 : at + 2]
        more = any(isinstance(one, BotLine) and one.who == line.who for one in following)
        taken = list(said[: len(line.messages)] if more else said)
        if any(message.text for message in taken):
            taken = [message for message in taken if not turned(message)]
        del said[: len(line.messages) if more else len(said)]
        self._heard[self.cast.hearing(line.who)].shown = len(said)
        pairs = [
            (line.messages[index] if index < len(line.messages) else None, message)
            for index, message in enumerate(taken)
        ]
        same = len(taken) == len(line.messages) and all(
            one is not None and self._fits(one, message) for one, message in pairs
        )
        if not same:
            self.rewritten[line.number] = pairs

    def _pass_over_menus(self, expected: Said, said: list[Message], heard: _Heard) -> None:
        """Other buttons on an old message need not be expected, but can be: by `choices` alone."""
        wanted_ = (expected.text, expected.contains, expected.match, expected.react)
        while said and turned(said[0]) and any(part is not None for part in wanted_):
            said.pop(0)
            heard.shown -= 1

    def _fits(self, expected: Said, message: Message) -> bool:
        """Whether the message, or one with another variation of its text, is as expected."""
        alternatives = self.cast.own.world.alternatives
        others = alternatives.get(message.text, frozenset())
        variations = (message, *(replace(message, text=text) for text in sorted(others)))
        return any(fits(expected, variation) for variation in variations)

    def _check(self, check: Check) -> None:
        conversation = self.cast.watched(check.who)
        active = conversation.active
        if check.kind == "end":
            ended = [ending.state for ending in conversation.endings]
            if check.expected not in ended:
                where = f"it ended in {', '.join(ended)}" if ended else f"it is {_where(active)}"
                raise Mismatch(check.place, f"expected the end `{check.expected}`, but {where}")
        elif check.kind == "state":
            states = [leaf.state for leaf in active.leaves] if active else []
            inside = f"{check.expected}."
            if not any(state == check.expected or state.startswith(inside) for state in states):
                message = f"expected the state `{check.expected}`, but it is {_where(active)}"
                raise Mismatch(check.place, message)
        elif isinstance(check.expected, Mapping):
            if check.kind == "data":
                _check_data(conversation, check.place, check.expected)
            else:
                _check_records(conversation, check.place, check.expected)


def _standing(script: Script, begin: Beginning) -> Standing:
    return Standing(begin.flow or script.flow, begin.state, begin.data)


def _named(who: Who) -> str:
    """What stands before a line of the dialogue that is not the test's own person's."""
    chat = who.chat if who.chat != CHAT else None
    words = [who.person, chat and f"in {chat}", who.via and f"via {who.via}"]
    return "".join(f"{word} " for word in words if word)


def _check_data(conversation: Conversation, place: Place, expected: Mapping[str, Value]) -> None:
    for name, value in expected.items():
        try:
            actual = conversation.value(name)
        except Fault as fault:
            message = f"{name} cannot be computed: {fault.message}"
            raise Mismatch(place, message) from None
        if actual != value or isinstance(actual, bool) is not isinstance(value, bool):
            raise Mismatch(place, f"expected {name}: {value!r}\nbut it is {actual!r}")


def _check_records(conversation: Conversation, place: Place, expected: Mapping[str, Value]) -> None:
    for name, rows in expected.items():
        wanted_rows = rows if isinstance(rows, list) else []
        actual = conversation.kept(name)
        if len(actual) != len(wanted_rows):
            message = f"expected {len(wanted_rows)} records of {name}, but there are"
            raise Mismatch(place, f"{message} {len(actual)}:\n{_rows(actual)}")
        for number, (row, found) in enumerate(zip(wanted_rows, actual, strict=True), start=1):
            for key, value in row.items() if isinstance(row, Mapping) else ():
                if found[key] != value:
                    message = f"expected {key} of record {number} of {name}: {value!r}"
                    raise Mismatch(place, f"{message}\nbut it is {found[key]!r}")


def _rows(rows: Sequence[Mapping[str, Value]]) -> str:
    shown_fields = (
        {name: value for name, value in row.items() if name not in ("created", "updated")}
        for row in rows
    )
    return "\n".join(f"  {row}" for row in shown_fields) or "  none"


def _where(active: Frame | None) -> str:
    if active is None:
        return "in no flow"
    return f"in {' and '.join(f'`{leaf.state}`' for leaf in active.leaves)}"
