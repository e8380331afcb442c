"""Findings as commands of GitHub's workflows, which show them beside the lines of a change.

Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from typing import Final

from engine.diagnostics import CODES, Diagnostic
from engine.lint.report import Report

_LEVELS: Final = {"error": "error", "warning": "warning", "info": "notice"}


def write(report: Report) -> str:
    return "\n".join(map(_command, report.found))


def _command(one: Diagnostic) -> str:
    place = one.place
    properties = {
        "title": f"{one.code} {CODES[one.code]}",
        "file": place.file,
        "line": place.line,
        "col": place.column,
        "endColumn": place.column + one.length,
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    text = [one.message, *map(str, one.related), *one.evidence]
    text += [f"help: {one.cure}"] if one.cure else []
    return f"::{_LEVELS[one.severity]} {listed}::{_data(chr(10).join(text))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
