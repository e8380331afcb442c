"""Runs a bot's conversation tests, and shows a failure as the dialogue that led there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.compiler.bot import Bot
from engine.core.effects import Message
from engine.core.faults import Fault
from engine.core.program import Program
from engine.core.session import Frame
from engine.core.values import Value
from engine.errors import Place, StatechatError
from engine.testing.conversation import PERSON, Conversation
from engine.testing.files import scripts
from engine.testing.inputs import Edited, Input, Pressed, Reacted, Sent, Typed
from engine.testing.rights import entitled
from engine.testing.said import Said, fits, shown, turned, wanted
from engine.testing.script import Bot as BotLine
from engine.testing.script import Check, Person, Script, Wait


class Mismatch(Exception):  # noqa: N818 - what a test finds, not what goes wrong with it
    """A line of a test that is not true."""

    def __init__(self, place: Place, message: str, cure: str | None = None) -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Failed:
    """A failed test: its name, where and what, and the dialogue up to there."""

    name: str
    place: Place
    message: str
    dialogue: tuple[str, ...]
    cure: str | None = None


@dataclass(slots=True)
class Report:
    """What a run of tests gave."""

    passed: int = 0
    failures: list[Failed] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return len(self.failures)

    def render(self, *, color: bool) -> str:
        """The failures as dialogues, and nothing where there are none."""
        red, dim, end = ("\x1b[31m", "\x1b[2m", "\x1b[0m") if color else ("", "", "")
        blocks = []
        for failure in self.failures:
            lines = [f"{failure.place}: {red}FAILED{end} {failure.name}"]
            lines += [f"    {dim}{line}{end}" for line in failure.dialogue]
            lines += [f"  {red}>{end} {line}" for line in failure.message.splitlines()]
            if failure.cure:
                lines.append(f"    = help: {failure.cure}")
            blocks.append("\n".join(lines))
        return "\n\n".join(blocks)


def run(bot: Bot, select: str | None = None) -> Report:
    """Run the tests of a bot; `select` keeps those whose name holds it.

    Raises:
        FlowInvalid: a test file is faulty.
    """
    report = Report()
    for script in scripts(bot):
        if select is None or select.casefold() in script.name.casefold():
            failure = run_script(bot.program, script)
            if failure is None:
                report.passed += 1
            else:
                report.failures.append(failure)
    return report


def run_script(program: Program, script: Script) -> Failed | None:
    """Run one test; none where it passed."""
    program = entitled(program, script.rights, PERSON)
    conversation = Conversation(program, now=script.now, lang=script.lang, actions=script.actions)
    player = _Player(program, script, conversation)
    try:
        player.play()
    except Mismatch as mismatch:
        return Failed(
            script.name, mismatch.place, mismatch.message, tuple(player.dialogue), mismatch.cure
        )
    except StatechatError as error:
        return Failed(script.name, player.place, error.message, tuple(player.dialogue), error.cure)
    return None


class _Player:
    """Plays a script line by line, and writes the dialogue down."""

    def __init__(self, program: Program, script: Script, conversation: Conversation) -> None:
        self.program = program
        self.script = script
        self.conversation = conversation
        self.dialogue: list[str] = []
        self.place = script.place
        self._looked: Place | None = None
        self._shown = 0

    def play(self) -> None:
        self._begin()
        for line in self.script.lines:
            self.place = line.place
            if isinstance(line, Person):
                self._leave_nothing()
                for input_ in line.inputs:
                    self._input(input_)
            elif isinstance(line, Wait):
                self._leave_nothing()
                self.dialogue.append(f"… {line.milliseconds / 1000:g} s later")
                self.conversation.wait(line.milliseconds)
                self._show()
            elif isinstance(line, BotLine):
                self._expect(line)
            else:
                self._check(line)
        self._leave_nothing()

    def _begin(self) -> None:
        for seed in self.script.records:
            self.conversation.keep(seed.collection, seed.values)
        begin = self.script.begin
        if begin is None:
            return
        flow = begin.flow or self.script.flow
        self.conversation.begin(flow, begin.state, begin.data, begin.user)
        self.dialogue.append(f"(in {begin.state})")
        self._show()

    def _input(self, input_: Input) -> None:
        conversation = self.conversation
        match input_:
            case Typed(text, reply_to):
                self.dialogue.append(f"user: {text}")
                conversation.type(text, reply_to=reply_to)
            case Pressed(choice):
                self.dialogue.append(f"user: [{choice}]")
                conversation.press(choice)
            case Sent(kind, media, text, reply_to):
                name = media.get("name")
                described = f"{kind}: {name}" if name else kind
                self.dialogue.append(f"user: [{described}] {text or ''}".rstrip())
                conversation.send(kind, media, text, reply_to=reply_to)
            case Edited(text):
                self.dialogue.append(f"user: (edits) {text}")
                conversation.edit(text)
            case Reacted(emoji):
                self.dialogue.append(f"user: (reacts) {' '.join(emoji)}")
                conversation.react(emoji)
        self._show()

    def _show(self) -> None:
        said = self.conversation.said
        self.dialogue += [f"bot:  {shown(message)}" for message in said[self._shown :]]
        self._shown = len(said)

    def _leave_nothing(self) -> None:
        """What was said is either not looked at, or expected to the end."""
        left = [message for message in self.conversation.said if not turned(message)]
        if self._looked is not None and left:
            rest = "\n".join(f"  {shown(message)}" for message in left)
            raise Mismatch(self._looked, f"the bot also said:\n{rest}")
        self.conversation.said.clear()
        self._looked = None
        self._shown = 0

    def _expect(self, line: BotLine) -> None:
        self._looked = line.place
        for expected in line.messages:
            self._pass_over_menus(expected)
            if not self.conversation.said:
                raise Mismatch(
                    line.place, f"expected: {wanted(expected)}\nthe bot said nothing more"
                )
            message = self.conversation.said.pop(0)
            self._shown -= 1
            if not self._fits(expected, message):
                raise Mismatch(
                    line.place, f"expected: {wanted(expected)}\nbut said: {shown(message)}"
                )

    def _pass_over_menus(self, expected: Said) -> None:
        """Other buttons on an old message need not be expected, but can be: by `choices` alone."""
        wanted_ = (expected.text, expected.contains, expected.match, expected.react)
        said = self.conversation.said
        while said and turned(said[0]) and any(part is not None for part in wanted_):
            said.pop(0)
            self._shown -= 1

    def _fits(self, expected: Said, message: Message) -> bool:
        """Whether the message, or one with another variation of its text, is as expected."""
        others = self.conversation.alternatives.get(message.text, frozenset())
        variations = (message, *(replace(message, text=text) for text in sorted(others)))
        return any(fits(expected, variation) for variation in variations)

    def _check(self, check: Check) -> None:
        active = self.conversation.active
        if check.kind == "end":
            ended = [ending.state for ending in self.conversation.endings]
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
                self._check_data(check.place, check.expected)
            else:
                self._check_records(check.place, check.expected)

    def _check_data(self, place: Place, expected: Mapping[str, Value]) -> None:
        for name, value in expected.items():
            try:
                actual = self.conversation.value(name)
            except Fault as fault:
                message = f"{name} cannot be computed: {fault.message}"
                raise Mismatch(place, message) from None
            if actual != value or isinstance(actual, bool) is not isinstance(value, bool):
                raise Mismatch(place, f"expected {name}: {value!r}\nbut it is {actual!r}")

    def _check_records(self, place: Place, expected: Mapping[str, Value]) -> None:
        for name, rows in expected.items():
            wanted_rows = rows if isinstance(rows, list) else []
            actual = self.conversation.kept(name)
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
