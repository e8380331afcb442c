"""What every transport promises, tried on each that a module in `peers/` registers."""

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from engine.core.effects import Button, Mark, Media, Message
from engine.core.events import Press
from engine.errors import StatechatError
from engine.runtime.ports import Delivery, PostponedError, RefusedError, Transport
from tests.contract.host import RecordingHost
from tests.contract.peer import Peer, Traits, open_peer

PEERS = sorted(path.stem for path in (Path(__file__).parent / "peers").glob("[a-z]*.py"))
LONG = "\n\n".join(f"Paragraph {n}: " + "words and more words 🎉 " * 30 for n in range(20))


@pytest_asyncio.fixture(params=PEERS)
async def peer(request: pytest.FixtureRequest) -> AsyncIterator[Peer]:
    module = importlib.import_module(f"tests.contract.peers.{request.param}")
    async with open_peer(module) as made:
        yield made


@pytest.fixture
def host() -> RecordingHost:
    return RecordingHost()


@contextlib.asynccontextmanager
async def running(transport: Transport, host: RecordingHost) -> AsyncIterator[Transport]:
    """The transport, open and feeding; on leaving, the feed must still be alive."""
    await transport.open(host)
    feed = asyncio.create_task(transport.feed())
    try:
        yield transport
        assert not feed.done(), "the feed ended by itself"
    finally:
        feed.cancel()
        await asyncio.gather(feed, return_exceptions=True)
        await transport.close()


def need(traits: Traits, trait: str) -> None:
    if not getattr(traits, trait):
        pytest.skip(f"{traits.prefix} has no {trait}")


async def answer(
    transport: Transport, host: RecordingHost, message: Message, number: int = 1
) -> Delivery:
    """Send a message to whoever wrote last."""
    event = host.events[-1]
    delivery = Delivery(
        id=f"{event.owner}#i:{number}",
        owner=event.owner,
        chat=event.chat,
        message=message,
        planned=host.clock.now(),
        lang="en",
        via=event.via,
    )
    await transport.send(delivery)
    return delivery


async def eventually(
    attempt: Callable[[], Awaitable[object]], host: RecordingHost, seconds: float = 20
) -> None:
    """Repeat what is postponed, as the outbox does."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                await attempt()
            except PostponedError:
                await host.clock.sleep(100)
            else:
                return


async def turns(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what a transport changes by itself."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - a plain attribute, whoever sets it
            await asyncio.sleep(0.01)


async def test_what_a_person_writes_arrives_as_a_text_of_that_person(
    peer: Peer, host: RecordingHost
) -> None:
    async with running(peer.transport(), host) as transport:
        await peer.say("Hello there 👋")
        (event,) = await host.until_events(1)
        assert (event.name, event.text) == ("text", "Hello there 👋")
        assert event.owner.startswith(f"demo/{transport.name}:")
        assert event.id.startswith(f"{peer.traits.prefix}:")
        assert event.chat
        assert (
            abs(event.at - host.clock.now()) < 300_000
        )  # peers may date what they say into the last minutes


async def test_a_command_arrives_by_its_name_with_its_arguments(
    peer: Peer, host: RecordingHost
) -> None:
    async with running(peer.transport(), host):
        await peer.say("/start from-a-friend")
        (event,) = await host.until_events(1)
        assert (event.name, event.args) == ("/start", "from-a-friend")


async def test_the_order_of_one_person_is_kept(peer: Peer, host: RecordingHost) -> None:
    async with running(peer.transport(), host):
        for number in range(20):
            await peer.say(str(number))
        events = await host.until_events(20)
        assert [event.text for event in events] == [str(number) for number in range(20)]
        assert [event.order for event in events] == sorted(event.order for event in events)


async def test_what_was_written_while_the_bot_was_down_comes_before_it_has_caught_up(
    peer: Peer, host: RecordingHost
) -> None:
    need(peer.traits, "redelivers")
    for text in ("one", "two", "three"):
        await peer.say(text)
    transport = peer.transport()
    assert not transport.caught_up.is_set()
    async with running(transport, host):
        async with asyncio.timeout(20):
            await transport.caught_up.wait()
        assert [event.text for event in host.events] == ["one", "two", "three"]


async def test_an_answer_reaches_the_person(peer: Peer, host: RecordingHost) -> None:
    async with running(peer.transport(), host) as transport:
        await peer.say("hi")
        await host.until_events(1)
        await answer(transport, host, Message("Nice to meet you 🎉", (Mark("bold", 0, 4),)))
        assert "Nice" in (await peer.received(1))[-1]


async def test_answers_arrive_in_the_order_in_which_they_were_sent(
    peer: Peer, host: RecordingHost
) -> None:
    async with running(peer.transport(), host) as transport:
        await peer.say("hi")
        await host.until_events(1)
        for number in range(5):
            await answer(transport, host, Message(f"answer {number}"), number)
        received = await peer.received(5)
        assert [text.strip() for text in received] == [f"answer {number}" for number in range(5)]


async def test_a_long_text_arrives_whole(peer: Peer, host: RecordingHost) -> None:
    async with running(peer.transport(), host) as transport:
        await peer.say("tell me everything")
        await host.until_events(1)
        await answer(transport, host, Message(LONG, (Mark("bold", 0, 12),)))
        await answer(transport, host, Message("The end."), 2)
        count = 1
        while "The end." not in (received := await peer.received(count))[-1]:
            count = len(received) + 1
        words = " ".join(received[:-1]).replace("*", "").split()
        assert words == LONG.split()


async def test_a_pressed_button_comes_back_as_the_choice_that_it_offered(
    peer: Peer, host: RecordingHost
) -> None:
    async with running(peer.transport(), host) as transport:
        await peer.say("hi")
        await host.until_events(1)
        rows = ((Button("Berlin", 7, "berlin"), Button("Wien", 7, "vienna")),)
        await answer(transport, host, Message("Where do you live?", (), rows))
        await peer.received(1)
        presses: tuple[str | int, ...] = ("Wien", 1)
        for number, pressed in enumerate(presses, 2):
            await peer.press(pressed)
            event = (await host.until_events(number))[-1]
            if peer.traits.buttons:
                expected = Press(7, "vienna" if pressed == "Wien" else "berlin")
                assert (event.name, event.press) == ("choice", expected)
            else:
                assert event.name == "text"
                assert (event.text or "").strip() in {str(pressed), "2"}


async def until_shown(peer: Peer, *parts: str) -> None:
    """Wait until what the person has got holds all of these."""
    received: list[str] = []
    while not all(part in "\n".join(received) for part in parts):
        received = await peer.received(len(received) + 1)


async def told(
    transport: Transport, host: RecordingHost, message: Message, number: int
) -> str | None:
    """As `answer`; gives the reference of the message."""
    event = host.events[-1]
    return await transport.send(
        Delivery(
            f"{event.owner}#i:{number}", event.owner, event.chat, message, host.clock.now(), "en",
            event.via,
        )
    )  # fmt: skip


async def test_a_file_of_the_bot_is_shown_or_named_with_its_caption(
    peer: Peer, host: RecordingHost, tmp_path: Path
) -> None:
    (tmp_path / "cat.png").write_bytes(b"a cat")
    host.root = tmp_path
    async with running(peer.transport(), host) as transport:
        await peer.say("hi")
        await host.until_events(1)
        cat = Media("photo", {"file": "cat.png"})
        await answer(transport, host, Message("My cat", media=(cat,)))
        await until_shown(peer, "[photo: cat.png]", "My cat")


async def test_media_at_an_address_and_of_another_transport_are_never_lost(
    peer: Peer, host: RecordingHost
) -> None:
    async with running(peer.transport(), host) as transport:
        await peer.say("hi")
        await host.until_events(1)
        address = Media("photo", {"url": "https://files.example/cat.png"})
        foreign = Media("photo", {"id": "7", "transport": "elsewhere", "name": "dog.png"})
        await answer(transport, host, Message("One", media=(address,)), 1)
        await answer(transport, host, Message("Two", media=(foreign,)), 2)
        await until_shown(peer, "https://files.example/cat.png", "One", "[photo: dog.png]", "Two")


async def test_what_is_done_to_messages_holds_up_nothing(peer: Peer, host: RecordingHost) -> None:
    async with running(peer.transport(), host) as transport:
        await peer.say("hi")
        (event,) = await host.until_events(1)
        for number, message in enumerate(
            (
                Message(typing=True),
                Message(react="👍", reply_to=event.ref or "none"),
                Message(react="", reply_to=event.ref or "none"),
                Message("Yes?", reply_to=event.ref),
                Message(delete=event.ref or "none"),
                Message("The end."),
            ),
            start=1,
        ):
            await answer(transport, host, message, number)
        await until_shown(peer, "Yes?", "The end.")


async def test_an_edit_is_read_and_one_of_buttons_alone_says_nothing(
    peer: Peer, host: RecordingHost
) -> None:
    async with running(peer.transport(), host) as transport:
        await peer.say("hi")
        await host.until_events(1)
        ref = await told(transport, host, Message("first"), 1) or "none"
        await told(transport, host, Message("second", edit=ref), 2)
        buttons = ((Button("A", 1, "a"),),)
        await told(transport, host, Message("", (), buttons, edit=ref), 3)
        await told(transport, host, Message("The end."), 4)
        await until_shown(peer, "first", "second", "The end.")
        assert not any("1. A" in text for text in await peer.received(1))


async def test_a_reply_names_the_message_that_the_bot_sent(peer: Peer, host: RecordingHost) -> None:
    need(peer.traits, "references")
    async with running(peer.transport(), host) as transport:
        await peer.say("hi")
        (event,) = await host.until_events(1)
        ref = await told(transport, host, Message("How old are you?"), 1)
        assert ref
        assert event.ref
        assert event.replied_to is None
        await peer.received(1)
        await peer.reply("40", ref)
        answer_ = (await host.until_events(2))[-1]
        assert (answer_.name, answer_.text, answer_.replied_to) == ("text", "40", ref)


async def test_a_reaction_names_its_emoji_and_its_message(peer: Peer, host: RecordingHost) -> None:
    need(peer.traits, "references")
    async with running(peer.transport(), host) as transport:
        await peer.say("hi")
        await host.until_events(1)
        ref = await told(transport, host, Message("Good news!"), 1)
        assert ref
        await peer.received(1)
        await peer.react("🎉", ref)
        event = (await host.until_events(2))[-1]
        assert (event.name, event.ref, event.extra) == ("reaction", ref, {"reaction": ["🎉"]})


async def test_a_photo_of_the_person_is_a_reference_of_this_transport(
    peer: Peer, host: RecordingHost
) -> None:
    need(peer.traits, "media")
    async with running(peer.transport(), host) as transport:
        await peer.send_photo()
        (event,) = await host.until_events(1)
        assert event.name == "photo"
        assert event.ref
        assert event.extra is not None
        media = event.extra["media"]
        assert isinstance(media, dict)
        assert media["id"]
        known = {"kind": "photo", "transport": transport.name, "width": 8, "height": 6, "size": 4}
        assert known.items() <= media.items()
        await answer(transport, host, Message("Back", media=(Media("photo", media),)))
        await until_shown(peer, "Back")


async def test_an_edit_of_the_person_is_told_from_a_new_text(
    peer: Peer, host: RecordingHost
) -> None:
    need(peer.traits, "edits")
    async with running(peer.transport(), host):
        await peer.say("Ann")
        await peer.edit("Anne")
        first, second = await host.until_events(2)
        assert (second.name, second.text, second.ref) == ("edited", "Anne", first.ref)


async def test_what_was_not_committed_comes_again_after_a_restart(
    peer: Peer, host: RecordingHost
) -> None:
    need(peer.traits, "redelivers")
    host.hold = True
    async with running(peer.transport(), host):
        await peer.say("remember me")
        (first,) = await host.until_events(1)
    host = host.restarted()
    async with running(peer.transport(), host):
        (again,) = await host.until_events(1)
        assert (again.id, again.text) == (first.id, "remember me")


async def test_what_was_committed_is_not_a_new_event_after_a_restart(
    peer: Peer, host: RecordingHost
) -> None:
    need(peer.traits, "redelivers")
    async with running(peer.transport(), host):
        await peer.say("done with this")
        await host.until_events(1)
    host = host.restarted()
    async with running(peer.transport(), host):
        await peer.say("and now this")
        events = await host.until_events(1)
        assert [event.text for event in events] == ["and now this"]


async def test_an_id_below_the_horizon_is_never_delivered_again(
    peer: Peer, host: RecordingHost
) -> None:
    need(peer.traits, "redelivers")
    async with running(peer.transport(), host) as transport:
        for number in range(3):
            await peer.say(str(number))
        await host.until_events(3)
        horizon = transport.horizon(peer.traits.prefix)
    below = {event.id for event in host.events if event.order < horizon}
    host = host.restarted()
    async with running(peer.transport(), host) as transport:
        await peer.say("last")
        await host.until_events(1)
        assert not below & set(host.repeats)
        assert transport.horizon("someone-else") == 0


async def test_an_event_that_is_not_committed_does_not_hold_up_the_next(
    peer: Peer, host: RecordingHost
) -> None:
    host.hold = True
    async with running(peer.transport(), host):
        await peer.say("slow")
        await host.until_events(1)
        await peer.say("quick")
        events = await host.until_events(2)
        assert [event.text for event in events] == ["slow", "quick"]


async def test_what_cannot_be_read_is_set_aside_and_holds_up_nothing(
    peer: Peer, host: RecordingHost
) -> None:
    need(peer.traits, "poison")
    async with running(peer.transport(), host):
        await peer.say("before")
        await peer.poison()
        await peer.say("after")
        events = await host.until_events(2)
        assert [event.text for event in events] == ["before", "after"]
        await host.until(lambda: len(host.aside) == 1)
        ((reason, payload),) = host.aside.values()
        assert reason
        assert payload


async def test_an_outage_postpones_answers_and_loses_nothing(
    peer: Peer, host: RecordingHost
) -> None:
    need(peer.traits, "outages")
    async with running(peer.transport(), host) as transport:
        await peer.say("before")
        await host.until_events(1)
        async with peer.outage():
            with pytest.raises(PostponedError):
                await answer(transport, host, Message("an answer"))
            await peer.say("during")
        await peer.say("after")
        events = await host.until_events(3)
        assert [event.text for event in events] == ["before", "during", "after"]
        await eventually(lambda: answer(transport, host, Message("an answer")), host)
        assert "an answer" in (await peer.received(1))[-1]


async def test_the_pauses_of_an_outage_grow_and_are_bounded(
    peer: Peer, host: RecordingHost
) -> None:
    need(peer.traits, "outages")
    async with running(peer.transport(), host) as transport:
        async with asyncio.timeout(20):
            await transport.caught_up.wait()
        host.clock.slept.clear()
        async with peer.outage():
            pauses = (await host.clock.until_slept(12))[:12]
        assert pauses == sorted(pauses)
        assert pauses[0] < pauses[-1] <= 60_000


async def test_a_transport_is_in_trouble_as_long_as_an_outage_lasts(
    peer: Peer, host: RecordingHost
) -> None:
    async with running(peer.transport(), host) as transport:
        async with asyncio.timeout(20):
            await transport.caught_up.wait()
        assert transport.trouble is None
        need(peer.traits, "outages")
        async with peer.outage():
            await turns(lambda: transport.trouble is not None)
            assert transport.trouble
            assert "\n" not in transport.trouble
        await turns(lambda: transport.trouble is None)


async def test_a_start_without_network_says_so(peer: Peer, host: RecordingHost) -> None:
    need(peer.traits, "outages")
    transport = peer.transport()
    async with peer.outage():
        with pytest.raises(StatechatError) as caught:
            await transport.open(host)
        await transport.close()
    assert caught.value.code == f"{transport.name}:unreachable"
    assert caught.value.cure
    assert "\n" not in str(caught.value)


async def test_a_message_to_a_chat_that_is_none_is_refused_for_good(
    peer: Peer, host: RecordingHost
) -> None:
    need(peer.traits, "refuses")
    async with running(peer.transport(), host) as transport:
        lost = Delivery("d", "demo/x:1", "no chat of ours", Message("hello"), 0, "en")
        with pytest.raises(RefusedError):
            await transport.send(lost)


async def test_closing_ends_at_once_and_can_be_repeated(peer: Peer, host: RecordingHost) -> None:
    transport = peer.transport()
    async with running(transport, host):
        await peer.say("hi")
        await host.until_events(1)
    async with asyncio.timeout(5):
        await transport.close()
