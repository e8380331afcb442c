from hypothesis import given
from hypothesis import strategies as st

from engine.core.effects import Button, Mark, Message
from transports.menu import numbered, plain


def test_a_message_without_buttons_is_its_text() -> None:
    assert numbered(Message("Hello\nthere")) == "Hello\nthere"


def test_buttons_become_numbered_lines_row_by_row() -> None:
    rows = (
        (Button("Berlin", 1, "berlin"), Button("Wien", 1, "vienna")),
        (Button("Some\nwhere  else", 1, "else"),),
    )
    assert numbered(Message("Where?", (), rows)) == "Where?\n1. Berlin\n2. Wien\n3. Some where else"


def test_a_page_counts_as_the_engine_does_and_words_stand_below() -> None:
    rows = (
        (Button("K", 1, "k", 11), Button("L", 1, "l", 12)),
        (Button("None of them", 1, "none", 40),),
        (Button("Previous", 1, ".page:0", 0), Button("Next", 1, ".page:2", 0)),
        (Button("Done", 1, ".done", 0),),
    )
    assert numbered(Message("Which?", (), rows)).splitlines() == [
        "Which?", "11. K", "12. L", "40. None of them", "[Previous] [Next]", "[Done]",
    ]  # fmt: skip


def test_a_link_shows_its_address_and_takes_no_number() -> None:
    rows = (
        (Button("A", 1, "a"), Button("Terms", 1, "t", 0, "https://a.example/t")),
        (Button("B", 1, "b"),),
    )
    assert numbered(Message("Which?", (), rows)).splitlines() == [
        "Which?", "1. A", "Terms: https://a.example/t", "2. B",
    ]  # fmt: skip


def test_a_menu_without_a_text_begins_with_its_first_line() -> None:
    assert numbered(Message("", (), ((Button("Yes", 1, "yes"),),))) == "1. Yes"


def test_styles_are_dropped_and_links_show_their_address() -> None:
    marks = (
        Mark("bold", 0, 4),
        Mark("link", 5, 4, "https://a.example"),
        Mark("italic", 10, 3),
        Mark("link", 10, 3, "https://b.example"),
    )
    text = plain(Message("Read 🎉his and", marks))
    assert text == "Read 🎉his (https://a.example) and (https://b.example)"


def test_a_link_that_shows_its_address_shows_it_once() -> None:
    url = "https://a.example"
    assert plain(Message(f"See {url}", (Mark("link", 4, len(url), url),))) == f"See {url}"


def test_what_is_struck_out_or_quoted_has_a_sign_of_its_own() -> None:
    marks = (Mark("quote", 3, 4), Mark("bold", 3, 1), Mark("strike", 8, 1), Mark("spoiler", 10, 1))
    assert plain(Message("so\na\n\nb\n5 4", marks)) == "so\n> a\n> \n> b\n~~5~~ 4"


def test_what_ends_stands_before_what_begins_and_inner_marks_end_first() -> None:
    marks = (
        Mark("strike", 0, 2),
        Mark("link", 0, 2, "https://a.example"),
        Mark("strike", 2, 2),
    )
    assert plain(Message("abcd", marks)) == "~~ab (https://a.example)~~~~cd~~"


@given(
    st.text(max_size=30),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5),
)
def test_links_only_ever_add_to_a_text(text: str, spans: list[tuple[int, int]]) -> None:
    marks = [Mark("link", start, length, "https://x.example") for start, length in spans]
    shown = plain(Message(text, tuple(marks)))
    assert shown.replace(" (https://x.example)", "") == text
