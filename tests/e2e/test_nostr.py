"""A bot on Nostr, as its people see it: real relays, clients of others, and a process that dies."""

import contextlib
import datetime as dt
import hashlib
import json
import time
from pathlib import Path

import pytest

pytest.importorskip("pynostr")
pytest.importorskip("nostr_sdk")

import nostr_sdk as sdk  # type: ignore[import-untyped]  # it has no types

from engine.stores.protocol import Record
from tests.e2e import nostr_tools
from tests.e2e.nostr_tools import npm_person
from tests.e2e.process import Database, running, until
from tests.e2e.revived import LAST, MEMBER, REGISTRATION, STEPS, TEXTS, converse, revived
from tests.e2e.tap import SignedJson, Tap, assert_identical
from tests.servers.nostr_person import AWAY, Person, person
from tests.servers.relay import running as relay
from transports.nostr.keys import Key

SECRET = "07" * 32
BOT = Key(bytes.fromhex(SECRET)).public
FLOW = "flows/registration"
QUIZ = """\
flow: quiz
triggers: [/start]
data: {answer: {type: text}}
initial: question
states:
  question:
    ask: Quick! Your answer?
    into: answer
    after: {2s: late}
    next: thanks
  thanks: {type: final, say: "In time: {answer}"}
  late: {type: final, say: Too late.}
"""


def settings(folder: Path, *relays: str) -> dict[str, str]:
    return {
        "NOSTR_KEY": SECRET,
        "NOSTR_RELAYS": ",".join(relays),
        "STATECHAT_DATA": str(folder),
    }


def stored(folder: Path, public: str, bot: str = "registration") -> Record:
    record = Database(folder / f"{bot}.sqlite3").record(f"{bot}/nostr:{public}")
    assert record is not None
    return record


async def assert_applied_once(folder: Path, public: str, texts: int, steps: int) -> None:
    """One person has registered, by so many texts and steps, and nothing is left to do."""

    def idle() -> bool:
        return not stored(folder, public).outbox

    await until(idle, "an empty outbox")
    record = stored(folder, public)
    assert record.session.steps == steps
    assert len(record.seen) == texts
    database = Database(folder / "registration.sqlite3")
    members = database.records("members")
    assert [{key: one[key] for key in MEMBER} for one in members.values()] == [MEMBER]
    assert database.dead() == {}


@pytest.mark.parametrize("kind", [14, 4])
async def test_a_registration_is_answered_in_the_kind_in_which_it_is_written(
    tmp_path: Path, kind: int
) -> None:
    with relay() as url:
        async with (
            running("run", FLOW, **settings(tmp_path, url)) as bot,
            person(BOT, url) as ann,
        ):
            assert "(nostr; store: sqlite " in await bot.ready()
            await converse(ann, REGISTRATION, kind=kind)
            assert {(letter.kind, letter.author) for letter in ann.letters} == {(kind, BOT)}
            dates = [letter.at for letter in ann.letters]
            assert dates[0] < dates[1], "a client that sorts by date shows the question last"
            await converse(ann, LAST, kind=kind)
            await assert_applied_once(tmp_path, ann.public, 8, STEPS + 1)
            assert await bot.stop() == 0


@pytest.mark.skipif(nostr_tools.missing() is not None, reason=str(nostr_tools.missing()))
async def test_a_registration_with_a_client_in_another_language(tmp_path: Path) -> None:
    with relay() as url:
        async with (
            running("run", FLOW, **settings(tmp_path, url)) as bot,
            npm_person(BOT, url) as ann,
        ):
            await bot.ready()
            for number, (text, answers) in enumerate(REGISTRATION):
                kind = 4 if number % 3 == 2 else 14
                await ann.say(text, kind=kind)
                letters = [await ann.letter() for _ in answers]
                assert [letter["text"] for letter in letters] == answers
                assert {(letter["kind"], letter["author"]) for letter in letters} == {(kind, BOT)}


async def test_forged_events_change_nothing(tmp_path: Path) -> None:
    with relay() as url:
        async with (
            Tap(url) as tap,
            running("run", FLOW, **settings(tmp_path, tap.url)) as bot,
            person(BOT, url) as ann,
            person(BOT, url) as eve,
        ):
            await bot.ready()
            await converse(ann, REGISTRATION[:2])
            *forged, genuine = forgeries(ann, eve)
            for forgery in forged:
                await tap.inject(forgery)
            await converse(ann, [*REGISTRATION[2:], *LAST])
            await assert_applied_once(tmp_path, ann.public, 8, STEPS + 1)
            assert eve.letters == []
            database = Database(tmp_path / "registration.sqlite3")
            assert database.record(f"registration/nostr:{eve.public}") is None
            await converse(ann, REGISTRATION[:2])
            await tap.inject(genuine)
            count = len(ann.letters) + 1
            assert (await ann.received(count))[-1].text == "Cancelled."


def forgeries(ann: Person, eve: Person) -> list[SignedJson]:
    """`/cancel` in Ann's name, though not by her: each is wrong in one place only."""
    plain = signed(ann, sdk.EventBuilder(sdk.Kind(4), ann.keys.nip04_encrypt(ann.peer, "/cancel")))
    redated = {**plain, "created_at": plain["created_at"] - 1}
    rumor = sdk.EventBuilder(sdk.Kind(14), "/cancel").tags([sdk.Tag.public_key(ann.peer)])
    rumor = rumor.finalize_unsigned(ann.keys.public_key()).ensure_id()
    seal = json.loads(sdk.nip59_make_seal(ann.keys, ann.peer, rumor).as_json())
    renamed = {**json.loads(rumor.as_json()), "id": "0" * 64}
    misnamed = ann.keys.nip44_encrypt(ann.peer, json.dumps(renamed))
    return [
        {**plain, "sig": flipped(plain["sig"])},
        {**plain, "id": flipped(plain["id"])},
        redated,
        {**redated, "id": computed_id(redated)},
        wrapped(eve, {**seal, "sig": flipped(seal["sig"])}),
        wrapped(eve, json.loads(sdk.nip59_make_seal(eve.keys, eve.peer, rumor).as_json())),
        wrapped(eve, signed(ann, sdk.EventBuilder(sdk.Kind(13), misnamed))),
        {**wrapped(eve, seal), "sig": flipped(plain["sig"])},
        # The last one is hers: had it been the form, all of the others would prove nothing.
        wrapped(eve, seal),
    ]


def signed(author: Person, builder: sdk.EventBuilder) -> SignedJson:
    event: SignedJson = json.loads(
        builder.tags([sdk.Tag.public_key(author.peer)]).finalize(author.keys).as_json()
    )
    return event


def wrapped(author: Person, seal: SignedJson) -> SignedJson:
    ephemeral = sdk.Keys.generate()
    content = ephemeral.nip44_encrypt(author.peer, json.dumps(seal))
    builder = sdk.EventBuilder(sdk.Kind(1059), content).tags([sdk.Tag.public_key(author.peer)])
    event: SignedJson = json.loads(builder.finalize(ephemeral).as_json())
    return event


def flipped(digits: str) -> str:
    """Hex digits of which the last bit is another."""
    return digits[:-1] + format(int(digits[-1], 16) ^ 1, "x")


def computed_id(event: SignedJson) -> str:
    """NIP-01's id."""
    fields = [0, *(event[key] for key in ("pubkey", "created_at", "kind", "tags", "content"))]
    canonical = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


async def test_two_relays_carry_one_conversation_though_each_is_away_in_turn(
    tmp_path: Path,
) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    with contextlib.ExitStack() as first, contextlib.ExitStack() as second:
        urls = [
            stack.enter_context(relay("--database", str(folder)))
            for stack, folder in zip((first, second), folders, strict=True)
        ]
        async with (
            running("run", FLOW, **settings(tmp_path, *urls)) as bot,
            person(BOT, *urls) as ann,
        ):
            await bot.ready()
            await converse(ann, REGISTRATION[:2])
            first.close()
            await leave(ann, urls[0])
            await converse(ann, REGISTRATION[2:4])
            port = urls[0].rpartition(":")[2]
            first.enter_context(relay("--database", str(folders[0]), "--port", port))
            await join(ann, urls[0])
            second.close()
            await leave(ann, urls[1])
            await converse(ann, [*REGISTRATION[4:], *LAST])
            await assert_applied_once(tmp_path, ann.public, 8, STEPS + 1)


async def test_a_relay_that_is_restarted_in_the_middle_interrupts_nothing(tmp_path: Path) -> None:
    arguments = ("--database", str(tmp_path / "relay"))
    with contextlib.ExitStack() as relays:
        url = relays.enter_context(relay(*arguments))
        port = url.rpartition(":")[2]
        async with (
            running("run", FLOW, **settings(tmp_path, url)) as bot,
            person(BOT, url) as ann,
        ):
            await bot.ready()
            for number, exchange in enumerate((*REGISTRATION, *LAST)):
                if number in (2, 6):
                    relays.close()
                    await leave(ann, url)
                    relays.enter_context(relay(*arguments, "--port", port))
                    await join(ann, url)
                await converse(ann, [exchange])
            await assert_applied_once(tmp_path, ann.public, 8, STEPS + 1)


@pytest.mark.parametrize("fate", ["delivered", "lost"])
async def test_a_bot_that_dies_at_each_of_its_messages_says_each_once(
    tmp_path: Path, fate: str
) -> None:
    with relay() as url:
        async with Tap(url) as tap:
            struck: set[str] = set()
            async with (
                revived("run", FLOW, **settings(tmp_path, tap.url)) as lives,
                person(BOT, url) as ann,
            ):

                async def strike(event: SignedJson) -> bool:
                    if event["id"] in struck:
                        return True
                    struck.add(event["id"])
                    await lives.kill()
                    return fate == "delivered"

                tap.trigger = strike
                await converse(ann, REGISTRATION)
                tap.trigger = None
                await converse(ann, LAST)
                await assert_applied_once(tmp_path, ann.public, 8, STEPS + 1)
                assert lives.deaths == len(TEXTS)
    assert_identical(tap.published, len(TEXTS) + 1)
    assert len(tap.published) >= 2 * len(TEXTS) + 1


@pytest.mark.parametrize(
    "point",
    [
        "after-step-before-commit",
        "after-commit-before-send",
        "after-commit-before-ack",
        "after-send-before-mark",
    ],
)
async def test_a_bot_that_is_killed_around_its_commits_goes_on_as_if_it_had_not_been(
    tmp_path: Path, point: str
) -> None:
    kill_at = [f"{point}:{count}" for count in (1, 3, 2, 4)]
    with relay() as url:
        async with (
            Tap(url) as tap,
            revived("run", FLOW, kill_at=kill_at, **settings(tmp_path, tap.url)) as lives,
            person(BOT, url) as ann,
        ):
            await converse(ann, [*REGISTRATION, *LAST])
            await assert_applied_once(tmp_path, ann.public, 8, STEPS + 1)
            assert lives.deaths >= 2
        assert_identical(tap.published, len(TEXTS) + 1)


async def test_what_is_written_while_the_bot_is_down_is_answered_in_order(tmp_path: Path) -> None:
    with relay("--limit", "3") as url:
        async with person(BOT, url) as ann:
            await ann.say(REGISTRATION[0][0])
            async with running("run", FLOW, **settings(tmp_path, url)) as bot:
                await bot.ready()
                await ann.received(2)
                bot.kill()
            for text, _ in REGISTRATION[1:]:
                await ann.say(text)
            async with running("run", FLOW, **settings(tmp_path, url)):
                letters = await ann.received(len(TEXTS))
                assert [letter.text for letter in letters] == TEXTS
                await converse(ann, LAST)
                await assert_applied_once(tmp_path, ann.public, 8, STEPS + 1)


async def test_who_answered_in_time_is_not_expired_by_our_downtime(tmp_path: Path) -> None:
    flow = tmp_path / "quiz" / "quiz.yaml"
    flow.parent.mkdir()
    flow.write_text(QUIZ)

    def due(public: str) -> float:
        (timer,) = stored(tmp_path, public, "quiz").session.timers
        return timer.due / 1000

    with relay() as url:
        async with person(BOT, url) as ann, person(BOT, url) as bob, person(BOT, url) as cleo:
            async with running("run", str(flow.parent), **settings(tmp_path, url)) as bot:
                await bot.ready()
                for one in (ann, bob, cleo):
                    now(one)
                    await converse(one, [("/start", ["Quick! Your answer?"])])
                bot.kill()
                await bot.ended()
            now(ann)
            await ann.say("42")
            assert time.time() < due(ann.public), "the machine is too slow for this test"
            passed = max(due(one.public) for one in (ann, bob, cleo)) + 1
            await until(lambda: time.time() > passed, "the timers are due")
            now(bob)
            await bob.say("43")
            async with running("run", str(flow.parent), **settings(tmp_path, url)) as bot:
                await ann.received(2)
                await bob.received(3)
                await cleo.received(2)
                said = [[letter.text for letter in one.letters[1:]] for one in (ann, bob, cleo)]
                assert said[0] == ["In time: 42"]
                assert said[1][0] == "Too late."
                assert "42" not in said[1][1]
                assert said[2] == ["Too late."]


def now(one: Person) -> None:
    """Let the next message be dated now."""
    one.written = AWAY - 1


async def leave(one: Person, url: str) -> None:
    """Do without a relay that is away: the client would wait ten seconds for it at each message."""
    await one.client.remove_relay(sdk.RelayUrl.parse(url))


async def join(one: Person, url: str) -> None:
    """Listen at a relay that is back."""
    address = sdk.RelayUrl.parse(url)
    await one.client.add_relay(address)
    found = await one.client.relay(address)
    await found.try_connect(dt.timedelta(seconds=10))
    mine = sdk.Filter().kinds([sdk.Kind(1059), sdk.Kind(4)]).pubkey(one.keys.public_key())
    await one.client.subscribe(sdk.ReqTarget.auto([mine]))


async def test_a_person_is_handed_over_to_an_operator_who_replies_or_just_writes(
    tmp_path: Path,
) -> None:
    with relay() as url:
        async with person(BOT, url) as eve, person(BOT, url) as ann, person(BOT, url) as bob:
            where = f"operators=nostr:{eve.keys.public_key().to_bech32()}"
            known = {**settings(tmp_path, url), "STATECHAT_CHATS": where}
            async with running("run", "tests/e2e/bots/desk", **known) as bot:
                await bot.ready()
                for number, (one, problem) in enumerate(((ann, "Broken"), (bob, "Lost")), 1):
                    await one.say("/help")
                    await one.received(1)
                    await one.say(problem)
                    await one.received(2)
                    first = (await eve.received(number))[-1].text
                    assert first.startswith(f"#{number} nostr:{one.public}"[:64])
                    assert f"\n{problem}\n" in first
                broken = eve.letters[0]
                await eve.say("Since when?", tags=[["e", broken.ref, "", "reply"]])
                assert (await ann.received(3))[-1].text == "Since when?"
                await bob.say("Hello?")
                assert (await eve.received(3))[-1].text.endswith("\nHello?")
                await eve.say("Where?")
                assert (await bob.received(3))[-1].text == "Where?"
                await ann.say("Since yesterday")
                assert (await eve.received(4))[-1].text.endswith("\nSince yesterday")
                await eve.say("/done")
                assert (await ann.received(4))[-1].text == "Glad to help."
                assert len(bob.letters) == 3
                assert await bot.stop() == 0
