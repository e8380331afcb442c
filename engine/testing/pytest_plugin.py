"""`pytest flows/`: every conversation of a `*.test.yaml` is a test.

pytest loads this at its start, wherever Statechat is installed: everything else is imported when
the first test file is collected. `-p no:statechat` turns it off.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pytest

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr

    from engine.compiler.bot import Bot
    from engine.testing.runner import Failed
    from engine.testing.script import Script

    _Style = Literal["long", "short", "line", "no", "native", "value", "auto"]

_SUFFIX: Final = ".test.yaml"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "TestFile | None":
    """A test file that stands beside a flow; of other programs' files nothing is said."""
    if not file_path.name.endswith(_SUFFIX) or not any(_flows(file_path.parent)):
        return None
    return TestFile.from_parent(parent, path=file_path)


def _flows(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*.yaml") if "." not in path.stem and path.stem != "bot")


@cache
def _bot(folder: Path) -> "Bot":
    from engine.compiler.bot import load  # noqa: PLC0415 - see above
    from engine.compiler.verdicts import Verdicts  # noqa: PLC0415 - as above

    return load(folder, Verdicts.of_user())


@cache
def _scripts(folder: Path) -> "tuple[Script, ...]":
    from engine.testing.files import scripts  # noqa: PLC0415 - as above

    return tuple(scripts(_bot(folder)))


class TestFile(pytest.File):
    """The conversations of one file."""

    def collect(self) -> "Iterator[ConversationItem]":
        from engine.compiler.reader import display  # noqa: PLC0415 - as above
        from engine.diagnostics import FlowInvalid  # noqa: PLC0415 - as above
        from engine.errors import StatechatError  # noqa: PLC0415 - as above

        folder = self.path.parent
        try:
            found = _scripts(folder)
        except FlowInvalid as invalid:
            from engine.lint.output import render  # noqa: PLC0415 - as above

            files = getattr(invalid, "files", {})
            raise self.CollectError(render(invalid.diagnostics, files, color=False)) from None
        except StatechatError as error:
            raise self.CollectError(str(error)) from None
        for script in found:
            if script.place.file == display(self.path):
                yield ConversationItem.from_parent(self, name=script.name, script=script)


class ConversationItem(pytest.Item):
    """One conversation."""

    def __init__(self, *, script: "Script", **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]  # pytest's own
        self.script = script

    def runtest(self) -> None:
        from engine.testing.runner import run_script  # noqa: PLC0415 - as above

        failed = run_script(_bot(self.path.parent).program, self.script)
        if failed is not None:
            raise ConversationFailed(failed)

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: "_Style | None" = None
    ) -> "str | TerminalRepr":
        """The dialogue, instead of a traceback through the engine."""
        if isinstance(excinfo.value, ConversationFailed):
            return excinfo.value.failed.render(color=False)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.script.place.line - 1, self.script.name


class ConversationFailed(Exception):  # noqa: N818 - a result, as pytest wants it
    """A conversation that went otherwise."""

    def __init__(self, failed: "Failed") -> None:
        super().__init__(failed.message)
        self.failed = failed
