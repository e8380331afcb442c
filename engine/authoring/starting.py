"""`statechat new`: a small bot that works, to begin with."""

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from engine.authoring.extraction import extract
from engine.authoring.sources import survey
from engine.compiler.files import BOT_FILE, LANGUAGE
from engine.errors import StatechatError
from schemas import AUTHORED
from schemas import FOLDER as SCHEMAS

TEMPLATES: Final = Path(__file__).parent / "templates"
_NAME: Final = re.compile(r"\w[\w-]*\Z")
BASE: Final = "en"
"""The language that the texts of a new bot are written in."""


def start(folder: Path, languages: Sequence[str] = ()) -> list[Path]:
    """Make a bot's folder; its files, relative to it. All of them are there, or none.

    A language that there are no texts in gets empty entries to be filled in.

    Raises:
        StatechatError: `new:exists`, `new:name`, `cli:no_language`, `file:unwritable`.
    """
    name = _name(folder)
    for language in languages:
        if not LANGUAGE.match(language):
            cure = "Write a tag such as de or pt-br."
            raise StatechatError("cli:no_language", f"`{language}` is no language", cure=cure)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        cure = "Name a folder that is not there yet; nothing is overwritten."
        raise StatechatError("new:exists", f"{folder} is there already", cure=cure)
    wanted = list(dict.fromkeys([BASE, *languages]))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(prefix=f".{name}.", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        for path, text in _files(name, wanted):
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_text(text, encoding="utf-8", newline="\n")
        for language in wanted[1:]:
            for source in survey(made).sources:
                extract(source, language)
        made.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _name(folder: Path) -> str:
    name = folder.resolve().name
    if not _NAME.match(name) or name == BOT_FILE.partition(".")[0]:
        cure = "Letters, digits, `_` and `-` are fine; `bot` is the file of what flows share."
        raise StatechatError("new:name", f"a bot cannot be called `{name}`", cure=cure)
    return name


def _unwritable(folder: Path, error: OSError) -> StatechatError:
    cure = "Make the folder around it writable, and see that the disk is not full."
    message = f"{folder} cannot be made: {error.strerror or error}"
    return StatechatError("file:unwritable", message, cure=cure)


def _files(name: str, languages: list[str]) -> Iterator[tuple[str, str]]:
    def filled(template: str) -> str:
        text = (TEMPLATES / template).read_text(encoding="utf-8")
        return text.replace("NAME", name).replace("LANGUAGES", ", ".join(languages))

    yield f"{name}.yaml", filled("flow.yaml")
    yield BOT_FILE, filled("bot.yaml")
    tests = filled("flow.test.yaml")
    for language in languages[1:]:
        if not (TEMPLATES / f"flow.{language}.yaml").exists():
            continue
        yield f"{name}.{language}.yaml", filled(f"flow.{language}.yaml")
        yield f"bot.{language}.yaml", filled(f"bot.{language}.yaml")
        tests += filled(f"flow.{language}.test.yaml")
    yield f"{name}.test.yaml", tests
    yield "README.md", filled("README.md")
    yield ".github/workflows/check.yaml", filled("ci.yaml")
    for kind in AUTHORED:
        schema = f"{kind}.v1.json"
        yield f".schemas/{schema}", (SCHEMAS / schema).read_text(encoding="utf-8")
