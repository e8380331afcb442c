"""Files of translations: what is added, what stays, and what is known about each text."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.authoring import translation
from engine.authoring.extraction import extract
from engine.authoring.progress import Progress, progress
from engine.authoring.sources import survey
from engine.compiler.bot import load
from engine.diagnostics import FlowInvalid
from engine.errors import StatechatError

FLOW = """\
flow: main
languages: [en, de]
triggers: [/start]
data: {a: {type: text}, c: {type: enum}}
on: {/help: {say: Help.}}
initial: a
states:
  a: {ask: "A, please?", retry: {say: Wrong.}, next: c}
  c: {ask: "C, {a}?", choices: {x: {label: X, also: [ix]}, y: Y}, next: end}
  end: {type: final, say: "Two\\nlines."}
"""
KEYS = ("on./help.say", "a.ask", "a.retry.say", "c.ask", "c.choices.x", "c.choices.y", "end.say")


def bot(folder: Path, flow: str = FLOW, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "main.yaml").write_text(flow, encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name.replace('_', '.')}.yaml").write_text(text, encoding="utf-8")
    return folder


def extracted(folder: Path, *, sources: bool = False) -> str:
    for source in survey(folder).sources:
        extract(source, "de", sources=sources)
    return (folder / "main.de.yaml").read_text(encoding="utf-8")


def found(folder: Path) -> Progress:
    return progress(survey(folder).sources[0], "de")


def test_every_text_gets_an_empty_entry_below_its_source_in_the_order_of_the_flow(
    tmp_path: Path,
) -> None:
    assert extracted(bot(tmp_path)) == (
        "# en: Help.\non./help.say:\n# en: A, please?\na.ask:\n# en: Wrong.\na.retry.say:\n"
        "# en: C, {a}?\nc.ask:\n# en: X\nc.choices.x:\n# en: Y\nc.choices.y:\n"
        '# en: "Two\\nlines."\nend.say:\n'
    )
    assert not load(tmp_path).warnings


def test_the_keys_are_those_of_the_compiler(tmp_path: Path) -> None:
    assert tuple(survey(bot(tmp_path)).sources[0].texts) == KEYS


def test_translations_comments_and_order_stay_and_new_entries_stand_where_they_belong(
    tmp_path: Path,
) -> None:
    kept = "# mine\nend.say: Zwei.  # why\n\na:\n  # nested\n  ask: Ah?\nc.choices.x: Ix\n"
    text = extracted(bot(tmp_path, main_de=kept))
    assert text == (
        "# en: Help.\non./help.say:\n# mine\nend.say: Zwei.  # why\n\na:\n  # nested\n  ask: Ah?\n"
        "# en: Wrong.\na.retry.say:\n# en: C, {a}?\nc.ask:\nc.choices.x: Ix\n# en: Y\n"
        "c.choices.y:\n"
    )
    before = (tmp_path / "main.de.yaml").stat().st_mtime_ns
    assert extracted(tmp_path) == text
    assert (tmp_path / "main.de.yaml").stat().st_mtime_ns == before


def test_what_heads_a_file_stays_at_its_head(tmp_path: Path) -> None:
    text = extracted(bot(tmp_path, main_de="# Ann's file\n\n# a note\na.ask: Ah?\n"))
    head = "# Ann's file\n\n# en: Help.\non./help.say:\n\n# a note\na.ask: Ah?\n# en: Wrong."
    assert text.startswith(head)


def test_a_text_that_changes_is_noted_until_its_translation_is_made_anew(tmp_path: Path) -> None:
    bot(tmp_path, main_de="# en: A, please?\na.ask: Ah, bitte?\n# en: Help.\non./help.say:\n")
    assert found(tmp_path).translated == ("a.ask",)
    bot(tmp_path, FLOW.replace("A, please", "An A").replace("Help.", "Help!"))
    assert found(tmp_path).changed == ("a.ask",)
    text = extracted(tmp_path)
    assert "# en was: A, please?\n# en: An A?\na.ask: Ah, bitte?\n" in text
    assert "# en: Help!\non./help.say:\n" in text
    assert found(tmp_path).changed == ("a.ask",)
    bot(tmp_path, FLOW.replace("A, please", "One A"))
    assert "# en was: A, please?\n# en: One A?\n" in extracted(tmp_path)
    done = extracted(tmp_path).replace("# en was: A, please?\n", "")
    bot(tmp_path, FLOW.replace("A, please", "One A"), main_de=done)
    assert "a.ask" in found(tmp_path).translated


def test_variations_are_texts_of_their_own(tmp_path: Path) -> None:
    flow = FLOW.replace('say: "Two\\nlines."', "say: [Bye., See you!]")
    bot(tmp_path, flow, main_de="end:\n  say: [Ade.]\n")
    text = extracted(tmp_path)
    assert "end:\n  say: [Ade.]\n# en: See you!\nend.say.1:\n" in text
    assert found(tmp_path).translated == ("end.say.0",)
    assert not load(tmp_path).warnings


def test_sources_are_noted_where_they_are_wanted(tmp_path: Path) -> None:
    bot(tmp_path, main_de='a.ask: Ah?\nend.say: "Zwei\\nZeilen."\n')
    assert "# en: A, please?\na.ask" not in extracted(tmp_path)
    text = extracted(tmp_path, sources=True)
    assert "# en: A, please?\na.ask: Ah?\n" in text
    bot(tmp_path, FLOW.replace("Two\\nlines.", "Three"))
    assert found(tmp_path).changed == ("end.say",)


def test_progress_tells_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    bot(tmp_path, main_de="a.ask: Ah?\na.retry.say:\nb.ask: Be?\n")
    done = found(tmp_path)
    assert done.translated == ("a.ask",)
    assert set(done.missing) == set(KEYS) - {"a.ask"}
    assert done.unused == ("b.ask",)
    assert not done.complete
    assert done.texts == len(KEYS)


def test_the_bots_own_texts_are_sources_too(tmp_path: Path) -> None:
    bot(tmp_path, bot="languages: [en, de]\ntexts: {fallback: What?}\n")
    assert [source.stem for source in survey(tmp_path).sources] == ["main", "bot"]
    extracted(tmp_path)
    written = (tmp_path / "bot.de.yaml").read_text(encoding="utf-8")
    assert written == "# en: What?\ntexts.fallback:\n"


def test_a_flow_with_faults_has_no_texts_to_go_by(tmp_path: Path) -> None:
    with pytest.raises(FlowInvalid):
        survey(bot(tmp_path, FLOW.replace("next: c", "next: d")))


@pytest.mark.parametrize("text", ["a.ask: [\n", "- a\n", "a.ask: A\na.ask: B\n"])
def test_a_file_with_a_fault_is_left_alone(tmp_path: Path, text: str) -> None:
    bot(tmp_path, main_de=text)
    with pytest.raises(FlowInvalid) as raised:
        extracted(tmp_path)
    assert raised.value.diagnostics
    assert (tmp_path / "main.de.yaml").read_text(encoding="utf-8") == text


def test_languages_are_those_that_are_named_or_wanted(tmp_path: Path) -> None:
    book = survey(bot(tmp_path))
    assert list(book.languages(None)) == ["de"]
    assert list(book.languages("fr")) == ["fr"]
    with pytest.raises(StatechatError, match="is written in `en`"):
        book.languages("en")
    with pytest.raises(StatechatError, match="one language only"):
        survey(bot(tmp_path, FLOW.replace("[en, de]", "[en]"))).languages(None)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1)


@given(st.dictionaries(st.sampled_from(KEYS), WORDS.map(lambda text: text.replace("{", ""))))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_translation_is_ever_lost(tmp_path: Path, made: Mapping[str, str]) -> None:
    bot(tmp_path)
    source = survey(tmp_path).sources[0]
    (tmp_path / "main.de.yaml").unlink(missing_ok=True)
    extract(source, "de")
    file = source.open("de")
    for key, text in made.items():
        file.put(key, text, source.texts[key].text, source.texts[key].text)
    file.save()
    extract(source, "de")
    again = source.open("de")
    assert {key: again.text(key) for key in made} == dict(made)


def test_a_file_that_would_lose_a_translation_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot(tmp_path, main_de="a.ask: Ah?\n")
    monkeypatch.setattr(translation, "write", lambda _: "c.ask: Ceh?\n")
    with pytest.raises(StatechatError, match="without losing a translation"):
        extracted(tmp_path)
    assert (tmp_path / "main.de.yaml").read_text(encoding="utf-8") == "a.ask: Ah?\n"
