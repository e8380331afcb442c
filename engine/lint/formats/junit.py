"""Findings as JUnit's XML: a suite a file, a failed case a finding.

A file without findings has one case that passed; a finding that is a mere note does not fail.
"""

import re
from typing import Final
from xml.etree import ElementTree as ET

from engine.diagnostics import CODES, Diagnostic
from engine.lint.report import Report

_FORBIDDEN: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 holds."""


def write(report: Report) -> str:
    files = sorted({*report.sources, *(one.place.file for one in report.found)})
    suites = ET.Element("testsuites", name="statechat check")
    tests = failures = 0
    for file in files:
        found = [one for one in report.found if one.place.file == file]
        failed = sum(one.severity != "info" for one in found)
        tests, failures = tests + max(1, len(found)), failures + failed
        suite = ET.SubElement(
            suites, "testsuite", name=clean(file), tests=str(max(1, len(found))),
            failures=str(failed), errors="0", skipped="0",
        )  # fmt: skip
        for one in found:
            _case(suite, one)
        if not found:
            ET.SubElement(suite, "testcase", name="no findings", classname=clean(file))
    suites.attrib |= {"tests": str(tests), "failures": str(failures), "errors": "0"}
    return document(suites)


def document(suites: ET.Element) -> str:
    """The whole file."""
    ET.indent(suites)
    body = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'


def _case(suite: ET.Element, one: Diagnostic) -> None:
    name = f"{one.code} {CODES[one.code]}:{one.place.line}:{one.place.column}"
    case = ET.SubElement(suite, "testcase", name=name, classname=clean(one.place.file))
    head = f"{one.place}: {one.severity} {one.message}"
    lines = [head, *map(str, one.related), *one.evidence]
    text = clean("\n".join([*lines, *([f"help: {one.cure}"] if one.cure else [])]))
    if one.severity == "info":
        ET.SubElement(case, "system-out").text = text
    else:
        failure = ET.SubElement(case, "failure", type=one.code, message=clean(one.message))
        failure.text = text


def clean(text: str) -> str:
    """A text without what XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)
