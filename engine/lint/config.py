"""`statechat.toml`: what `statechat check` looks for in the bots below its folder."""

import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Final, Literal, NoReturn, cast, get_args

from engine.classes import dataclass
from engine.core.suggest import did_you_mean
from engine.diagnostics import CODES
from engine.errors import Place, StatechatError
from engine.lint.choice import EVERYTHING, Choice

FILE: Final = "statechat.toml"
BYTES_MAX: Final = 1_048_576
FailOn = Literal["warning", "error", "never"]
"""The least severity with which a run fails."""
_FAIL_ON: Final = get_args(FailOn)
KINDS: Final = ("all", "states", "transitions", "choices", "guards", "texts")
"""What coverage is measured of."""
_KEYS: Final = ("select", "ignore", "per-file", "fail-on")


@dataclass(frozen=True, slots=True)
class Config:
    """What `[check]` says; `file` is none where there is no such file.

    `coverage` are the least percentages that `[coverage]` wants `statechat test` to reach, by kind.
    """

    choice: Choice = EVERYTHING
    fail_on: FailOn = "warning"
    file: Path | None = None
    coverage: Mapping[str, float] = field(default_factory=dict)


def find(path: Path) -> Config:
    """The configuration of a bot: of the nearest `statechat.toml` in its folder or above.

    Raises:
        StatechatError: `cli:config`, with the line, where it cannot be read.
    """
    resolved = path.resolve()
    folders = [resolved, *resolved.parents] if resolved.is_dir() else resolved.parents
    file = next((folder / FILE for folder in folders if (folder / FILE).is_file()), None)
    return Config() if file is None else read(file)


def read(file: Path) -> Config:
    """Read and check a file.

    Raises:
        StatechatError: `cli:config`.
    """
    import tomllib  # noqa: PLC0415 - most bots have no such file

    try:
        raw = file.read_bytes()
        if len(raw) > BYTES_MAX:
            _refuse(file, 1, f"it is larger than {BYTES_MAX} bytes")
        text = raw.decode("utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        _refuse(file, 1, f"it cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        _refuse(file, 1, "it is not encoded as UTF-8")
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        _refuse(file, int(at[1]) if at else 1, f"this is no TOML: {error}")
    return _Reader(file, text).config(data)


def _refuse(file: Path, line: int, message: str, cure: str | None = None) -> NoReturn:
    raise StatechatError("cli:config", message, place=Place(str(file), line, 1), cure=cure)


class _Reader:
    """Checks what a file says, key by key."""

    def __init__(self, file: Path, text: str) -> None:
        self._file = file
        self._lines = text.splitlines()

    def config(self, data: dict[str, object]) -> Config:
        self._known(data, ("check", "coverage"))
        check = self._table(data, "check")
        self._known(check, _KEYS)
        files = self._table(check, "per-file")
        choice = Choice(
            self._codes(check, "select"),
            self._codes(check, "ignore"),
            {pattern: self._codes(files, pattern) for pattern in files},
            self._file.parent,
        )
        fail_on = check.get("fail-on", "warning")
        if fail_on not in _FAIL_ON:
            cure = f"Write one of {', '.join(_FAIL_ON)}."
            self._refuse("fail-on", f"`fail-on` cannot be {fail_on!r}", cure)
        return Config(choice, cast("FailOn", fail_on), self._file, self._limits(data))

    def _limits(self, data: dict[str, object]) -> dict[str, float]:
        limits = self._table(data, "coverage")
        self._known(limits, KINDS)
        for key, value in limits.items():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0 <= cast("float", value) <= 100:
                self._refuse(key, f"`{key}` cannot be {value!r}", "Write a number from 0 to 100.")
        return cast("dict[str, float]", limits)

    def _known(self, table: dict[str, object], keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                cure = did_you_mean(key, keys) or f"There is {', '.join(keys)}."
                self._refuse(key, f"unknown key `{key}`", cure)

    def _table(self, holder: dict[str, object], key: str) -> dict[str, object]:
        found = holder.get(key, {})
        if not isinstance(found, dict):
            self._refuse(key, f"`{key}` is a table", f"Write it below `[{key}]`.")
        return found

    def _codes(self, holder: dict[str, object], key: str) -> tuple[str, ...]:
        listed = holder.get(key, [])
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            self._refuse(key, f"`{key}` is a list of codes", f'Write `{key} = ["SC1", "SC203"]`.')
        codes = tuple(listed)
        for code in codes:
            if not known(code):
                cure = did_you_mean(code, CODES) or "List them: statechat explain"
                self._refuse(code, f"there is no rule `{code}`", cure)
        return codes

    def _refuse(self, word: str, message: str, cure: str) -> NoReturn:
        lines = (number for number, line in enumerate(self._lines, 1) if word in line)
        _refuse(self._file, next(lines, 1), message, cure)


def known(code: str) -> bool:
    """Whether a code, or one that begins like it, exists."""
    return len(code) > 1 and any(one.startswith(code) for one in CODES)
