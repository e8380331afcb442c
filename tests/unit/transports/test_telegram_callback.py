import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import Press, clean
from tests.contract.host import MemoryDocuments
from transports.telegram.callback import NO_VISIT, LongChoices, decode, encode, short_choice

VISITS = st.integers(0, 2**63 - 1)
IDS = st.text(st.characters(exclude_categories=()), max_size=80)


@given(visit=VISITS, choice=IDS, person=st.none() | VISITS)
def test_the_data_of_any_button_fits_and_comes_back(
    visit: int, choice: str, person: int | None
) -> None:
    data = encode(visit, choice, person)
    assert 1 <= len(data.encode()) <= 64
    assert decode(clean(data)) == (Press(visit, short_choice(choice)), person)


@given(first=IDS, second=IDS)
def test_different_choices_travel_differently(first: str, second: str) -> None:
    assert (short_choice(first) == short_choice(second)) is (first == second)


def test_a_short_id_travels_as_itself() -> None:
    assert encode(1295, "berlin.mitte") == "zz.berlin.mitte"
    assert decode("zz.berlin.mitte") == (Press(1295, "berlin.mitte"), None)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        ".a",
        "-1.a",
        " 1.a",
        "1_0.a",
        "٣.a",
        "zzzzzzzzzzzzz.a",
        "0" * 14 + ".a",
        "1~.a",
        "1~-2.a",
    ],
)
def test_data_of_another_bot_belongs_to_no_visit(data: str) -> None:
    assert decode(data) == (Press(NO_VISIT, ""), None)


@given(data=st.text(max_size=64))
def test_no_data_is_an_error(data: str) -> None:
    assert NO_VISIT <= decode(data)[0].visit < 2**63


async def test_a_long_id_is_found_again_by_the_next_process() -> None:
    documents = MemoryDocuments()
    long = "a choice from a table, " * 4
    await LongChoices(documents).keep(["short", long, "#1"])
    found = LongChoices(documents)
    assert await found.resolve(Press(3, short_choice(long))) == Press(3, long)
    assert await found.resolve(Press(3, short_choice("#1"))) == Press(3, "#1")
    assert await found.resolve(Press(3, "short")) == Press(3, "short")
    assert len(documents.kept["telegram.choices"]) == 2


async def test_a_hash_that_nobody_kept_stays_what_it_is() -> None:
    assert await LongChoices(MemoryDocuments()).resolve(Press(1, "#ff")) == Press(1, "#ff")
