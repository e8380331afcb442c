"""SC304 shadowed-trigger: a trigger never begins its flow, as something else takes what it means.

What bot.yaml hears by `on` comes before the triggers of flows. Patterns are tried only where no
flow has `text` as its trigger, in the order of their files; each text in which a longer word is
found holds the shorter one as well.

Remove one of the two, or let the pattern say more: `~^order`.
"""

import re
from collections.abc import Iterator
from typing import Final

from engine.compiler.nodes import Items, Scalar
from engine.core.blocks import Guard
from engine.diagnostics import Diagnostic, Related
from engine.lint.rule import Subject

FOUND = """
flow: order
triggers: ["~order", "~reorder"]
initial: bye
states:
  bye: {type: final, say: What would you like?}
"""
NEAR = """
flow: order
triggers: ["~^order", "~reorder"]
initial: bye
states:
  bye: {type: final, say: What would you like?}
"""

_PLAIN: Final = re.compile(r"(\(\?i\))?([\w @#-]+)")


def check(subject: Subject) -> Iterator[Diagnostic]:
    sure = _heard_everywhere(subject)
    takes_text = subject.program.triggers.get("text")
    if takes_text is not None and subject.program.flows[takes_text].lookup is not None:
        takes_text = None  # patterns come first there
    places = _places(subject)
    earlier: list[str] = []
    for source in subject.sources.values():
        listed = source.node.get("triggers")
        for node in listed.items if isinstance(listed, Items) else ():
            if not isinstance(node, Scalar):
                continue
            name, why, other = node.text, None, ""
            if name in sure:
                why = "bot.yaml hears it first"
            elif name.startswith("~") and takes_text is not None:
                why, other = f"`text` begins `{takes_text}` before", "text"
            elif name.startswith("~"):
                first = next((one for one in earlier if _covers(one, name[1:])), None)
                if first is not None:
                    why, other = f"`~{first}` is found wherever it is", f"~{first}"
                earlier.append(name[1:])
            if why is not None:
                at = places.get(other)
                related = (Related(at.place, "this comes before", at.width),) if at else ()
                yield Diagnostic(
                    "SC304", f"`{name}` begins nothing: {why}", node.place,
                    "Remove one of the two, or let one say more.", "warning", node.width,
                    related=related,
                )  # fmt: skip


def _places(subject: Subject) -> dict[str, Scalar]:
    """Where each trigger stands first."""
    found: dict[str, Scalar] = {}
    for source in subject.sources.values():
        listed = source.node.get("triggers")
        for node in listed.items if isinstance(listed, Items) else ():
            if isinstance(node, Scalar):
                found.setdefault(node.text, node)
    return found


def _heard_everywhere(subject: Subject) -> set[str]:
    """What bot.yaml surely takes before a flow can be begun by it."""
    found = set()
    for event, heard in subject.program.root.machine.events.items():
        rows = [row for rows in heard.transitions.values() for row in rows]
        guarded = all(any(isinstance(one, Guard) for one in row.conditions) for row in rows)
        if event not in ("text", "*", "~") and rows and not guarded:
            found.add(event)
    return found


def _covers(first: str, second: str) -> bool:
    """Whether each text in which the second pattern is found holds the first one too."""
    if first == second:
        return True
    one, other = _PLAIN.fullmatch(first), _PLAIN.fullmatch(second)
    if one is None or other is None or (other[1] and not one[1]):
        return False
    if one[1]:
        return one[2].casefold() in other[2].casefold()
    return one[2] in other[2]
