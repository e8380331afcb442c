"""`statechat expand`: a flow in core form."""

import argparse

from engine.cli.bots import locate
from engine.cli.output import say

_DESCRIPTION = """\
Print a flow, or every flow of a folder, in core form: `ask`, `next`, `choices` and all other sugar
written out as the states, events and transitions that they mean."""

_EPILOG = """\
example:
  statechat expand flows/registration/registration.yaml
  statechat expand flows/order/order.yaml --format xstate

exit code: 0 printed, 1 the flow has faults, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("flow", metavar="FLOW", help="a flow file, or a bot's folder")
    parser.add_argument(
        "--format",
        choices=("yaml", "json", "xstate"),
        default="yaml",
        help="yaml (default), json (a list, if a folder is given), or a machine definition for"
        " XState 5 as JSON",
    )


def execute(arguments: argparse.Namespace) -> int:
    path = locate(arguments.flow)
    # `--help` should not wait for the compiler.
    from engine.compiler.expand import expand  # noqa: PLC0415 - as above

    say(expand(path, arguments.format).rstrip("\n"))
    return 0
