"""SC601 command-menu: the menu of commands on Telegram cannot show this.

It has 100 commands at most, and a description of 256 characters at most; what is beyond is cut, and
the person does not see it. The commands work all the same.

Shorten the description, or trigger some flows by other things than commands.
"""

from collections.abc import Iterator
from typing import Final

from engine.compiler.nodes import Items, Scalar
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

COMMANDS: Final = 100
DESCRIPTION: Final = 256

_LONG: Final = "Ask for a table, on any day of the week, for up to eight persons. " * 4
FOUND = f"""
flow: table
description: {_LONG.strip()}
triggers: [/table]
initial: end
states:
  end: {{type: final, say: Please call us.}}
"""
NEAR = FOUND.replace(_LONG.strip(), "Ask for a table.")


def check(subject: Subject) -> Iterator[Diagnostic]:
    commands: list[Scalar] = []
    for source in subject.sources.values():
        listed = source.node.get("triggers")
        nodes = listed.items if isinstance(listed, Items) else ()
        own = [one for one in nodes if isinstance(one, Scalar) and one.text.startswith("/")]
        commands += own
        node = source.node.get("description")
        length = len(" ".join(node.text.split())) if isinstance(node, Scalar) else 0
        if own and length > DESCRIPTION and isinstance(node, Scalar):
            yield Diagnostic(
                "SC601", f"this has {length} characters; the menu of commands shows {DESCRIPTION}",
                node.place, "Shorten it.", "warning", node.width,
            )  # fmt: skip
    for one in commands[COMMANDS:]:
        yield Diagnostic(
            "SC601", f"the menu shows {COMMANDS} commands, and this one is beyond", one.place,
            "Trigger some flows by other things than commands.", "warning", one.width,
        )  # fmt: skip
