"""A filter of another package: its signature from the syntax tree, its function when it runs."""

import ast
import inspect
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from engine.core.faults import Fault
from engine.core.filters import Filter
from engine.core.local_filters import Run
from engine.core.scope import Scope
from engine.core.sizes import too_large
from engine.core.values import Value
from engine.errors import StatechatError

if TYPE_CHECKING:
    from engine.compiler.plugins import Plugin

TOLD: Final = frozenset({"lang", "tz"})
"""Keyword-only parameters that Statechat fills in, not the author of a text."""


def read_filter(plugin: "Plugin") -> Filter:
    """The filter that an entry point names.

    Raises:
        StatechatError: `plugin:broken`.
    """
    tree, _ = plugin.tree()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == plugin.attribute:
            return _filter(plugin, node)
    raise plugin.broken(f"{plugin.value} is no function at the top of its module")


def _filter(plugin: "Plugin", node: ast.FunctionDef) -> Filter:
    told = frozenset(each.arg for each in node.args.kwonlyargs) & TOLD
    taken = _parameters(node.args, told)
    if taken is None:
        raise plugin.broken(f"`{node.name}` takes no value as its first argument")
    shown = ", ".join(_shown(each) for each in taken)
    doc = (ast.get_docstring(node) or "").partition("\n")[0]
    build = _builder(plugin, told)
    lang = inspect.Parameter("lang", inspect.Parameter.POSITIONAL_ONLY)
    vars(build)["__signature__"] = inspect.Signature([lang, *taken])
    signature = f"{plugin.name}({shown})" if shown else plugin.name
    return Filter(signature, doc, ("", {}, ""), build)


def _parameters(arguments: ast.arguments, told: frozenset[str]) -> list[inspect.Parameter] | None:
    """What stands in the brackets: all but the value; none where the value cannot be given."""
    positional = [*arguments.posonlyargs, *arguments.args]
    if not positional:
        return None
    first_default = len(positional) - len(arguments.defaults)
    found: list[inspect.Parameter] = []
    for index, each in enumerate(positional[1:], start=1):
        only = index < len(arguments.posonlyargs)
        kind = inspect.Parameter.POSITIONAL_ONLY if only else _EITHER
        default = None if index >= first_default else inspect.Parameter.empty
        found.append(inspect.Parameter(each.arg, kind, default=default))
    if arguments.vararg is not None:
        found.append(inspect.Parameter(arguments.vararg.arg, inspect.Parameter.VAR_POSITIONAL))
    for each, given in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if each.arg not in told:
            default = inspect.Parameter.empty if given is None else None
            found.append(inspect.Parameter(each.arg, _NAMED, default=default))
    if arguments.kwarg is not None:
        found.append(inspect.Parameter(arguments.kwarg.arg, inspect.Parameter.VAR_KEYWORD))
    return found


_EITHER: Final = inspect.Parameter.POSITIONAL_OR_KEYWORD
_NAMED: Final = inspect.Parameter.KEYWORD_ONLY


def _shown(parameter: inspect.Parameter) -> str:
    if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        return f"{parameter.name}..."
    optional = parameter.default is not inspect.Parameter.empty
    return f"{parameter.name}?" if optional else parameter.name


def _builder(plugin: "Plugin", told: frozenset[str]) -> Callable[..., Run]:
    @cache
    def function() -> Callable[..., Any]:
        return cast("Callable[..., Any]", plugin.load())

    def build(lang: str, /, *arguments: Value, **named: Value) -> Run:
        def run(scope: Scope, value: Value) -> Value:
            context: dict[str, str | None] = {}
            if "lang" in told:
                # The session's language, where the text is of that language too.
                same = scope.lang.partition("-")[0] == lang.partition("-")[0]
                context["lang"] = scope.lang if same else lang
            if "tz" in told:
                context["tz"] = scope.tz
            try:
                result = function()(value, *arguments, **named, **context)
            except (ValueError, TypeError) as error:
                raise Fault("text:type", f"{plugin.name}: {error}") from None
            except StatechatError as error:
                raise Fault(error.code, error.message) from error
            except Exception as error:
                message = f"{plugin.name} of {plugin.package} crashed: {type(error).__name__}"
                raise Fault("plugin:crashed", message) from error
            reason = too_large(result)
            if reason is not None:
                message = f"{plugin.name} of {plugin.package} gave no value: {reason}"
                raise Fault("plugin:value", message)
            return cast("Value", result)

        return run

    return build
