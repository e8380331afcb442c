import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pynostr")
pytest.importorskip("nostr_sdk")

import nostr_sdk as sdk  # type: ignore[import-untyped]  # it has no types

from engine.core.effects import Button, Mark, Media, Message
from engine.runtime.ports import Delivery
from transports.nostr import nip44
from transports.nostr.files import Attachment
from transports.nostr.keys import Key
from transports.nostr.letters import read
from transports.nostr.messages import SignedEvent, Unsigned, read_signed
from transports.nostr.outbound import compose
from transports.nostr.wraps import (
    BACKDATED,
    CHAT,
    SEAL,
    WRAP,
    chat_message,
    open_plain,
    plain,
    unwrap,
    wrap,
)

BOT = Key(bytes([1] * 32))
PERSON = Key(bytes([2] * 32))
STRANGER = Key(bytes([4] * 32))
AT = 1_700_000_000
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)


def sdk_keys(key: Key) -> sdk.Keys:
    return sdk.Keys.parse({BOT: "01", PERSON: "02"}[key] * 32)


def delivery(message: Message, id_: str = "demo/nostr:x#i:4.1", via: str | None = None) -> Delivery:
    return Delivery(id_, "demo/nostr:x", PERSON.public, message, AT * 1000 + 999, "en", via)


def seal(
    rumor: Unsigned, by: Key, *, kind: int = SEAL, forge: Callable[[SignedEvent], SignedEvent]
) -> SignedEvent:
    """A gift wrap for the bot around a seal in which something is wrong."""
    content = nip44.encrypt(json.dumps(rumor.as_dict()), by.conversation_key(BOT.public), bytes(32))
    sealed = forge(Unsigned(by.public, AT, kind, (), content).signed(by))
    outer = nip44.encrypt(
        json.dumps(sealed.as_dict()), STRANGER.conversation_key(BOT.public), bytes(32)
    )
    return Unsigned(STRANGER.public, AT, WRAP, (("p", BOT.public),), outer).signed(STRANGER)


def honest(event: SignedEvent) -> SignedEvent:
    return event


def rumor(text: str = "hi", by: Key = PERSON, kind: int = CHAT) -> Unsigned:
    return Unsigned(by.public, AT, kind, (("p", BOT.public),), text)


@settings(deadline=None)
@given(TEXTS, st.text(max_size=10))
def test_a_wrap_is_read_by_whom_it_is_for(text: str, purpose: str) -> None:
    gift = wrap(PERSON, BOT.public, rumor(text), purpose=purpose)
    opened = unwrap(BOT, read_signed(json.loads(json.dumps(gift.as_dict()))))
    assert (opened.content, opened.pubkey, opened.created_at) == (text, PERSON.public, AT)
    assert AT - BACKDATED <= gift.created_at < AT
    assert gift.pubkey not in (PERSON.public, BOT.public)
    with pytest.raises(ValueError, match="this key"):
        unwrap(STRANGER, gift)


@settings(deadline=None)
@given(TEXTS)
def test_the_other_implementation_reads_our_wraps(text: str) -> None:
    gift = wrap(BOT, PERSON.public, chat_message(BOT, PERSON.public, text, at=AT), purpose="x")
    event = sdk.Event.from_json(json.dumps(gift.as_dict()))
    assert event.verify()
    opened = sdk.UnwrappedGift.from_gift_wrap(sdk_keys(PERSON), event)
    assert opened.sender().to_hex() == BOT.public
    assert opened.rumor().content() == text
    assert opened.rumor().kind().as_u16() == CHAT
    assert opened.rumor().created_at().as_secs() == AT


@settings(deadline=None)
@given(TEXTS)
def test_we_read_the_wraps_of_the_other_implementation(text: str) -> None:
    event = sdk.nip17_make_private_msg(sdk_keys(PERSON), sdk_keys(BOT).public_key(), text)
    opened = unwrap(BOT, read_signed(json.loads(event.as_json())))
    assert (opened.content, opened.pubkey) == (text, PERSON.public)


@settings(deadline=None)
@given(TEXTS)
def test_both_implementations_read_each_others_plain_messages(text: str) -> None:
    ours = plain(BOT, PERSON.public, text, at=AT, purpose="x")
    theirs = sdk.Event.from_json(json.dumps(ours.as_dict()))
    assert theirs.verify()
    assert sdk_keys(PERSON).nip04_decrypt(sdk_keys(BOT).public_key(), theirs.content()) == text
    sealed = sdk_keys(PERSON).nip04_encrypt(sdk_keys(BOT).public_key(), text)
    event = Unsigned(PERSON.public, AT, 4, (("p", BOT.public),), sealed).signed(PERSON)
    assert open_plain(BOT, event).content == text


def test_a_seal_by_another_than_the_author_is_refused() -> None:
    with pytest.raises(ValueError, match="not by the author"):
        unwrap(BOT, seal(rumor(by=PERSON), STRANGER, forge=honest))


def test_a_seal_with_a_wrong_signature_is_refused() -> None:
    with pytest.raises(ValueError, match="seal's signature"):
        unwrap(BOT, seal(rumor(), PERSON, forge=lambda event: replace(event, signature="0" * 128)))


def test_a_seal_that_names_the_victim_but_is_signed_by_another_is_refused() -> None:
    def forge(event: SignedEvent) -> SignedEvent:
        forged = replace(event, pubkey=PERSON.public)
        return replace(forged, signature=STRANGER.sign(bytes.fromhex(forged.id)).hex())

    with pytest.raises(ValueError, match="seal's signature"):
        unwrap(BOT, seal(rumor(), STRANGER, forge=forge))


def test_a_wrap_with_a_wrong_signature_or_kind_or_without_a_seal_is_refused() -> None:
    gift = seal(rumor(), PERSON, forge=honest)
    assert unwrap(BOT, gift).content == "hi"
    with pytest.raises(ValueError, match="wrap's signature"):
        unwrap(BOT, replace(gift, signature="0" * 128))
    with pytest.raises(ValueError, match="no gift wrap"):
        unwrap(BOT, replace(gift, kind=1))
    with pytest.raises(ValueError, match="no seal"):
        unwrap(BOT, seal(rumor(), PERSON, kind=1, forge=honest))


@pytest.mark.parametrize(
    "wrapped",
    [
        rumor(by=BOT),
        rumor(kind=15),
        rumor("  \n\0 "),
        Unsigned(PERSON.public, AT, CHAT, (("p", STRANGER.public),), "to another"),
        Unsigned(PERSON.public, AT, CHAT, (("p", BOT.public), ("p", STRANGER.public)), "to both"),
    ],
)
def test_what_is_no_message_of_a_person_to_the_bot_is_refused(wrapped: Unsigned) -> None:
    author = BOT if wrapped.pubkey == BOT.public else PERSON
    with pytest.raises(ValueError, match=r"\w"):
        read(BOT, seal(wrapped, author, forge=honest))


@settings(deadline=None)
@given(st.sampled_from([WRAP, 4]), st.text(max_size=300))
def test_garbage_in_a_genuine_event_is_refused(kind: int, garbage: str) -> None:
    event = Unsigned(PERSON.public, AT, kind, (("p", BOT.public),), garbage).signed(PERSON)
    with pytest.raises(ValueError, match=r"\w"):
        read(BOT, event)


@settings(deadline=None)
@given(TEXTS)
def test_garbage_in_a_genuine_wrap_is_refused(garbage: str) -> None:
    content = nip44.encrypt(garbage, PERSON.conversation_key(BOT.public), bytes(32))
    event = Unsigned(PERSON.public, AT, WRAP, (("p", BOT.public),), content).signed(PERSON)
    with pytest.raises(ValueError, match=r"\w"):
        read(BOT, event)


def test_an_answered_message_is_named() -> None:
    first, last = "1" * 64, "2" * 64
    tags = (("p", BOT.public), ("e", first), ("e", last, "", "reply"), ("e", "garbage"))
    read_back = read(
        BOT, seal(Unsigned(PERSON.public, AT, CHAT, tags, "yes"), PERSON, forge=honest)
    )
    assert read_back.as_event("demo", AT * 1000).extra == {"reply_to": {"ref": last}}


def test_a_message_from_the_future_happens_now() -> None:
    message = read(BOT, seal(rumor("/start x"), PERSON, forge=honest))
    event = message.as_event("demo", AT * 1000 - 5)
    assert event.at == AT * 1000 - 5
    assert (event.name, event.args, event.via) == ("/start", "x", "nip17")
    assert event.owner == f"demo/nostr:{PERSON.public}"
    assert event.chat == PERSON.public


@pytest.mark.parametrize("via", ["nip17", "nip04", None])
def test_a_delivery_that_is_composed_again_is_the_identical_events(via: str | None) -> None:
    message = Message("word " * 3000, (Mark("bold", 0, 4),), ((Button("Yes", 1, "y"),),))
    once = [letter.event.as_dict() for letter in compose(BOT, delivery(message, via=via))]
    assert json.dumps(once) == json.dumps(
        [
            letter.event.as_dict()
            for letter in compose(Key(bytes([1] * 32)), delivery(message, via=via))
        ]
    )
    assert len(once) == len({event["id"] for event in once}) == 4


def test_files_come_before_the_text_and_the_first_is_the_reply() -> None:
    file = Attachment("https://files.example/1", (("file-type", "image/png"), ("x", "00")))
    cat = Media("photo", {"id": "1", "transport": "telegram"})
    said = Message("Look", media=(cat, cat, cat), reply_to="a" * 64)
    first, second, words = (
        unwrap(PERSON, letter.event) for letter in compose(BOT, delivery(said), {0: file, 2: file})
    )
    assert (first.kind, first.content, first.values("e")) == (15, file.url, ["a" * 64])
    assert (second.kind, second.values("e"), second.values("x")) == (15, [], ["00"])
    assert (words.kind, words.content, words.values("e")) == (14, "[photo]\nLook", [])
    assert first.created_at < second.created_at < words.created_at
    alone = list(compose(BOT, delivery(Message(media=(cat,))), {0: file}))
    assert [unwrap(PERSON, letter.event).kind for letter in alone] == [15]


def test_a_message_is_called_by_the_id_that_clients_reply_to() -> None:
    (letter,) = compose(BOT, delivery(Message("hi")))
    assert unwrap(PERSON, letter.event).id == letter.ref
    (direct,) = compose(BOT, delivery(Message("hi"), via="nip04"))
    assert direct.event.id == direct.ref


def test_the_same_words_in_the_same_second_are_two_messages() -> None:
    deliveries = [delivery(Message("And now?"), f"demo/nostr:x#i:{step}.1") for step in (4, 5)]
    refs = [letter.ref for one in deliveries for letter in compose(BOT, one)]
    assert len(set(refs)) == 2


def test_only_the_first_part_is_a_reply_and_only_to_an_id_of_nostrs() -> None:
    def answered(message: Message) -> list[list[str]]:
        letters = compose(BOT, delivery(message))
        return [unwrap(PERSON, letter.event).values("e") for letter in letters]

    assert answered(Message("word " * 1000, reply_to="a" * 64)) == [["a" * 64], []]
    assert answered(Message("hi", reply_to="12")) == [[]]


def test_an_edit_is_sent_anew_and_one_of_buttons_not_at_all() -> None:
    buttons = ((Button("Yes", 1, "y"),),)
    (letter,) = compose(BOT, delivery(Message("new words", (), buttons, edit="a" * 64)))
    assert unwrap(PERSON, letter.event).content == "new words\n1. Yes"
    assert list(compose(BOT, delivery(Message("", (), buttons, edit="a" * 64)))) == []


def test_nothing_secret_repeats_between_deliveries_texts_and_parts() -> None:
    one, two = Message("one"), Message("two")
    events = [
        letter.event
        for message in (one, two, Message("word " * 3000))
        for id_ in ("demo/nostr:x#i:4.1", "demo/nostr:x#i:5.1")
        for letter in compose(BOT, delivery(message, id_))
    ]
    nonces = {event.content[:40] for event in events}
    assert len(nonces) == len({event.pubkey for event in events}) == len(events)


def test_messages_of_one_step_and_parts_of_one_text_are_dated_in_order() -> None:
    deliveries = [
        delivery(Message("say"), "demo/nostr:x#i:4.1"),
        delivery(Message("ask " * 2500), "demo/nostr:x#i:4.2"),
    ]
    dates = [
        unwrap(PERSON, letter.event).created_at
        for item in deliveries
        for letter in compose(BOT, item)
    ]
    assert dates == [AT, AT + 1, AT + 2, AT + 3]


def test_every_part_is_small_enough_for_a_relay() -> None:
    for letter in compose(BOT, delivery(Message('🎉\n"\\' * 4000))):
        assert len(json.dumps(letter.event.as_dict())) < 32_768


def test_a_chat_that_is_no_public_key_is_refused() -> None:
    for chat in ("somebody", "f" * 64, "", "npub1x"):
        with pytest.raises(ValueError, match=r"\w"):
            list(compose(BOT, replace(delivery(Message("x")), chat=chat)))
