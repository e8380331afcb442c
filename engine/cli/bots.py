"""Finding the bots that are named on the command line."""

import argparse
import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import StatechatError

if TYPE_CHECKING:
    from engine.compiler.bot import Bot

SUFFIXES = (".yaml", ".yml")


def add_bot(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    parser.add_argument(
        "bot", metavar="BOT", nargs="+" if several else None,
        help="a bot's folder, one flow file, or the name of a bot that ships",
    )  # fmt: skip


def locate(name: str) -> Path:
    """The path of a bot: as named, else of a bot of that name that ships with Statechat.

    Raises:
        StatechatError: `bot:missing`, with the name that was probably meant.
    """
    path = Path(name)
    if path.exists():
        return path
    ships = shipped()
    if name in ships:
        return ships[name]
    from engine.core.suggest import closest  # noqa: PLC0415 - only who is lost needs it

    siblings = {str(path.parent / one.name) for one in _folder(path.parent) if _is_bot(one)}
    found = closest(name, siblings | ships.keys())
    cure = f"Did you mean `{found}`?" if found else _what_there_is(siblings, ships)
    raise StatechatError("bot:missing", f"there is no bot `{name}`", cure=cure)


def locate_all(names: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """The bots, and of several names, as a shell's `*` gives them, those that are no bot.

    A folder that only holds bots stands for all of them.

    Raises:
        StatechatError: `bot:missing`.
    """
    bots: list[Path] = []
    others: list[Path] = []
    for name in names:
        path = locate(name)
        if _is_bot(path):
            bots.append(path)
        elif inner := sorted(one for one in _folder(path) if one.is_dir() and _is_bot(one)):
            bots.extend(inner)
        elif len(names) > 1:
            if not path.name.startswith(("_", ".")):  # `flows/*` of a package gives those too
                others.append(path)
        else:
            bots.append(path)  # the compiler says what is wrong with it
    if not bots:
        raise StatechatError(
            "bot:missing",
            "none of these is a bot",
            cure="A bot is a folder with one .yaml file a flow.",
        )
    return bots, others


def compiled(path: Path) -> "Bot":
    """A bot that can run; only files that this user has not had checked before are validated.

    Raises:
        FlowInvalid: with every fault of all its files.
        StatechatError: `bot:empty`, `bot:unreadable`.
    """
    # `--help` should not wait for the compiler.
    from engine.compiler.bot import load  # noqa: PLC0415 - as above
    from engine.compiler.verdicts import Verdicts  # noqa: PLC0415 - as above

    return load(path, Verdicts.of_user())


def shipped() -> dict[str, Path]:
    """The bots in the package `flows`, by name."""
    spec = importlib.util.find_spec("flows")
    roots = spec.submodule_search_locations if spec else None
    found = (one for root in roots or () for one in _folder(Path(root)))
    return {one.name: one for one in sorted(found) if one.is_dir() and _is_bot(one)}


def _is_bot(path: Path) -> bool:
    if path.is_dir():
        return any(one.suffix in SUFFIXES for one in _folder(path))
    return path.suffix in SUFFIXES


def _folder(path: Path) -> Iterable[Path]:
    try:
        return list(path.iterdir())
    except OSError:
        return []


def _what_there_is(siblings: Iterable[str], ships: Iterable[str]) -> str:
    names = [f"`{name}`" for name in (*sorted(siblings)[:5], *sorted(ships))]
    return f"There are {', '.join(names)}." if names else "Name a bot's folder or one flow file."
