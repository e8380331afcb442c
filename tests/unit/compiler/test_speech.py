"""Messages of authors: how media are told apart, and what does not fit together."""

from pathlib import Path

import pytest

from engine.compiler.speech import kind_of
from engine.core.media import FILE_BYTES, PHOTO_BYTES
from tests.unit.compiler.test_names import findings
from tests.unit.core.flow_fixture import talk


def said(folder: Path, say: str) -> list[str]:
    """What is found in a flow that says this, without places."""
    flow = f"data: {{p: {{type: any}}}}\nstates: {{s: {{type: final, say: {say}}}}}"
    return [f"{found.code} {found.message}" for found in findings(folder, flow)]


@pytest.mark.parametrize(
    "say",
    [
        "{photo: p}",
        "{photo: turn.media, text: a}",
        "{photo: 'p.small if p else p.large'}",
        "{video: 'https://x.org/v.mp4?a=b'}",
        "{photo: \"'https://x.org/' + p\"}",
        "{location: {latitude: 1, longitude: p}}",
        "{album: '[p, p]'}",
        "{text: [a, b], reply: true}",
        "{text: a, edit: true}",
        "{photo: p, as: x}",
    ],
)
def test_these_messages_are_fine(tmp_path: Path, say: str) -> None:
    assert said(tmp_path, say) == []


@pytest.mark.parametrize(
    ("say", "message"),
    [
        ("{edit: true}", "SC011 this message says nothing"),
        ("{photo: p, video: p}", "SC040 `photo` and `video` cannot stand together"),
        (
            "{text: a, edit: true, reply: true}",
            "SC040 `edit` and `reply` cannot stand together: what is edited stays in its place",
        ),
        ("{photo: q}", "SC022 there is no variable `q`"),
        ("{photo: pictures/x.png}", "SC029 there is no file `pictures/x.png`"),
        ("{photo: ../x.png}", "SC029 there is no file `../x.png`"),
        (f"{{album: [{', '.join(['p'] * 11)}]}}", "SC043 an album holds 10 media at most"),
        (
            f"{{photo: 'https://x.org/{'a' * 2048}'}}",
            "SC043 an address has 2048 characters at most",
        ),
        ("{text: a, edit: progres}", "SC040 there is no message `progres`"),
    ],
)
def test_what_does_not_fit_is_found(tmp_path: Path, say: str, message: str) -> None:
    assert said(tmp_path, say) == [message]


def test_a_file_that_is_too_large_is_found(tmp_path: Path) -> None:
    for name, size in (("a.png", PHOTO_BYTES + 1), ("b.mp4", FILE_BYTES + 1)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    assert said(tmp_path, "{photo: ./a.png}") == [
        "SC043 a photo has 10 MB at most, and `a.png` has more"
    ]
    assert said(tmp_path, "{document: ./a.png}") == []
    assert said(tmp_path, "{album: [./b.mp4]}") == [
        "SC043 a video has 50 MB at most, and `b.mp4` has more"
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.png", "photo"),
        ("a.jpeg", "photo"),
        ("a.gif", "animation"),
        ("a.mp4", "video"),
        ("a.mp3", "audio"),
        ("a.pdf", "document"),
        ("a.unknown", "document"),
    ],
)
def test_the_name_of_a_file_tells_its_kind_in_an_album(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_the_translation_of_a_caption_is_found_by_its_path(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "languages: [en, de]\nstates:\n"
        "  s: {type: final, say: {text: Hello, photo: 'https://x.org/a.png'}}",
        lang="de",
        texts={"main.de.yaml": "s.say: Hallo\n"},
    )
    assert chat.hear("/start") == ["Hallo"]
