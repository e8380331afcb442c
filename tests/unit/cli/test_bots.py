"""How bots are found by what is named on the command line."""

from pathlib import Path

import pytest

from engine.cli.bots import locate, locate_all, shipped
from engine.errors import StatechatError


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two bots, one lone flow, and what a shell's `*` finds beside them."""
    for file in ("bots/support/support.yaml", "bots/order/order.yml", "bots/lone.yaml"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / "bots" / "__init__.py").touch()
    (tmp_path / "bots" / "__pycache__").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["bots/support", "bots/support/support.yaml", "bots/lone.yaml"])
def test_a_path_is_taken_as_it_is(here: Path, name: str) -> None:
    assert locate(name) == Path(name)


def test_a_bot_that_ships_is_found_by_its_name_alone(here: Path) -> None:
    assert shipped()
    for name, path in shipped().items():
        assert locate(name) == path


def test_a_path_comes_before_a_bot_that_ships(here: Path) -> None:
    name = next(iter(shipped()))
    (here / name).mkdir()
    assert locate(name) == Path(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("bots/suport", "bots/support"),
        ("bots/lone.yml", "bots/lone.yaml"),
        ("registraton", "registration"),
    ],
)
def test_a_misspelt_bot_is_answered_with_what_was_meant(here: Path, name: str, meant: str) -> None:
    with pytest.raises(StatechatError) as caught:
        locate(name)
    assert caught.value.code == "bot:missing"
    assert caught.value.cure == f"Did you mean `{meant}`?"


def test_where_nothing_is_alike_it_says_what_there_is(here: Path) -> None:
    with pytest.raises(StatechatError) as caught:
        locate("bots/zzzzzz")
    cure = caught.value.cure or ""
    assert "`bots/support`" in cure
    assert "`registration`" in cure


def test_what_a_star_finds_beside_bots_is_left_out_and_told_unless_it_belongs_to_a_package(
    here: Path,
) -> None:
    (here / "bots" / "notes.txt").write_text("not a bot")
    names = sorted(str(path) for path in Path("bots").glob("*"))
    bots, others = locate_all(names)
    assert bots == [Path("bots/lone.yaml"), Path("bots/order"), Path("bots/support")]
    assert others == [Path("bots/notes.txt")]


def test_a_folder_of_bots_stands_for_all_of_them(here: Path) -> None:
    (here / "bots" / "lone.yaml").unlink()
    assert locate_all(["bots"]) == ([Path("bots/order"), Path("bots/support")], [])


def test_something_named_alone_is_never_left_out(here: Path) -> None:
    assert locate_all(["bots/__init__.py"]) == ([Path("bots/__init__.py")], [])


def test_that_none_of_several_is_a_bot_is_an_error(here: Path) -> None:
    with pytest.raises(StatechatError, match="none of these is a bot"):
        locate_all(["bots/__init__.py", "bots/__pycache__"])
