"""Texts in the bot's other languages, by their path in the flow."""

from pathlib import Path

import pytest

from engine.compiler.bot import load
from tests.unit.compiler.test_names import findings, shown
from tests.unit.core.flow_fixture import talk, write_bot

FLOW = """
languages: [en, de]
data: {a: {type: text}, c: {type: enum}}
on: {/help: {say: Help.}}
idle: {10m: {say: Idle.}}
states:
  a:
    say: {text: Said.}
    entry: [{say: First.}, {say: Second.}]
    ask: A?
    retry: {say: Wrong.}
    next: [{guard: a == 'x', say: Way one., target: box}, {say: Way two., target: box}]
  box:
    initial: c
    after: [{after: '60', say: After.}]
    states:
      c: {ask: C?, choices: {x: X, y: {label: Y, say: Why., target: end}}, next: end}
  end: {type: final}
"""
KEYS = (
    "on./help.say", "idle.10m.say", "a.say", "a.entry.0.say", "a.entry.1.say", "a.ask",
    "a.retry.say", "a.next.0.say", "a.next.1.say", "box.after.0.say", "box.c.ask",
    "box.c.choices.x", "box.c.choices.y", "box.c.choices.y.say",
)  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_a_text_is_translated_by_its_path_with_label_left_out(tmp_path: Path, key: str) -> None:
    texts = {"main.de.yaml": f'"{key}": Deutsch.\n'}
    assert findings(tmp_path, FLOW, texts=texts) == []


def test_a_translation_file_may_be_nested(tmp_path: Path) -> None:
    texts = {"main.de.yaml": "a:\n  ask: Was?\n  entry.0.say: Erst.\nbox:\n  c:\n    ask: C!\n"}
    chat = talk(tmp_path, FLOW, texts=texts, lang="de")
    assert chat.hear("/start") == ["Said.", "Erst.", "Second.", "Was?"]


def test_what_is_not_translated_is_said_in_the_base_language(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW, texts={"main.de.yaml": "a.ask: Was?\n"}, lang="de")
    assert chat.hear("/start") == ["Said.", "First.", "Second.", "Was?"]


def test_an_unknown_key_is_found_with_the_one_that_was_meant(tmp_path: Path) -> None:
    found = findings(tmp_path, FLOW, texts={"main.de.yaml": "a.aks: Was?\n"})
    assert shown(found) == ["main.de.yaml:1:8 SC025 there is no text `a.aks`"]
    assert found[0].cure == "Did you mean `a.ask`?"


def test_a_translation_is_checked_like_the_text_that_it_stands_for(tmp_path: Path) -> None:
    found = findings(tmp_path, FLOW, texts={"main.de.yaml": 'a.ask: "{b} {a"\n'})
    assert shown(found) == ["main.de.yaml:1:13 SC031 This { is never closed."]


@pytest.mark.parametrize("text", ["- a\n", "text\n"])
def test_a_translation_file_is_a_mapping(tmp_path: Path, text: str) -> None:
    (found,) = findings(tmp_path, FLOW, texts={"main.de.yaml": text})
    assert found.message == "the file is a mapping of keys to texts"


def test_a_language_that_the_flow_does_not_name_is_found(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, FLOW, texts={"main.fr.yaml": "a.ask: Quoi?\n"})
    assert found.message == "`languages` does not name `fr`"


def test_the_bots_own_texts_are_translated_too(tmp_path: Path) -> None:
    chat = talk(
        tmp_path, FLOW, lang="de",
        bot="languages: [en, de]\non: {/x: {say: X}}\ntexts: {fallback: What?}\n",
        texts={"bot.de.yaml": "texts.fallback: Was?\non./x.say: Ix\n"},
    )  # fmt: skip
    assert chat.hear("hello", "/x") == ["Was?", "Ix"]


def test_the_texts_that_statechat_brings_come_in_the_languages_of_the_bot(tmp_path: Path) -> None:
    german = talk(tmp_path, FLOW, lang="de").hear("hello")
    english = talk(tmp_path, FLOW, lang="en").hear("hello")
    assert german != english


def test_an_unknown_key_of_the_bots_translation_is_found(tmp_path: Path) -> None:
    found = findings(
        tmp_path, FLOW, bot="languages: [en, de]\ntexts: {fallback: What?}\n",
        texts={"bot.de.yaml": "texts.falback: Was?\n"},
    )  # fmt: skip
    assert shown(found) == ["bot.de.yaml:1:16 SC025 there is no text `texts.falback`"]


def test_a_translation_is_part_of_the_content_hash(tmp_path: Path) -> None:
    hashes = set()
    for text in ("Was?", "Wie?", None):
        path = write_bot(tmp_path / str(text), FLOW)
        if text:
            (path / "main.de.yaml").write_text(f"a.ask: {text}\n", encoding="utf-8")
        hashes.add(load(path).program.flows["main"].hash)
    assert len(hashes) == 3
