"""The formats of `statechat check`, read as their readers read them.

`sarif-2.1.0-rtm.5.json` is the schema of SARIF 2.1.0 as SchemaStore and npm's
`@microsoft/jest-sarif` (MIT) carry it.
"""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from engine.diagnostics import Diagnostic, Related
from engine.errors import Place
from engine.lint.formats import FORMATS, write
from engine.lint.report import Report
from schemas import schema

SARIF: dict[str, Any] = json.loads(
    Path(__file__).with_name("sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8")
)
SOURCE = "flow: a\nstates: {}\nstates: {}\n"
FIRST = Related(Place("a.yaml", 2, 1), "first here", 6)
ERROR = Diagnostic(
    "SC002", "the key `states` is here twice", Place("a.yaml", 3, 1), "Remove one.",
    related=(FIRST,),
)  # fmt: skip
WARNING = Diagnostic(
    "SC103", "from `é\x1b` on, 100% \ud800 <caught>, no: end", Place("b c,d.yaml", 1, 7), None,
    "warning", 4, ("> /start", "> (an answer)"),
)  # fmt: skip
NOTE = Diagnostic("SC305", "a number", Place("/bots/a.yaml", 2, 1), None, "info")
FULL = Report((NOTE, ERROR, WARNING), {"a.yaml": SOURCE, "clean.yaml": "flow: c\n"}, 2, 3)
NOTHING = Report((), {"a.yaml": SOURCE}, 1, 2)


def text(report: Report, name: str) -> str:
    return write(name, report)


@pytest.mark.parametrize("report", [FULL, NOTHING], ids=["findings", "none"])
def test_json_is_by_its_schema(report: Report) -> None:
    data = json.loads(text(report, "json"))
    assert list(Draft202012Validator(schema("report")).iter_errors(data)) == []
    assert (data["version"], data["bots"], data["flows"]) == (1, report.bots, report.flows)
    assert len(data["diagnostics"]) == len(report.found)


def test_the_schema_of_a_report_holds_that_of_a_diagnostic() -> None:
    alone = {key: part for key, part in schema("diagnostic").items() if key[0] != "$"}
    assert schema("report")["$defs"]["diagnostic"] == alone


@pytest.mark.parametrize("report", [FULL, NOTHING], ids=["findings", "none"])
def test_sarif_is_by_the_official_schema(report: Report) -> None:
    data = json.loads(text(report, "sarif"))
    assert list(Draft4Validator(SARIF).iter_errors(data)) == []


def test_sarif_tells_each_finding_its_rule_its_level_and_its_place() -> None:
    run = json.loads(text(FULL, "sarif"))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    told = [
        (
            rules[one["ruleIndex"]]["id"], one["level"],
            one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            one["locations"][0]["physicalLocation"]["region"],
        )
        for one in run["results"]
    ]  # fmt: skip
    assert told == [
        ("SC305", "note", "file:///bots/a.yaml",
         {"startLine": 2, "startColumn": 1, "endColumn": 2}),
        ("SC002", "error", "a.yaml", {"startLine": 3, "startColumn": 1, "endColumn": 2}),
        ("SC103", "warning", "b%20c%2Cd.yaml", {"startLine": 1, "startColumn": 7, "endColumn": 11}),
    ]  # fmt: skip
    assert rules[1]["help"]["text"].startswith("No way leads from there")
    assert run["results"][2]["message"]["text"].endswith("> /start\n> (an answer)")


def test_sarif_tells_what_stands_at_the_related_places() -> None:
    results = json.loads(text(FULL, "sarif"))["runs"][0]["results"]
    (related,) = results[1]["relatedLocations"]
    assert related["message"] == {"text": "first here"}
    region = {"startLine": 2, "startColumn": 1, "endColumn": 7}
    assert related["physicalLocation"]["region"] == region
    assert "relatedLocations" not in results[0]


def test_every_format_for_machines_names_the_related_places() -> None:
    data = json.loads(text(FULL, "json"))["diagnostics"][1]
    place = {"file": "a.yaml", "line": 2, "column": 1, "length": 6, "message": "first here"}
    assert data["related"] == [place]
    assert "Remove one." in text(FULL, "junit")
    for name in ("github", "junit"):
        assert "a.yaml:2:1: first here" in text(FULL, name)


def test_a_fingerprint_stays_while_lines_are_added_above_and_tells_equal_findings_apart() -> None:
    def marks(found: list[Diagnostic], source: str) -> list[str]:
        run = json.loads(write("sarif", Report(tuple(found), {"a.yaml": source}, 1, 1)))["runs"][0]
        return [one["partialFingerprints"]["statechat/v1"] for one in run["results"]]

    lower = Diagnostic("SC002", ERROR.message, Place("a.yaml", 4, 1), "Remove one.")
    assert marks([ERROR], SOURCE) == marks([lower], f"# new\n{SOURCE}")
    first, second = marks([ERROR, ERROR], SOURCE)
    assert first != second


def test_github_gets_a_command_a_finding_with_nothing_in_it_that_ends_it() -> None:
    lines = text(FULL, "github").split("\n")
    assert lines[2] == (
        "::warning title=SC103 cannot-end,file=b c%2Cd.yaml,line=1,col=7,endColumn=11::"
        "from `é\x1b` on, 100%25 \ud800 <caught>, no: end%0A> /start%0A> (an answer)"
    )
    assert [line.split(" ")[0] for line in lines] == ["::notice", "::error", "::warning"]
    assert text(NOTHING, "github") == ""


def test_junit_counts_what_fails_and_has_a_case_for_what_is_clean() -> None:
    suites = ET.fromstring(text(FULL, "junit"))
    counts = {one.get("name"): (one.get("tests"), one.get("failures")) for one in suites}
    assert counts == {
        "/bots/a.yaml": ("1", "0"), "a.yaml": ("1", "1"), "b c,d.yaml": ("1", "1"),
        "clean.yaml": ("1", "0"),
    }  # fmt: skip
    assert (suites.get("tests"), suites.get("failures")) == ("4", "2")
    failure = suites.find("testsuite/testcase[@classname='b c,d.yaml']/failure")
    assert failure is not None
    assert failure.get("message") == "from `é\ufffd` on, 100% \ufffd <caught>, no: end"


def test_concise_is_a_line_a_finding_and_the_sum() -> None:
    assert text(FULL, "concise").split("\n") == [
        "/bots/a.yaml:2:1: info SC305 a number",
        "a.yaml:3:1: error SC002 the key `states` is here twice",
        "b c,d.yaml:1:7: warning SC103 from `é␛` on, 100% <U+D800> <caught>, no: end",
        "1 error, 1 warning and 1 note in 3 files",
    ]


def test_text_shows_lines_and_the_sum() -> None:
    shown = text(FULL, "text")
    assert " 3 | states: {}\n   | ^\n 2 | states: {}\n   | ------ first here\n" in shown
    assert shown.endswith("\n\n1 error, 1 warning and 1 note in 3 files")
    assert text(NOTHING, "text") == "1 bot, 2 flows, no faults"


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_writes_the_same_twice_and_ends_without_a_line_break(name: str) -> None:
    written = text(FULL, name)
    assert written == text(FULL, name)
    assert not re.search(r"\n\Z", written)
