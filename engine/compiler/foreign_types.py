"""A type of another package, fenced: what it raises and gives is a fault or a value, no more."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.core.datatypes.kind import Kind, WrongAnswer
from engine.core.faults import Fault
from engine.core.sizes import too_large
from engine.core.values import Value

if TYPE_CHECKING:
    from engine.compiler.plugins import Plugin


def fenced(plugin: "Plugin", kind: Kind) -> Kind:
    """The type with its functions guarded: a crash in one of them is a fault of the flow."""
    return replace(
        kind,
        holds=_guarded(plugin, kind.holds, bool),
        read=kind.read and _guarded(plugin, kind.read, _value),
        hear=kind.hear and _guarded(plugin, kind.hear, _value),
        written=kind.written and _guarded(plugin, kind.written, _value),
    )


def _guarded(
    plugin: "Plugin", function: Callable[..., Any], check: Callable[[Any], Value]
) -> Callable[..., Any]:
    def run(*arguments: Any) -> Value:  # noqa: ANN401 - as the function that it guards
        try:
            return check(function(*arguments))
        except (Fault, WrongAnswer):
            raise
        except Exception as error:
            message = f"the type {plugin.name} of {plugin.package} crashed: {type(error).__name__}"
            raise Fault("plugin:crashed", message) from error

    return run


def _value(found: Any) -> Value:  # noqa: ANN401 - whatever another package returns
    reason = too_large(found)
    if reason is not None:
        raise Fault("plugin:value", f"a type gave no value: {reason}")
    value: Value = found
    return value
