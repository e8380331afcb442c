"""Over real sockets: relays in processes of their own, nostr-sdk as the person's client."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("pynostr")
pytest.importorskip("nostr_sdk")

import nostr_sdk as sdk  # type: ignore[import-untyped]  # it has no types

from engine.core.effects import Message
from engine.core.events import Event
from engine.errors import StatechatError
from engine.runtime.ports import Dated, Delivery, PostponedError, RefusedError
from tests.contract.host import RecordingHost
from tests.servers.cable import Cable
from tests.servers.nostr_person import person
from tests.servers.relay import running
from transports.nostr.keys import Key
from transports.nostr.transport import Nostr

KEY = Key(bytes([9] * 32))


@pytest.fixture
def host() -> RecordingHost:
    return RecordingHost()


@contextlib.asynccontextmanager
async def bot(host: RecordingHost, *urls: str, patience: float = 5) -> AsyncIterator[Nostr]:
    """The transport, open and caught up."""
    transport = Nostr(KEY, urls, patience)
    await transport.open(host)
    feed = asyncio.create_task(transport.feed())
    try:
        async with asyncio.timeout(20):
            await transport.caught_up.wait()
        yield transport
        assert not feed.done()
    finally:
        feed.cancel()
        await asyncio.gather(feed, return_exceptions=True)
        await transport.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what nothing tells of."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)


def answer(event: Event, text: str, number: int = 1) -> Delivery:
    id_ = f"{event.owner}#i:3.{number}"
    return Delivery(id_, event.owner, event.chat, Message(text), event.at, "en", event.via)


@pytest.mark.parametrize("kind", [14, 4])
async def test_a_message_is_answered_in_the_kind_in_which_it_came(
    host: RecordingHost, kind: int
) -> None:
    with running() as url:
        async with bot(host, url) as transport, person(KEY.public, url) as ann:
            id_ = await ann.say("hello", kind=kind)
            (event,) = await host.until_events(1)
            assert event.id == f"nostr:{id_}"
            assert event.owner == f"demo/nostr:{ann.public}"
            await transport.send(answer(event, "welcome"))
            (letter,) = await ann.received(1)
            assert (letter.text, letter.author, letter.kind) == ("welcome", KEY.public, kind)


async def test_a_publication_that_is_repeated_reaches_the_person_once(host: RecordingHost) -> None:
    with running() as first, running() as second:
        async with person(KEY.public, first, second) as ann:
            async with bot(host, first, second) as transport:
                await ann.say("hello")
                (event,) = await host.until_events(1)
                await transport.send(answer(event, "once"))
            async with bot(host.restarted(), second, first) as transport:
                await transport.send(answer(event, "once"))
                await transport.send(answer(event, "the end", 2))
                await ann.received(2)
            assert [letter.text for letter in ann.letters] == ["once", "the end"]


async def test_a_message_that_two_relays_deliver_is_one_event(host: RecordingHost) -> None:
    with running() as first, running() as second:
        async with bot(host, first, second), person(KEY.public, first, second) as ann:
            await ann.say("one")
            await ann.say("two", kind=4)
            await ann.say("three")
            await host.until_events(3)
            assert [event.text for event in host.events] == ["one", "two", "three"]
            assert host.repeats == []


async def test_what_two_relays_stored_apart_comes_in_the_order_of_its_writing(
    host: RecordingHost,
) -> None:
    with running("--limit", "3") as first, running() as second:
        async with person(KEY.public, first) as ann, person(KEY.public, second) as bob:
            for number in range(8):
                await ann.say(f"ann {number}")
                await bob.say(f"bob {number}")
            async with bot(host, first, second):
                for name in ("ann", "bob"):
                    said = [event.text for event in host.events if str(event.text)[:3] == name]
                    assert said == [f"{name} {number}" for number in range(8)]
                assert [event.at for event in host.events] == sorted(e.at for e in host.events)


async def test_a_relay_that_is_killed_and_restarted_loses_nothing(
    host: RecordingHost, tmp_path: Path
) -> None:
    arguments = ("--database", str(tmp_path))
    with contextlib.ExitStack() as relays:
        url = relays.enter_context(running(*arguments))
        async with bot(host, url) as transport:
            async with person(KEY.public, url) as ann:
                await ann.say("before")
                (before,) = await host.until_events(1)
            relays.close()
            port = url.rpartition(":")[2]
            relays.enter_context(running(*arguments, "--port", port))
            async with person(KEY.public, url) as bob:
                await bob.say("after")
                after = (await host.until_events(2))[1]
                assert (before.text, after.text) == ("before", "after")
                await transport.send(answer(after, "still here"))
                assert [letter.text for letter in await bob.received(1)] == ["still here"]


async def test_a_forged_seal_is_dropped_and_holds_up_nothing(host: RecordingHost) -> None:
    with running() as url:
        async with bot(host, url), person(KEY.public, url) as eve:
            victim = sdk.Keys.generate()
            rumor = sdk.EventBuilder(sdk.Kind(14), "pay eve").finalize_unsigned(victim.public_key())
            content = eve.keys.nip44_encrypt(eve.peer, rumor.ensure_id().as_json())
            seal = sdk.EventBuilder(sdk.Kind(13), content).finalize(eve.keys)
            await eve.publish(eve.wrap(seal))
            await eve.say("hello")
            await host.until_events(1)
            assert [event.text for event in host.events] == ["hello"]
            assert host.aside == {}


async def test_a_relay_that_wants_authentication_gets_it(host: RecordingHost) -> None:
    with running("--auth") as url:
        async with person(KEY.public, url) as ann:
            await ann.say("waiting")
            async with bot(host, url) as transport:
                (event,) = await host.until_events(1)
                await transport.send(answer(event, "welcome"))
                assert [letter.text for letter in await ann.received(1)] == ["welcome"]


async def test_another_bot_is_ignored_as_soon_as_it_is_known_for_one(host: RecordingHost) -> None:
    def heard(text: str) -> bool:
        return text in [event.text for event in host.events]

    with running() as url:
        async with bot(host, url), person(KEY.public, url) as robot, person(KEY.public, url) as ann:
            for who, profile in ((robot, '{"bot": true}'), (ann, '{"bot": "no"}')):
                builder = sdk.EventBuilder(sdk.Kind(0), profile)
                await who.publish(builder.finalize(who.keys))
            for number in range(50):
                await robot.say(f"beep {number}")
                await ann.say(f"hello {number}")
                await host.until(partial(heard, f"hello {number}"))
                if not heard(f"beep {number}"):
                    break
            else:
                pytest.fail("the bot was never known for one")
            assert heard("beep 0")


async def test_a_relay_that_limits_the_rate_postpones(host: RecordingHost) -> None:
    with running("--notes", "4") as url:
        async with bot(host, url) as transport, person(KEY.public, url) as ann:
            await ann.say("hello")
            (event,) = await host.until_events(1)
            spam = [transport.send(answer(event, "spam", number)) for number in range(6)]
            outcomes = await asyncio.gather(*spam, return_exceptions=True)
            late = [outcome for outcome in outcomes if not isinstance(outcome, str)]
            assert late
            assert all(isinstance(outcome, PostponedError) for outcome in late)
            assert "rate-limited" in str(late[0])


async def test_a_relay_that_is_dead_delays_nothing_for_long(host: RecordingHost) -> None:
    with running() as url:
        async with (
            bot(host, "ws://127.0.0.1:1", url, patience=0.5) as transport,
            person(KEY.public, url) as ann,
        ):
            await ann.say("hello")
            (event,) = await host.until_events(1)
            await transport.send(answer(event, "welcome"))
            await ann.received(1)


async def test_no_relay_at_the_start_is_an_error_with_a_cure(host: RecordingHost) -> None:
    transport = Nostr(KEY, ["ws://127.0.0.1:1"], patience=0.2)
    with pytest.raises(StatechatError) as caught:
        await transport.open(host)
    assert caught.value.code == "nostr:unreachable"
    assert caught.value.cure


async def test_a_chat_that_is_no_public_key_is_refused(host: RecordingHost) -> None:
    with running() as url:
        async with bot(host, url) as transport:
            lost = Delivery("x", "demo/nostr:x", "nobody", Message("hi"), 0, "en")
            with pytest.raises(RefusedError):
                await transport.send(lost)


async def test_the_cursor_moves_only_past_what_is_committed(
    host: RecordingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transports.nostr.transport.CHECKPOINT", 0.01)
    now = 1_700_000_000
    monkeypatch.setattr(type(host.clock), "now", lambda _: now * 1000)
    host.hold = True
    with running() as url:
        async with bot(host, url) as transport, person(KEY.public, url) as ann:
            before = transport.horizon("nostr")
            assert before == now - 2 * 24 * 3600 - 15 * 60
            assert transport.horizon("telegram") == 0
            await ann.publish(
                sdk.EventBuilder(sdk.Kind(4), ann.keys.nip04_encrypt(ann.peer, "hi"))
                .tags([sdk.Tag.public_key(ann.peer)])
                .custom_created_at(sdk.Timestamp.from_secs(now))
                .finalize(ann.keys)
            )
            await host.until_events(1)
            now += 1000
            await asyncio.sleep(0.1)
            assert transport.horizon("nostr") == before
            host.commit()
            await until(lambda: transport.horizon("nostr") != before)
            assert transport.horizon("nostr") == before + 1000
            assert isinstance(transport, Dated)
            assert transport.believable(before) == before
            assert transport.believable(now * 2) == before + 1000


async def test_the_profile_is_published_once_and_keeps_what_its_owner_wrote(
    host: RecordingHost,
) -> None:
    with running() as url:
        keys = sdk.Keys.parse("09" * 32)
        kinds = [sdk.Kind(number) for number in (0, 10002, 10050)]
        mine = sdk.Filter().author(keys.public_key()).kinds(kinds)
        async with person(KEY.public, url) as ann:
            await ann.publish(
                sdk.EventBuilder(sdk.Kind(0), '{"picture": "p.png", "name": "Old"}').finalize(keys)
            )
            async with bot(host, url):
                await until(lambda: "profiles" in host.documents.kept)
            found = await ann.client.fetch_events(sdk.ReqTarget.auto([mine]))
            events = {event.kind().as_u16(): event for event in found}
            assert json.loads(events[0].content()) == {
                "name": "Old",
                "picture": "p.png",
                "bot": True,
            }
            tags = {kind: json.loads(event.as_json())["tags"] for kind, event in events.items()}
            assert tags[10002] == [["r", url]]
            assert tags[10050] == [["relay", url]]
            dates = {event.id().to_hex() for event in found}
            async with bot(host, url):
                await asyncio.sleep(0.2)
            again = await ann.client.fetch_events(sdk.ReqTarget.auto([mine]))
            assert {event.id().to_hex() for event in again} == dates


async def test_an_outage_of_the_network_is_survived(host: RecordingHost) -> None:
    with running() as url:
        async with (
            Cable(url) as cable,
            bot(host, cable.url) as transport,
            person(KEY.public, url) as ann,
        ):
            for number in range(3):
                await cable.cut()
                await ann.say(f"{number}")
                await cable.mend()
                event = (await host.until_events(number + 1))[-1]
            await transport.send(answer(event, "here"))
            await ann.received(1)
            assert [event.text for event in host.events] == ["0", "1", "2"]
