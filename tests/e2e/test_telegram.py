"""Whole conversations of the bots that ship, over a Bot API server, with the bot as a process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.dialogue import Person, Telegram, telegram
from tests.e2e.process import Process, until
from tests.servers.telegram import membership, message

pytestmark = pytest.mark.asyncio(loop_scope="module")

HELLO = ("Welcome! Four short questions.", "What is your name?")
STREET = "Which street and number? Send /skip to leave the address out."
DISH = "What would you like?"
TOPPINGS = "Anything on top? Each is 1 €."
FALLBACK = "Sorry, I did not get that. Send /start to register, /help for help."
PAYING = "One moment, your payment is on its way …"


@contextlib.asynccontextmanager
async def answering(
    bot: str, folders: pytest.TempPathFactory
) -> AsyncIterator[tuple[Telegram, Process]]:
    async with telegram(folders.mktemp(bot)) as account, account.bot(bot, "-v") as process:
        await process.ready()
        yield account, process
        assert await process.stop() == 0
        # Nothing that these people did was worth a warning.
        assert "WARNING" not in process.log
        assert "ERROR" not in process.log
        assert account.token.partition(":")[2] not in process.log


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def registration(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    async with answering("registration", tmp_path_factory) as (account, _):
        yield account


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def order(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    async with answering("order", tmp_path_factory) as (account, _):
        yield account


async def test_a_member_registers_with_texts_and_buttons(registration: Telegram) -> None:
    ann = registration.person(100)
    await ann.says("/start")
    await ann.hears(*HELLO)
    await ann.says("Ann")
    await ann.hears("How old are you, Ann?")
    await ann.says("a lot")
    await ann.hears("Please send a number from 16 to 120.")
    await ann.says("40")
    await ann.hears("Where do you live?")
    assert ann.buttons() == ["Berlin", "Vienna"]
    await ann.presses("Vienna")
    await ann.hears(STREET)
    await ann.says("Ring 1")
    await ann.hears("And the postcode?")
    await ann.says("1010")
    await ann.hears("Ann, 40, Vienna. Correct?")
    await ann.presses("Yes")
    await ann.hears("Done, Ann!")
    answered = await registration.gate.until("answerCallbackQuery", 2)
    queries = {call.fields["callback_query_id"] for call in answered}
    assert {"query-100-Vienna", "query-100-Yes"} <= queries
    database = registration.database("registration")
    await until(lambda: settled(registration, ann), "everything is sent and marked")
    (member,) = [one for one in database.records("members").values()
                 if one["name"] == "Ann"]  # fmt: skip
    address = {"street": "Ring 1", "postcode": "1010", "city": "vienna"}
    assert (member["age"], member["city"], member["address"]) == (40, "vienna", address)


async def test_people_are_answered_in_the_language_of_their_telegram(
    registration: Telegram,
) -> None:
    joerg = registration.person(101, "de-AT")
    await joerg.says("/start")
    await joerg.hears("Willkommen! Vier kurze Fragen.", "Wie heißt du?")
    await joerg.says("Jörg")
    await joerg.hears("Wie alt bist du, Jörg?")
    await joerg.says("41")
    await joerg.hears("Wo wohnst du?")
    assert joerg.buttons() == ["Berlin", "Wien"]
    await joerg.says("vienna")
    await joerg.hears("Welche Straße und Hausnummer? Mit /skip lässt du die Adresse weg.")
    await joerg.says("/skip")
    await joerg.hears("Jörg, 41, Wien. Stimmt das?")
    await joerg.says("/english")
    await joerg.hears("From now on in English.", "Jörg, 41, Vienna. Correct?")
    await joerg.presses("Yes")
    await joerg.hears("Done, Jörg!")


async def test_a_deep_link_begins_the_flow(registration: Telegram) -> None:
    eve = registration.person(102)
    await eve.says("/start ref_42")
    await eve.hears(*HELLO)


async def test_going_back_over_telegram_corrects_an_answer(registration: Telegram) -> None:
    bob = registration.person(103)
    await bob.says("/start", "Bob", "30")
    await bob.hears(*HELLO, "How old are you, Bob?", "Where do you live?")
    await bob.says("/back")
    await bob.hears("How old are you, Bob?")
    await bob.says("/back")
    await bob.hears("What is your name?")
    await bob.says("Rob")
    await bob.hears("How old are you, Rob?")


async def test_a_press_on_an_old_button_is_told_so_and_answers_nothing(
    registration: Telegram,
) -> None:
    cat = registration.person(104)
    await cat.says("/start", "Cat", "30")
    await cat.hears(*HELLO, "How old are you, Cat?", "Where do you live?")
    await cat.presses("Berlin")
    await cat.hears(STREET)
    await cat.presses("Vienna")
    await cat.hears("This button is no longer in use.")
    await cat.says("/back")
    await cat.hears("Where do you live?")
    await cat.presses("Berlin", last=2)
    await cat.hears("This button is no longer in use.")
    await cat.presses("Vienna")
    await cat.hears(STREET)


async def test_many_people_are_answered_side_by_side_and_each_in_order(
    registration: Telegram,
) -> None:
    async def talks(person: Person) -> None:
        name = f"Person {person.number}"
        await person.says("/start", name, "30", "1", "/skip")
        await person.hears(
            *HELLO, f"How old are you, {name}?", "Where do you live?", STREET,
            f"{name}, 30, Berlin. Correct?",
        )  # fmt: skip
        await person.presses("Yes")
        await person.hears(f"Done, {name}!")

    await asyncio.gather(*[talks(registration.person(number)) for number in range(200, 230)])


async def test_whatever_people_type_is_taken_as_words(registration: Telegram) -> None:
    dan = registration.person(105)
    await dan.says("\x00\x07\x1b[31m", "x" * 4096, "\u200b", "👩‍👩‍👧‍👦 *bold* _x_ <b>", "/")
    await dan.hears(*[FALLBACK] * 5)
    # More than Telegram ever lets through: a Bot API server of one's own might.
    await dan.sends(message("ä" * 65_536, 105))
    await dan.hears(FALLBACK)
    await dan.says("/start", "*👩‍👩‍👧‍👦* {age} <b>\x00\x1b[2J")
    await dan.hears(*HELLO, "How old are you, *👩‍👩‍👧‍👦* {age} <b>[2J?")
    assert dan.messages[-1].entities == []
    await dan.says("9" * 5_000)
    await dan.hears("Please send a number from 16 to 120.")


async def test_an_unknown_update_passes_and_hides_nothing(registration: Telegram) -> None:
    fay = registration.person(106)
    await fay.sends({"poll_answer": {"poll_id": "1", "user": {"id": 106}, "option_ids": [0]}})
    await fay.sends({"an update that nobody has thought of yet": {"from": None}})
    await fay.does(message(None, 106, new_chat_title="a service message"))
    last = await fay.says("/start")
    await fay.hears(*HELLO)
    await registration.confirmed(last)
    assert await registration.emulator.waiting(registration.token) == 0


async def test_a_pizza_is_ordered_and_paid_after_the_first_payment_was_declined(
    order: Telegram,
) -> None:
    ann = order.person(100)
    await ann.says("/start")
    await ann.hears(DISH)
    assert ann.buttons() == ["Margherita, 8 €", "Marinara, 7 €", "Diavola, 9.50 €"]
    await ann.presses("Margherita, 8 €")
    await ann.hears("How many? (1 to 9)")
    await ann.says("9")
    await ann.hears(TOPPINGS)
    await ann.presses("Chili")
    await ann.sees("Olives", "More cheese", "✓ Chili", "Garlic", "Done")
    await ann.presses("Done")
    await ann.says("Ring 1", "skip", "ann@example.org")
    await ann.hears(
        "Where shall we bring it?",
        "Anything that our driver should know?",
        "Your e-mail address, for the receipt?",
        "9 × Margherita, 8 € with Chili to Ring 1: €81.00. Shall we bake?",  # noqa: RUF001 - theirs
    )
    assert [one["type"] for one in ann.messages[-1].entities] == ["bold"]
    declined = "The payment was declined (more than 60 EUR). Try again?"
    await ann.presses("Pay and bake")
    await ann.hears(PAYING, declined)
    await ann.presses("Try again")
    await ann.hears(PAYING, declined)
    await ann.presses("Cancel")
    await ann.hears("Your order is cancelled. Nothing was charged.")
    assert order.database("order").records("receipts") == {}

    await ann.says("/menu", "spicy", "2", "done", "Ring 1", "skip", "ann@example.org", "Pay")
    await ann.hears(
        DISH, "How many? (1 to 9)", TOPPINGS, "Where shall we bring it?",
        "Anything that our driver should know?",
        "Your e-mail address, for the receipt?",
        "2 × Diavola, 9.50 € to Ring 1: €19.00. Shall we bake?",  # noqa: RUF001 - as above
        PAYING,
    )  # fmt: skip
    database = order.database("order")
    await until(lambda: len(database.records("receipts")) == 1, "a receipt")
    ((id_, receipt),) = database.records("receipts").items()
    number = f"R{id_[:8].upper()}"
    await ann.hears(
        f"Thank you! Receipt {number} is on its way to ann@example.org, and the pizza to Ring 1."
    )
    assert receipt == {"amount": 19, "currency": "EUR", "email": "ann@example.org"}


async def test_a_digression_comes_back_to_the_open_question(order: Telegram) -> None:
    bob = order.person(101)
    await bob.says("/menu")
    await bob.hears(DISH)
    await bob.says("/hours")
    await bob.hears("Which day?")
    await bob.presses("Saturday and Sunday")
    await bob.hears("On Saturday and Sunday we bake from 12 to 24.", DISH)
    await bob.presses("Marinara, 7 €")
    await bob.hears("How many? (1 to 9)")


def settled(account: Telegram, person: Person) -> bool:
    """Whether nothing is left to do for a person."""
    record = account.database("registration").record(f"registration/{person.owner}")
    return record is not None and not record.outbox


async def test_who_blocks_the_bot_is_left_alone_and_finds_everything_when_back(
    registration: Telegram,
) -> None:
    eve = registration.person(140)
    await eve.says("/start")
    await eve.hears(*HELLO)
    await eve.sends(membership(eve.number, "kicked"))
    database = registration.database("registration")

    def away() -> bool:
        record = database.record(f"registration/{eve.owner}")
        return record is not None and record.session.away > 0

    await until(away, "the block is noted")
    await eve.sends(membership(eve.number, "member"))
    await until(lambda: not away(), "the block is taken back")
    await eve.says("Eve")
    await eve.hears("How old are you, Eve?")
