"""Findings as SARIF 2.1.0, which code hosts and dashboards read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import contextlib
import hashlib
import json
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final
from urllib.parse import quote

from engine.compiler.syntax import LINE_BREAK
from engine.core.values import Value
from engine.diagnostics import CODES, Diagnostic
from engine.errors import Place
from engine.lint.report import Report
from engine.lint.rules import RULES

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_FINGERPRINT: Final = "statechat/v1"


def write(report: Report) -> str:
    codes = sorted({one.code for one in report.found})
    marks = _fingerprints(report)
    run: dict[str, Value] = {
        "tool": {"driver": _driver(codes)},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(one, codes.index(one.code), mark)
            for one, mark in zip(report.found, marks, strict=True)
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver(codes: list[str]) -> dict[str, Value]:
    driver: dict[str, Value] = {"name": "Statechat", "rules": [_rule(code) for code in codes]}
    with contextlib.suppress(PackageNotFoundError):  # it is run from its sources
        driver["version"] = version("statechat")
    return driver


def _rule(code: str) -> dict[str, Value]:
    rule = next((rule for rule in RULES if rule.code == code), None)
    found: dict[str, Value] = {"id": code, "name": CODES[code]}
    if rule is not None:
        found["shortDescription"] = {"text": rule.summary}
        found["help"] = {"text": rule.page, "markdown": rule.page}
    return found


def _result(one: Diagnostic, index: int, fingerprint: str) -> dict[str, Value]:
    lines = [one.message, *one.evidence, *([f"Help: {one.cure}"] if one.cure else [])]
    result: dict[str, Value] = {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": "\n".join(lines)},
        "locations": [{"physicalLocation": _where(one.place, one.length)}],
        "partialFingerprints": {_FINGERPRINT: fingerprint},
    }
    if one.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _where(other.place, other.length),
                "message": {"text": other.note},
            }
            for number, other in enumerate(one.related)
        ]
    return result


def _where(place: Place, length: int) -> dict[str, Value]:
    region: dict[str, Value] = {
        "startLine": place.line,
        "startColumn": place.column,
        "endColumn": place.column + length,
    }
    return {"artifactLocation": {"uri": _uri(place.file)}, "region": region}


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _fingerprints(report: Report) -> list[str]:
    """What stays of a finding while lines are added above it: what it says of which line's text."""
    found: list[str] = []
    seen: Counter[str] = Counter()
    lines = {file: LINE_BREAK.split(text) for file, text in report.sources.items()}
    for one in report.found:
        text = lines.get(one.place.file, [])
        line = text[one.place.line - 1].strip() if one.place.line <= len(text) else ""
        told = f"{one.code}\0{one.place.file}\0{one.message}\0{line}"
        seen[told] += 1
        found.append(
            hashlib.sha256(f"{told}\0{seen[told]}".encode(errors="surrogatepass")).hexdigest()[:32]
        )
    return found
