"""PO files: out to the translators and back, with nothing taken that is wrong."""

from pathlib import Path

import pytest

from engine.authoring.catalog import Merged, export, merge
from engine.authoring.sources import survey
from engine.errors import StatechatError
from tests.unit.authoring.test_translations import FLOW, KEYS, bot

HEADER = 'msgid ""\nmsgstr ""\n"Language: de\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def exported(folder: Path) -> str:
    book = survey(folder)
    return export(book, "de", book.languages("de")["de"])


def merged(folder: Path, *messages: tuple[str, str, str], raw: str | None = None) -> Merged:
    text = HEADER
    for context, source, translation in messages:
        text += f'msgctxt "{context}"\nmsgid "{source}"\nmsgstr "{translation}"\n\n'
    po = folder / "de.po"
    po.write_text(text if raw is None else raw, encoding="utf-8")
    return merge(survey(folder), po, None)


def translations(folder: Path) -> str:
    return (folder / "main.de.yaml").read_text(encoding="utf-8")


def test_a_message_has_its_key_its_place_and_what_to_keep_in_braces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = exported(bot(tmp_path, main_de="c.ask: Ceh, {a}?\n"))
    assert (
        "#. Keep in braces: a\n#: main.yaml:9\n"
        'msgctxt "main.c.ask"\nmsgid "C, {a}?"\nmsgstr "Ceh, {a}?"\n'
    ) in text
    assert '"Language: de\\n"' in text
    assert all(f'msgctxt "main.{key}"' in text for key in KEYS)
    assert "python" not in text


def test_a_translation_of_an_older_text_is_fuzzy_and_shows_it(tmp_path: Path) -> None:
    text = exported(bot(tmp_path, main_de="# en: An A?\na.ask: Ah?\n"))
    assert '#, fuzzy\n#| msgid "An A?"\nmsgctxt "main.a.ask"\n' in text


def test_what_goes_out_and_comes_back_unchanged_changes_nothing(tmp_path: Path) -> None:
    before = 'a.ask: Ah?\nend.say: "Zwei\\nZeilen."\nc.choices.x: "it\'s \\"x\\""\n'
    done = merged(bot(tmp_path, main_de=before), raw=exported(bot(tmp_path, main_de=before)))
    assert (done.taken, done.kept, done.empty) == (0, 3, 4)
    assert translations(tmp_path) == before


def test_translations_are_taken_into_old_and_new_files(tmp_path: Path) -> None:
    done = merged(
        bot(tmp_path),
        ("main.end.say", "Two\\nlines.", "Zwei\\nZeilen."),
        ("main.a.ask", "A, please?", "Ah: bitte? # nein"),
    )
    assert done.taken == 2
    assert done.refused == []
    assert translations(tmp_path) == (
        '# en: A, please?\na.ask: "Ah: bitte? # nein"\n'
        '# en: "Two\\nlines."\nend.say: |-\n  Zwei\n  Zeilen.\n'
    )


@pytest.mark.parametrize(
    ("translation", "code", "message", "column"),
    [
        ("Ceh?", "SC026", "the translation does not fill in `a`, as the text does", 9),
        ("Ceh, {a} {b}?", "SC026", "the translation fills in `b`, and the text does not", 19),
        ("Ceh, {a?", "SC031", "This { is never closed.", 14),
    ],
)
def test_a_translation_with_wrong_braces_is_refused_with_its_place(
    translation: str, code: str, message: str, column: int, tmp_path: Path
) -> None:
    bot(tmp_path, main_de="c.ask: Ceh, {a}!\n")
    done = merged(
        tmp_path, ("main.c.ask", "C, {a}?", translation), ("main.a.ask", "A, please?", "Ah")
    )
    (refused,) = done.refused
    assert (refused.code, refused.message, refused.severity) == (code, message, "error")
    assert (refused.place.line, refused.place.column) == (8, column)
    assert refused.cure
    assert done.taken == 1
    assert "c.ask: Ceh, {a}!\n" in translations(tmp_path)


def test_fuzzy_and_empty_messages_leave_what_is_there(tmp_path: Path) -> None:
    bot(tmp_path, main_de="a.ask: Ah?\n")
    fuzzy = '#, fuzzy\nmsgctxt "main.a.ask"\nmsgid "A, please?"\nmsgstr "Anders"\n\n'
    done = merged(
        tmp_path, raw=HEADER + fuzzy + 'msgctxt "main.c.choices.x"\nmsgid "X"\nmsgstr ""\n'
    )
    assert (done.taken, done.fuzzy, done.empty) == (0, 1, 1)
    assert translations(tmp_path) == "a.ask: Ah?\n"


def test_a_translation_of_a_text_that_has_changed_meanwhile_is_taken_and_marked(
    tmp_path: Path,
) -> None:
    merged(bot(tmp_path), ("main.a.ask", "An A?", "Ein A?"))
    assert translations(tmp_path) == "# en was: An A?\n# en: A, please?\na.ask: Ein A?\n"
    merged(tmp_path, ("main.a.ask", "A, please?", "Ein A?"))
    assert translations(tmp_path) == "# en: A, please?\na.ask: Ein A?\n"


def test_a_message_of_no_text_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    done = merged(bot(tmp_path), ("main.a.aks", "A", "Ah"), ("", "B", "Be"))
    assert [found.message for found in done.unknown] == [
        "there is no text `main.a.aks`", "this message has no context",
    ]  # fmt: skip
    assert done.unknown[0].cure == "Did you mean `main.a.ask`?"


@pytest.mark.parametrize("raw", ["flow: x\n", "", "msgid 'a'\n", "\x00\x01", HEADER])
def test_what_is_no_po_file_is_refused_and_nothing_is_written(raw: str, tmp_path: Path) -> None:
    with pytest.raises(StatechatError) as raised:
        merged(bot(tmp_path, FLOW), raw=raw)
    assert raised.value.code == "po:syntax"
    assert raised.value.cure
    assert not (tmp_path / "main.de.yaml").exists()


def test_a_file_that_does_not_tell_its_language_is_refused_unless_it_is_named(
    tmp_path: Path,
) -> None:
    raw = 'msgctxt "main.a.ask"\nmsgid "A, please?"\nmsgstr "Quoi?"\n'
    with pytest.raises(StatechatError, match="does not tell its language"):
        merged(bot(tmp_path), raw=raw)
    assert merge(survey(tmp_path), tmp_path / "de.po", "fr").taken == 1
    assert (tmp_path / "main.fr.yaml").exists()
