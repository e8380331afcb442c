"""`statechat check --fix`: cures what can be cured without asking, or shows what would change."""

import difflib
from collections.abc import Mapping
from pathlib import Path

from engine.authoring.saving import save
from engine.lint.fix import fixed
from engine.lint.report import Report


def difference(report: Report, *, unsafe: bool) -> str:
    """What `fix` would change, as a unified diff; nothing where it would change nothing."""
    changed = fixed(report.found, report.sources, unsafe=unsafe)
    lines = [
        line
        for file, text in sorted(changed.items())
        for line in difflib.unified_diff(
            report.sources[file].splitlines(), text.splitlines(), file, f"{file} (fixed)",
            lineterm="",
        )
    ]  # fmt: skip
    return "\n".join(lines)


def fix(report: Report, *, unsafe: bool) -> Mapping[str, str]:
    """Change the files; gives what they were before.

    Raises:
        StatechatError: `file:unwritable`.
    """
    before = {}
    for file, text in sorted(fixed(report.found, report.sources, unsafe=unsafe).items()):
        before[file] = report.sources[file]
        save(Path(file), text)
    return before


def restore(before: Mapping[str, str]) -> None:
    """Write files as they were."""
    for file, text in before.items():
        save(Path(file), text)
