"""Conversations that go elsewhere in the new version of a bot.

What the persons of the tests do is done in both versions, whatever the tests expect; the dialogues
are compared.
"""

from collections.abc import Mapping
from dataclasses import replace
from difflib import unified_diff
from typing import TYPE_CHECKING, Final

from engine.classes import dataclass
from engine.core.program import Program
from engine.errors import StatechatError
from engine.testing.player import Mismatch, Player
from engine.testing.script import Person, Script, Wait

if TYPE_CHECKING:
    from engine.review.snapshot import Snapshot

CONTEXT: Final = 3
"""Lines around a difference."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A conversation that goes elsewhere; lines begin with `-`, `+` or a blank, as in a patch."""

    name: str
    lines: tuple[str, ...]


def turns(old: "Snapshot", new: "Snapshot") -> tuple[tuple[Turn, ...], int]:
    """The conversations that differ, and how many were tried."""
    assert old.bot is not None
    assert new.bot is not None
    known = {**_by_name(old), **_by_name(new)}
    found = []
    for name, script in known.items():
        if script.flow not in old.bot.program.flows or script.flow not in new.bot.program.flows:
            continue
        before, after = (_played(one.bot.program, script) for one in (old, new) if one.bot)
        if before != after:
            lines = list(unified_diff(before, after, n=CONTEXT, lineterm=""))[2:]
            shown = tuple("…" if line.startswith("@@") else line for line in lines)
            found.append(Turn(name, shown[1:] if shown[0] == "…" else shown))
    return tuple(found), len(known)


def _by_name(version: "Snapshot") -> Mapping[str, Script]:
    return {
        f"{script.place.file.rpartition('/')[2]}: {script.name}": script for script in version.tests
    }


def _played(program: Program, script: Script) -> list[str]:
    """The dialogue of what its persons do, to where it cannot go on."""
    lines = tuple(line for line in script.lines if isinstance(line, (Person, Wait)))
    player = Player(program, replace(script, lines=lines))
    try:
        player.play()
    except (Mismatch, StatechatError) as error:
        return [*player.dialogue, f"(it cannot go on: {error.message})"]
    active = player.cast.own.active
    standing = " + ".join(leaf.state for leaf in active.leaves) if active else "at an end"
    return [*player.dialogue, f"(then: {standing})"]
