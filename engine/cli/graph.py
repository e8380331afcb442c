"""`statechat graph`: a picture of a flow, or of a whole bot."""

import argparse
from pathlib import Path

from engine.cli.bots import locate
from engine.cli.output import say
from engine.errors import StatechatError

_DESCRIPTION = """\
Draw a flow, or all flows of a bot and the calls between them: states with what they say and ask,
and transitions with what leads over them. What a flow hears in every state stands above."""

_EPILOG = """\
example:
  statechat graph flows/registration -o registration.svg
  statechat graph flows/order/order.yaml --format mermaid
  statechat graph flows/registration --format dot | dot -Tpdf -o registration.pdf

exit code: 0 drawn, 1 the bot has faults, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("flow", metavar="FLOW", help="a flow file, or a bot's folder")
    parser.add_argument(
        "--format",
        choices=("svg", "mermaid", "dot"),
        default="svg",
        help="svg (default), mermaid for Markdown pages, or dot for Graphviz",
    )
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write there")


def execute(arguments: argparse.Namespace) -> int:
    path = locate(arguments.flow)
    # `--help` should not wait for the compiler.
    from engine.compiler.expand import core_forms  # noqa: PLC0415 - as above
    from engine.diagram import svg, texts  # noqa: PLC0415 - as above
    from engine.diagram.model import chart  # noqa: PLC0415 - as above

    charts = [chart(flow) for flow in core_forms(path)]
    writers = {"svg": svg.draw, "mermaid": texts.mermaid, "dot": texts.dot}
    text = writers[arguments.format](charts)
    if arguments.output is None:
        say(text.rstrip("\n"))
        return 0
    try:
        arguments.output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StatechatError(
            "cli:output",
            f"`{arguments.output}` cannot be written: {error.strerror}",
            cure="Name a file in a folder that exists and may be written to.",
        ) from error
    return 0
