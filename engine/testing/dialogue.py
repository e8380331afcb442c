"""A transcript as people read it."""

from collections.abc import Iterator, Mapping

from engine.core.values import Value
from engine.testing.transcript import Transcript


def dialogue(transcript: Transcript) -> Iterator[str]:
    """What each says and does, a line each; first how actions end."""
    for action, ends in transcript.actions.items():
        words = ", ".join(map(_end, ends)) if isinstance(ends, list) else ""
        yield f"({action}: {words})"
    for line in transcript.lines:
        who = line.get("as")
        name = f"{who} " if isinstance(who, str) else ""
        for key, value in line.items():
            if key == "user":
                yield f"{name}> {_sent(value)}"
            elif key == "bot":
                said = value if isinstance(value, list) else [value]
                yield from (f"{name}  {_said(one)}" for one in said)
            elif key == "wait":
                yield f"({value} later)"
            elif key in ("end", "state"):
                yield f"({key}: {value})"


def _end(end: Value) -> str:
    if not isinstance(end, Mapping):
        return ""
    return f"fails with {end['error']}" if "error" in end else f"gives {end.get('return')!r}"


def _sent(value: Value) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    if "choice" in value:
        return f"[{value['choice']}]"
    kind = next(iter(value))
    return f"({kind}) {value[kind]}" if kind in ("edited", "reaction", "text") else f"(a {kind})"


def _said(value: Value) -> str:
    if not isinstance(value, Mapping):
        return str(value).replace("\n", "⏎")
    text = str(value.get("text", "")).replace("\n", "⏎")
    media = "".join(f"[{key}] " for key, one in value.items() if one is True)
    react = f"(reacts {value['react']})" if "react" in value else ""
    choices = value.get("choices")
    buttons = "".join(f" [{label}]" for label in choices) if isinstance(choices, list) else ""
    return f"{media}{react}{text}{buttons}"
