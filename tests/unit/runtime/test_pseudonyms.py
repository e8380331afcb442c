"""The log's names of persons: lasting, different, and of no use without the key."""

from engine.runtime.persons import gather, summed_up
from engine.runtime.pseudonyms import Pseudonyms, kept, known
from tests.unit.runtime.fakes import MemoryStore

ANN, BEN = "bot/telegram:471100815", "bot/telegram:471100816"


async def test_a_person_has_one_name_for_as_long_as_the_database_lasts() -> None:
    store = MemoryStore()
    assert await known(store) is None
    first = await kept(store)
    again = await kept(store)
    assert first.of(ANN) == again.of(ANN) != first.of(BEN)
    assert first.of(ANN).startswith("bot/telegram:~")
    assert "471100815" not in first.of(ANN)


def test_without_its_key_a_name_says_nothing() -> None:
    assert Pseudonyms().of(ANN) != Pseudonyms().of(ANN)


def test_ids_in_a_text_give_way_also_without_their_transport() -> None:
    names = Pseudonyms(b"key")
    short = names.of(ANN).partition(":")[2]
    assert (
        names.put_in(f"{ANN}#a:1 in chat 471100815", ANN) == f"{names.of(ANN)}#a:1 in chat {short}"
    )


def test_an_id_that_is_part_of_any_word_is_left_in_it() -> None:
    assert Pseudonyms().put_in("a banana", "bot/console:a") == "a banana"


async def test_who_knows_a_person_finds_them_in_the_log() -> None:
    store = MemoryStore()
    assert summed_up(await gather(store, ANN), str)["in the log"] is None
    names = await kept(store)
    assert summed_up(await gather(store, ANN), str)["in the log"] == names.of(ANN)
