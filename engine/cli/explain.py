"""`statechat explain`: what a finding means, why it matters, and how to cure it."""

import argparse
from collections.abc import Mapping

from engine.cli.output import note, say
from engine.diagnostics import CODES

_DESCRIPTION = """\
Explain a finding of `statechat check` by its code or its name, or list all of them."""

_EPILOG = """\
example:
  statechat explain SC103
  statechat explain cannot-end
  statechat explain

exit code: 0 explained, 2 there is no such code"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("code", nargs="?", help="a code such as SC103, or its name")


def execute(arguments: argparse.Namespace) -> int:
    if arguments.code is None:
        say("\n".join(f"{code}  {name}" for code, name in CODES.items()))
        return 0
    wanted = arguments.code.upper()
    by_name = {name.upper(): code for code, name in CODES.items()}
    code = wanted if wanted in CODES else by_name.get(wanted)
    if code is None:
        note(f"there is no finding `{arguments.code}`\n  = help: List them: statechat explain")
        return 2
    from engine.lint.rules import RULES  # noqa: PLC0415 - the list needs none of them

    rule = next((rule for rule in RULES if rule.code == code), None)
    if rule is None:
        say(f"{code} {CODES[code]}: see docs/reference/diagnostics.md")
        return 0
    found = _files(rule.found, rule.found_beside)
    near = _files(rule.near, rule.near_beside)
    say(
        f"{rule.code} {rule.name}: {rule.summary}\n\n{rule.page}\n\n"
        f"found in:\n\n{_indented(found)}\n\nnot in:\n\n{_indented(near)}"
    )
    return 0


def _files(flow: str, beside: Mapping[str, str]) -> str:
    """A flow, behind the files that it needs, each under its name."""
    parts = [f"# {name}\n{text.strip()}\n" for name, text in beside.items()]
    return "\n".join([*parts, flow.strip()])


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
