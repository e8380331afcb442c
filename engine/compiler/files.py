"""Which files make up a bot, and what each of them is."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from engine.classes import dataclass
from engine.core.suggest import did_you_mean
from engine.errors import StatechatError

LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
BOT_FILE: Final = "bot.yaml"
SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class BotFiles:
    """The files of one bot: `flows` by stem, `translations` by stem and language, `tests`.

    `odd` are the YAML files whose names say that they are none of these.
    """

    root: Path
    bot: Path | None
    flows: dict[str, Path]
    translations: dict[str, dict[str, Path]]
    tests: tuple[Path, ...]
    actions: Path | None
    only: str | None = None
    odd: tuple[Path, ...] = ()


def find(path: Path) -> BotFiles:
    """The files of the bot that a folder, or one flow file, stands for.

    A flow file brings what stands beside it: bot.yaml, actions.py, and the flows that it calls.

    Raises:
        StatechatError: `bot:missing`, `bot:empty`.
    """
    if not path.exists():
        siblings = path.parent.iterdir() if path.parent.is_dir() else ()
        cure = did_you_mean(path.name, [sibling.name for sibling in siblings])
        raise StatechatError(
            "bot:missing", f"{path}: no such file or folder", cure=cure or "Name a bot's folder."
        )
    if path.is_file() and path.suffix not in SUFFIXES:
        raise StatechatError(
            "bot:missing", f"{path} is not a flow file", cure="Name a folder or a .yaml file."
        )
    root = path if path.is_dir() else path.parent
    only = None if path.is_dir() or path.name == BOT_FILE else path.name.split(".")[0]
    flows: dict[str, Path] = {}
    translations: dict[str, dict[str, Path]] = {}
    tests: list[Path] = []
    odd: list[Path] = []
    for file in sorted(root.iterdir()):
        if file.suffix not in SUFFIXES or file.name == BOT_FILE or not file.is_file():
            continue
        stem, _, kind = file.stem.partition(".")
        if not kind:
            flows[stem] = file
        elif kind == "test":
            tests.append(file)
        elif LANGUAGE.match(kind):
            translations.setdefault(stem, {})[kind] = file
        else:
            odd.append(file)
    if not flows:
        cure = "A bot is a folder with one .yaml file a flow; `statechat new` makes one."
        raise StatechatError("bot:empty", f"{root}: there are no flow files here", cure=cure)
    if only is not None and only not in flows:
        cure = did_you_mean(only, flows) or "Name a flow file, or the folder of the bot."
        raise StatechatError("bot:missing", f"{path} is not a flow file", cure=cure)
    actions = root / "actions.py"
    bot = root / BOT_FILE
    return BotFiles(
        root,
        bot if bot.exists() else None,
        flows,
        translations,
        tuple(tests),
        actions if actions.exists() else None,
        only,
        tuple(odd),
    )


def display(path: Path) -> str:
    """A path as it is shown: relative to where the user stands, where that is shorter."""
    return _display(path, Path.cwd())


@lru_cache(maxsize=1024)
def _display(path: Path, where: Path) -> str:
    try:
        return str(path.resolve().relative_to(where))
    except ValueError:
        return str(path)
