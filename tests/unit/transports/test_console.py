"""What the console makes of lines and messages; what all transports promise is in the contract."""

import asyncio
import io
import os

import pytest

from engine.core.effects import Button, Mark, Message
from engine.runtime.ports import Delivery, PostponedError
from tests.contract.host import RecordingHost
from transports.console import factory, read_language
from transports.console.plain import Plain
from transports.console.transport import Console, harmless


class Broken(io.StringIO):
    """A pipe that nobody reads any more."""

    def flush(self) -> None:
        raise BrokenPipeError(32, "Broken pipe")


def keyboard(typed: bytes) -> int:
    """A file descriptor on which everything was typed, and the end after it."""
    source, sink = os.pipe()
    os.write(sink, typed)
    os.close(sink)
    return source


def to(person: str, message: Message) -> Delivery:
    return Delivery("d", f"demo/console:{person}", "here", message, 0, "en")


async def feed(console: Console, host: RecordingHost) -> asyncio.Task[None]:
    await console.open(host)
    return asyncio.create_task(console.feed())


async def test_the_end_of_the_input_is_told_once_every_line_is_committed() -> None:
    host = RecordingHost(hold=True)
    console = Console(
        "ann", Plain(keyboard(b"/start\nAnn\n\n 7 \r\nlast"), io.StringIO(), io.StringIO())
    )
    task = await feed(console, host)
    events = await host.until_events(4)
    assert [event.text for event in events] == ["/start", "Ann", " 7 ", "last"]
    assert not console.ended.is_set()
    host.commit()
    async with asyncio.timeout(5):
        await console.ended.wait()
    assert not task.done()
    task.cancel()


async def test_every_line_is_an_event_of_its_own_that_never_comes_again() -> None:
    host = RecordingHost()
    console = Console("ann", Plain(keyboard(b"same\nsame\n"), io.StringIO(), io.StringIO()), "de")
    task = await feed(console, host)
    first, second = await host.until_events(2)
    assert first.id != second.id
    assert first.owner == "demo/console:ann"
    assert first.order < second.order < console.horizon("console")
    assert first.lang == "de"
    task.cancel()


async def test_bytes_that_are_no_text_are_read_as_far_as_they_go() -> None:
    host = RecordingHost()
    console = Console("ann", Plain(keyboard(b"a\xff\x1b[31mb\x00\n"), io.StringIO(), io.StringIO()))
    task = await feed(console, host)
    (event,) = await host.until_events(1)
    assert event.text == "a\ufffd[31mb"
    task.cancel()


async def test_on_a_pipe_the_bot_says_plain_lines_with_a_numbered_menu() -> None:
    out = io.StringIO()
    console = Console("ann", Plain(keyboard(b""), out, io.StringIO()))
    await console.open(RecordingHost())
    rows = ((Button("Berlin", 1, "b"), Button("Wien", 1, "w")), (Button("else", 1, "e"),))
    await console.send(to("ann", Message("Where?", (Mark("bold", 0, 5),), rows)))
    assert out.getvalue() == "Where?\n1. Berlin\n2. Wien\n3. else\n"


async def test_notes_of_the_program_do_not_mix_with_what_the_bot_says() -> None:
    out, aside = io.StringIO(), io.StringIO()
    await Console("ann", Plain(keyboard(b""), out, aside)).note("ready\x1b[2J")
    assert (out.getvalue(), aside.getvalue()) == ("", "ready\ufffd[2J\n")


async def test_a_message_for_someone_else_waits_until_they_sit_here() -> None:
    out = io.StringIO()
    console = Console("ann", Plain(keyboard(b""), out, io.StringIO()))
    await console.open(RecordingHost())
    with pytest.raises(PostponedError):
        await console.send(to("bob", Message("for Bob's eyes")))
    assert out.getvalue() == ""


async def test_a_message_that_nobody_reads_is_kept_and_the_loss_is_told() -> None:
    console = Console("ann", Plain(keyboard(b""), Broken(), io.StringIO()))
    await console.open(RecordingHost())
    with pytest.raises(PostponedError):
        await console.send(to("ann", Message("hello")))
    assert console.lost.is_set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ntext", "plain\ntext"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("\x9b31mred", "\ufffd31mred"),
        ("a\u202eb", "a\ufffdb"),
        ("tab\there", "tab here"),
        ("🎉 ä", "🎉 ä"),
    ],
)
def test_what_could_move_the_cursor_is_made_visible_in_place(text: str, shown: str) -> None:
    assert harmless(text) == shown
    assert len(shown) == len(text)


@pytest.mark.parametrize(
    ("name", "person"),
    [("Ann", "Ann"), ("a/b:c d", "a-b-c-d"), ("Jörg", "Jörg"), ("//", "you")],
)
def test_a_name_is_fit_to_be_part_of_an_id(name: str, person: str) -> None:
    assert Console(name, Plain(0, io.StringIO(), io.StringIO())).person == person


def test_nobody_is_at_the_console_unless_asked_for() -> None:
    assert factory({}) is None
    assert factory({"STATECHAT_CONSOLE": " "}) is None


@pytest.mark.parametrize(
    ("settings", "lang"),
    [
        ({"LANG": "de_AT.UTF-8"}, "de-at"),
        ({"LANG": "de_DE@euro", "LC_ALL": "C.UTF-8"}, None),
        ({"LC_MESSAGES": "fr", "LANG": "de_DE"}, "fr"),
        ({}, None),
    ],
)
def test_the_terminals_language_is_what_the_person_reads(
    settings: dict[str, str], lang: str | None
) -> None:
    assert read_language(settings) == lang
