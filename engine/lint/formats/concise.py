"""Findings a line each, as editors and `grep` like them: `file:line:column: warning SC103 …`."""

from engine.lint.output import harmless, summary
from engine.lint.report import Report


def write(report: Report) -> str:
    lines = [
        harmless(f"{one.place}: {one.severity} {one.code} {one.message}") for one in report.found
    ]
    return "\n".join([*lines, summary(report.found)])
