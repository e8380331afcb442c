"""Findings as JSON, by `schemas/report.v1.json`."""

import json
from typing import Final

from engine.lint.output import as_data
from engine.lint.report import Report

VERSION: Final = 1


def write(report: Report) -> str:
    data = {
        "version": VERSION,
        "bots": report.bots,
        "flows": report.flows,
        "diagnostics": [as_data(one) for one in report.found],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
