"""Findings for a person: each with its line, carets, the conversation that shows it, and a cure."""

from engine.lint.report import Report


def write(report: Report) -> str:
    if not report.found:
        return f"{report.counts}, no faults"
    from engine.lint.output import render, summary  # noqa: PLC0415 - a bot without faults is fast

    last = summary(report.found)
    if not any(one.severity == "error" for one in report.found):
        last = f"{report.counts}, {last}"
    return f"{render(report.found, report.sources, color=report.color)}\n\n{last}"
