"""How the factoids bot understands a sentence as a lesson."""

import pytest

from flows.factoids.actions import NAME, lesson


@pytest.mark.parametrize(
    ("sentence", "subject", "alias", "relation", "text"),
    [
        ("Tea is hot", "Tea", None, "is", "hot"),
        ("JavaScript (JS) is a language", "JavaScript", "JS", "is", "a language"),
        ("the cat  IS\tin the box", "cat", None, "is", "in the box"),
        ("HTTP means a protocol", "HTTP", None, "means", "a protocol"),
        ("The dove represents peace", "dove", None, "represents", "peace"),
        ("Big Apple refers to New York", "Big Apple", None, "refers to", "New York"),
        ("Der Kaffee ist heiß", "Kaffee", None, "ist", "heiß"),
        ("KI bedeutet künstliche Intelligenz", "KI", None, "bedeutet", "künstliche Intelligenz"),
        ("UN steht für Vereinte Nationen", "UN", None, "steht für", "Vereinte Nationen"),
        ("X is Y is Z", "X", None, "is", "Y is Z"),
        ("poem is roses\nare red", "poem", None, "is", "roses\nare red"),
    ],
)  # fmt: skip
def test_a_sentence_has_a_subject_a_relation_and_a_text(
    sentence: str, subject: str, alias: str | None, relation: str, text: str
) -> None:
    found = lesson(sentence)
    assert found is not None
    assert found.pop("confidence")
    assert found == {"subject": subject, "alias": alias, "relation": relation, "text": text}


@pytest.mark.parametrize(
    "sentence", ["", "hello", "is", "is hot", "Tea is", "this", f"{'x' * (NAME + 1)} is long"]
)
def test_what_states_no_fact_is_no_lesson(sentence: str) -> None:
    assert lesson(sentence) is None


def confidence(sentence: str) -> float:
    found = lesson(sentence)
    assert found is not None
    sure = found["confidence"]
    assert isinstance(sure, float)
    return sure


@pytest.mark.parametrize(
    "sentence", ["Tea is hot", "Oranges are fruits", "UN means United Nations", "Tee ist heiß"]
)
def test_a_likely_lesson_is_surer_than_the_bot_wants(sentence: str) -> None:
    assert confidence(sentence) > 0.6


@pytest.mark.parametrize(
    "sentence",
    [
        "It is late", "Was ist los", "What is tea?", "Tea is hot?",
        "The train to the old town of Vienna is late",
    ],
)  # fmt: skip
def test_what_is_hardly_a_lesson_is_not_surer_than_the_bot_wants(sentence: str) -> None:
    assert confidence(sentence) <= 0.6


@pytest.mark.parametrize("filler", [" ", "x ", "(", "isis"])
def test_a_text_of_64_kib_without_a_fact_is_none(filler: str) -> None:
    assert lesson(f"a{filler * (65_536 // len(filler))}b") is None


def test_a_text_of_64_kib_is_kept_whole() -> None:
    found = lesson(f"a is {'is ' * 21_843}b")
    assert found is not None
    assert found["text"] == f"{'is ' * 21_843}b"
