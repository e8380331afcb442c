"""How the factoids bot understands a sentence as a lesson."""

import time

import pytest

from flows.factoids.actions import NAME, lesson


@pytest.mark.parametrize(
    ("sentence", "subject", "alias", "relation", "text"),
    [
        ("Tea is hot", "Tea", None, "is", "hot"),
        ("JavaScript (JS) is a language", "JavaScript", "JS", "is", "a language"),
        ("the cat  IS\tin the box", "cat", None, "is", "in the box"),
        ("HTTP means Hypertext Transfer Protocol", "HTTP", None, "means", "Hypertext Transfer Protocol"),
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


@pytest.mark.parametrize(
    ("sentence", "sure"),
    [
        ("Tea is hot", True),
        ("Oranges are fruits", True),
        ("It is late", False),
        ("Was ist los", False),
        ("What is tea?", False),
        ("The train to the old town of Vienna is late", False),
        ("Tea is hot?", False),
    ],
)
def test_only_likely_lessons_are_surer_than_the_bot_wants(sentence: str, sure: bool) -> None:
    found = lesson(sentence)
    assert found is not None
    confidence = found["confidence"]
    assert isinstance(confidence, float)
    assert (confidence > 0.6) is sure


@pytest.mark.parametrize("filler", [" ", "x ", "is", "(", "is \n"])
def test_a_text_of_64_kib_is_read_at_once(filler: str) -> None:
    begun = time.process_time()
    lesson(f"a{filler * (65_536 // len(filler))}b")
    assert time.process_time() - begun < 2
