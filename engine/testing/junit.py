"""Test results as JUnit's XML: a suite a test file, a case a test."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from engine.lint.formats.junit import clean, document
from engine.testing.runner import Result


def write(results: Sequence[Result]) -> str:
    suites = ET.Element("testsuites", name="statechat test")
    for file in dict.fromkeys(one.file for one in results):
        own = [one for one in results if one.file == file]
        failed = sum(one.failure is not None for one in own)
        suite = ET.SubElement(
            suites, "testsuite", name=clean(file), tests=str(len(own)), failures=str(failed),
            errors="0", skipped="0", time=f"{sum(one.seconds for one in own):.3f}",
        )  # fmt: skip
        for one in own:
            case = ET.SubElement(
                suite, "testcase", name=clean(one.name), classname=clean(file),
                time=f"{one.seconds:.3f}",
            )  # fmt: skip
            if one.failure is not None:
                message = clean(one.failure.message)
                failure = ET.SubElement(case, "failure", type="mismatch", message=message)
                failure.text = clean(one.failure.render(color=False))
    failed = sum(one.failure is not None for one in results)
    suites.attrib |= {"tests": str(len(results)), "failures": str(failed), "errors": "0"}
    return document(suites)
