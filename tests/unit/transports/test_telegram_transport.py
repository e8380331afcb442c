"""The whole transport over HTTP: a Bot API server in its own process, a proxy that can fail."""

import asyncio
import contextlib
import gc
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

pytest.importorskip("aiogram")

from engine.core.effects import Button, Mark, Message
from engine.core.events import Press
from engine.errors import StatechatError
from engine.runtime.ports import Delivery, PostponedError, RefusedError, Transport
from tests.contract.host import RecordingHost
from tests.contract.peers.telegram import TelegramPeer
from tests.contract.peers.telegram import peer as telegram_peer
from tests.servers.faulty import BAD_GATEWAY, Fault, refusal
from tests.servers.telegram import message, press
from transports.telegram.callback import encode


@pytest_asyncio.fixture
async def peer() -> AsyncIterator[TelegramPeer]:
    async with telegram_peer() as made:
        yield made


@pytest.fixture
def host() -> RecordingHost:
    return RecordingHost()


@contextlib.asynccontextmanager
async def running(peer: TelegramPeer, host: RecordingHost) -> AsyncIterator[Transport]:
    transport = peer.transport()
    await transport.open(host)
    feed = asyncio.create_task(transport.feed())
    try:
        yield transport
    finally:
        feed.cancel()
        await asyncio.gather(feed, return_exceptions=True)
        await transport.close()


@contextlib.asynccontextmanager
async def opened(peer: TelegramPeer, host: RecordingHost) -> AsyncIterator[Transport]:
    transport = peer.transport()
    await transport.open(host)
    try:
        yield transport
    finally:
        await transport.close()


def delivery(content: Message, id_: str = "d1") -> Delivery:
    return Delivery(id_, "demo/telegram:100", "100", content, 0, "en")


async def test_a_deep_link_arrives_as_the_arguments_of_start(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    async with running(peer, host):
        await peer.say("/start invited-by_7")
        (event,) = await host.until_events(1)
    assert (event.name, event.args, event.chat) == ("/start", "invited-by_7", "100")
    assert (event.owner, event.lang) == ("demo/telegram:100", "en")


async def test_the_offset_moves_only_after_the_commit(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    host.hold = True
    async with running(peer, host):
        await peer.say("one")
        await peer.say("two")
        await host.until_events(2)
        host.commit("telegram:1")
    assert await peer.emulator.waiting(peer.token) == 1
    host = host.restarted()
    async with running(peer, host) as transport:
        (event,) = await host.until_events(1)
        assert event.text == "two"
        assert transport.horizon("telegram") <= event.order
    assert await peer.emulator.waiting(peer.token) == 0


async def test_a_press_on_a_sent_button_comes_back_and_is_answered(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    long = "a choice whose id is far too long for the data behind a button"
    rows = ((Button("Yes", 3, "yes"), Button("Long", 3, long)),)
    async with running(peer, host) as transport:
        await transport.send(delivery(Message("Sure?", (), rows)))
        await peer.press("Yes")
        await peer.press("Long")
        events = await host.until_events(2)
        answers = await peer.proxy.until("answerCallbackQuery", 2)
    assert [event.press for event in events] == [Press(3, "yes"), Press(3, long)]
    assert {call.fields["callback_query_id"] for call in answers} == {"q1"}


async def test_a_press_that_expired_before_it_was_answered_is_no_error(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    expired = Fault(400, refusal(400, "Bad Request: query is too old"), "answerCallbackQuery")
    async with peer.proxy.failing(expired), running(peer, host):
        await peer.emulator.enqueue(peer.token, press("1.a"))
        await peer.proxy.until("answerCallbackQuery", accepted=False)
        await peer.say("still here")
        events = await host.until_events(2)
    assert events[1].text == "still here"


async def test_marks_arrive_as_entities_in_utf16_units(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    marks = (Mark("bold", 3, 4), Mark("link", 8, 4, "https://example.org"))
    async with opened(peer, host) as transport:
        await transport.send(delivery(Message("😀👍 bold link", marks)))
    (call,) = peer.proxy.of("sendMessage")
    assert call.fields["text"] == "😀👍 bold link"
    assert "parse_mode" not in call.fields
    assert call.entities == [
        {"type": "bold", "offset": 5, "length": 4},
        {"type": "text_link", "offset": 10, "length": 4, "url": "https://example.org"},
    ]


async def test_a_long_text_with_emoji_is_taken_by_the_server_in_parts(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    text = "👩\u200d👩\u200d👧" * 2000
    async with opened(peer, host) as transport:
        await transport.send(delivery(Message(text, (), ((Button("Ok", 1, "ok"),),))))
    calls = peer.proxy.of("sendMessage")
    assert "".join(call.fields["text"] for call in calls) == text
    assert [bool(call.keyboard) for call in calls] == [False] * (len(calls) - 1) + [True]


async def test_a_part_already_sent_is_not_sent_again(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    long = delivery(Message("\n".join(f"{number} " + "x" * 3000 for number in range(3))))
    async with opened(peer, host) as transport:
        too_fast = Fault(429, refusal(429, "slow", parameters={"retry_after": 4}), "sendMessage")
        original, sent = peer.proxy._forward, 0

        async def forward(request, fields, uploads):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as wrapped
            nonlocal sent
            if request.path.endswith("/sendMessage"):
                sent += 1
                if sent == 1:
                    peer.proxy.faults.append(replace(too_fast, times=1))
            return await original(request, fields, uploads)

        peer.proxy._forward = forward  # type: ignore[method-assign]  # fails after the first part
        with pytest.raises(PostponedError) as caught:
            await transport.send(long)
        assert caught.value.milliseconds == 4000
        await transport.send(long)
    assert [call.fields["text"][0] for call in peer.proxy.of("sendMessage")] == ["0", "1", "2"]


REFUSALS = [
    (403, "Forbidden: bot was blocked by the user"),
    (400, "Bad Request: chat not found"),
    (403, "Forbidden: user is deactivated"),
    (403, "Forbidden: bot was kicked from the supergroup chat"),
    (413, "Request Entity Too Large"),
]


@pytest.mark.parametrize(("status", "description"), REFUSALS)
async def test_what_can_never_be_sent_is_refused(
    peer: TelegramPeer, host: RecordingHost, status: int, description: str
) -> None:
    async with opened(peer, host) as transport:
        async with peer.proxy.failing(Fault(status, refusal(status, description), "sendMessage")):
            with pytest.raises(RefusedError, match=description):
                await transport.send(delivery(Message("hi")))
        await transport.send(delivery(Message("hi")))


PASSING = [
    (Fault(429, refusal(429, "Too Many Requests", parameters={"retry_after": 7})), 7000),
    (Fault(429, refusal(429, "Too Many Requests")), None),
    (Fault(500, refusal(500, "Internal Server Error")), None),
    (Fault(500, json.dumps({"ok": False})), None),
    (BAD_GATEWAY, None),
    (Fault(200, "[1, 2"), None),
    (Fault(200, "\xff\xfe", content_type="application/json"), None),
    (Fault(401, refusal(401, "Unauthorized")), None),
    (Fault(404, refusal(404, "Not Found")), None),
]


@pytest.mark.parametrize(("fault", "milliseconds"), PASSING)
async def test_what_may_be_sent_later_is_postponed(
    peer: TelegramPeer, host: RecordingHost, fault: Fault, milliseconds: int | None
) -> None:
    async with opened(peer, host) as transport:
        async with peer.proxy.failing(replace(fault, method="sendMessage", times=1)):
            with pytest.raises(PostponedError) as caught:
                await transport.send(delivery(Message("hi")))
        assert caught.value.milliseconds == milliseconds
        await transport.send(delivery(Message("hi")))
    (*_, last) = peer.proxy.of("sendMessage")
    assert last.fields["text"] == "hi"


@pytest.mark.parametrize(
    "fault",
    [
        BAD_GATEWAY,
        Fault(500, refusal(500, "Internal Server Error")),
        Fault(409, refusal(409, "Conflict: terminated by other getUpdates request")),
        Fault(401, refusal(401, "Unauthorized")),
        Fault(429, refusal(429, "Too Many Requests", parameters={"retry_after": 2})),
        Fault(200, json.dumps({"ok": True, "result": 5})),
    ],
)
async def test_updates_come_again_after_every_fault(
    peer: TelegramPeer, host: RecordingHost, fault: Fault
) -> None:
    async with running(peer, host):
        await peer.say("before")
        await host.until_events(1)
        async with peer.proxy.failing(replace(fault, method="getUpdates", times=3)):
            await peer.say("after")
            events = await host.until_events(2)
    assert [event.text for event in events] == ["before", "after"]
    assert len([pause for pause in host.clock.slept if pause >= 250]) >= 2


async def test_unknown_kinds_of_updates_are_passed_over_and_confirmed(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    unknown = [
        {"update_id": 1, "a_kind_of_2031": {"id": 1}},
        {"update_id": 2, "poll": {"id": "1"}},
        {"update_id": 3} | message("hello"),
    ]
    body = json.dumps({"ok": True, "result": unknown})
    async with peer.proxy.failing(Fault(200, body, "getUpdates", times=1)), running(peer, host):
        await host.until_events(1)
        await peer.emulator.enqueue(peer.token, {"update_id": 9} | message("again"))
        await host.until_events(2)
    assert [event.text for event in host.events] == ["hello", "again"]
    assert host.aside == {}
    offsets = [call.fields.get("offset") for call in peer.proxy.of("getUpdates")]
    assert offsets[:2] == [None, "4"]


async def test_a_strangers_press_is_answered_to_them_alone(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    async with running(peer, host):
        update = press(encode(1, "a", 101))
        update["callback_query"]["message"]["chat"] = {"id": -100, "type": "supergroup"}
        await peer.emulator.enqueue(peer.token, update)
        (call,) = await peer.proxy.until("answerCallbackQuery", 1)
        await peer.say("hi you")
        (event,) = await host.until_events(1)
    assert call.fields["text"] == "not_yours in en"
    assert event.text == "hi you"


async def test_a_mention_of_the_bots_own_name_is_stripped_from_a_command(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    me = json.dumps({"ok": True, "result": {"id": 7, "is_bot": True, "username": "Demo_Bot"}})
    async with peer.proxy.failing(Fault(200, me, "getMe")), running(peer, host):
        await peer.say("/start@other_bot no")
        await peer.say("/start@demo_bot yes")
        (event,) = await host.until_events(1)
    assert (event.name, event.args) == ("/start", "yes")


async def test_commands_are_set_and_a_failure_to_set_them_stops_nothing(
    peer: TelegramPeer, caplog: pytest.LogCaptureFixture
) -> None:
    host = RecordingHost(commands=[("/Start", "Sign\nup"), ("help", ""), ("/größe", "no")])
    async with opened(peer, host):
        (call,) = peer.proxy.of("setMyCommands")
    assert json.loads(call.fields["commands"]) == [
        {"command": "start", "description": "Sign up"},
        {"command": "help", "description": "help"},
    ]
    failure = replace(BAD_GATEWAY, method="setMyCommands")
    async with peer.proxy.failing(failure), opened(peer, host):
        pass
    assert "the menu of commands was not set" in caplog.text


async def test_a_webhook_is_removed_and_what_waits_behind_it_is_kept(
    peer: TelegramPeer, host: RecordingHost, caplog: pytest.LogCaptureFixture
) -> None:
    info = json.dumps({"ok": True, "result": {"url": "https://example.org/hook"}})
    await peer.say("waiting")
    async with peer.proxy.failing(Fault(200, info, "getWebhookInfo")), running(peer, host):
        (event,) = await host.until_events(1)
    assert event.text == "waiting"
    (call,) = peer.proxy.of("deleteWebhook")
    assert call.fields.get("drop_pending_updates") in {None, "false"}
    assert "webhook" in caplog.text


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(401, refusal(401, "Unauthorized")), "telegram:unauthorized"),
        (Fault(404, refusal(404, "Not Found")), "telegram:unauthorized"),
        (BAD_GATEWAY, "telegram:unreachable"),
        (Fault(200, "<html>", content_type="text/html"), "telegram:unreachable"),
    ],
)
async def test_a_bot_that_cannot_start_says_why_in_one_line(
    peer: TelegramPeer, host: RecordingHost, fault: Fault, code: str
) -> None:
    transport = peer.transport()
    async with peer.proxy.failing(fault):
        with pytest.raises(StatechatError) as caught:
            await transport.open(host)
    assert caught.value.code == code
    assert caught.value.cure
    assert "\n" not in str(caught.value)
    with pytest.raises(PostponedError):
        await transport.send(delivery(Message("hi")))
    await transport.close()


async def test_the_token_is_in_no_log_no_error_and_no_representation(
    peer: TelegramPeer, host: RecordingHost, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = peer.token.partition(":")[2]
    told = Fault(400, refusal(400, f"Bad Request: no bot{peer.token} here"))
    seen: list[object] = []
    async with running(peer, host) as transport:
        for fault in (told, BAD_GATEWAY):
            async with peer.proxy.failing(fault):
                for attempt in range(2):
                    with pytest.raises((RefusedError, PostponedError)) as failed:
                        await transport.send(delivery(Message("hi"), str(attempt)))
                    seen += [failed.value, failed.value.__cause__, failed.value.__context__]
        async with peer.outage():
            with pytest.raises(PostponedError) as lost:
                await transport.send(delivery(Message("hi")))
            await host.clock.until_slept(3)
        seen += [lost.value, lost.value.__cause__, transport]
    async with peer.proxy.failing(told):
        with pytest.raises(StatechatError) as refused:
            await peer.transport().open(host)
    seen += [refused.value, refused.value.__cause__]
    assert secret not in "".join(f"{one!s} {one!r}" for one in seen)
    assert secret not in caplog.text


async def test_nothing_is_left_open(peer: TelegramPeer, host: RecordingHost) -> None:
    async with running(peer, host):
        await peer.say("hi")
        await host.until_events(1)
    gc.collect()  # an unclosed session or socket warns here, and warnings are errors
    assert [task for task in asyncio.all_tasks() if "Loop" in repr(task)] == []


async def test_a_group_that_becomes_a_supergroup_goes_on(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    old = {"id": -5, "type": "group", "title": "Us"}
    new = {"id": -1005, "type": "supergroup", "title": "Us"}
    async with running(peer, host):
        await peer.emulator.enqueue(peer.token, message("before", chat=old))
        await peer.emulator.enqueue(peer.token, message(chat=old, migrate_to_chat_id=-1005))
        await peer.emulator.enqueue(peer.token, message(chat=new, migrate_from_chat_id=-5))
        await peer.emulator.enqueue(peer.token, message("after", chat=new))
        events = await host.until_events(2)
    assert [(one.text, one.owner, one.chat) for one in events] == [
        ("before", "demo/telegram:-5", "-5"), ("after", "demo/telegram:-5", "-5"),
    ]  # fmt: skip
    assert host.aside == {}
    host = host.restarted()
    async with opened(peer, host) as transport:
        sent = Delivery("d1", "demo/telegram:-5", "-5", Message("Hi"), 0, "en")
        await transport.send(sent)
    assert peer.proxy.calls[-1].fields["chat_id"] == "-1005"


async def test_a_refusal_tells_where_a_group_is_now(
    peer: TelegramPeer, host: RecordingHost
) -> None:
    why = "Bad Request: group chat was upgraded to a supergroup chat"
    body = refusal(400, why, parameters={"migrate_to_chat_id": -1005})
    async with opened(peer, host) as transport:
        peer.proxy.faults.append(Fault(400, body, times=1))
        sent = Delivery("d1", "demo/telegram:-5", "-5", Message("Hi"), 0, "en")
        with pytest.raises(PostponedError):
            await transport.send(sent)
        await transport.send(sent)
    assert peer.proxy.calls[-1].fields["chat_id"] == "-1005"
