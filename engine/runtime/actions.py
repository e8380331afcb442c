"""A bot's own actions: importing its `actions.py`, and calling by name."""

import hashlib
import importlib.util
import inspect
import sys
import traceback
import types
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, get_type_hints

from engine.actions import ACTION, ActionCall
from engine.classes import dataclass
from engine.compiler.plugins import Plugin
from engine.core.values import Value
from engine.errors import Place, StatechatError
from engine.runtime.results import fits, known, name

Function = Callable[..., Coroutine[Any, Any, object]]


class ArgumentsError(Exception):
    """The arguments of a call do not fit the signature; says which."""


@dataclass(frozen=True, slots=True)
class Action:
    """A function that flows can invoke, with what it takes beside the call: name to type hint."""

    name: str
    function: Function
    hints: Mapping[str, Any]
    required: frozenset[str]
    open: bool = False

    def begin(self, call: ActionCall, args: Mapping[str, Value]) -> Coroutine[Any, Any, object]:
        """The coroutine of one attempt.

        Raises:
            ArgumentsError: an argument is missing, unknown, or of another type.
        """
        for missing in sorted(self.required - args.keys()):
            raise ArgumentsError(f"`{missing}` is missing")
        for key, value in args.items():
            hint = self.hints.get(key)
            if key not in self.hints:
                if not self.open:
                    raise ArgumentsError(f"`{key}` is not an argument of it")
            elif not fits(value, hint):
                raise ArgumentsError(f"`{key}` is a {type(value).__name__}, not {name(hint)}")
        return self.function(call, **args)


@dataclass(frozen=True, slots=True)
class Actions:
    """Everything a bot has registered, by name."""

    actions: Mapping[str, Action] = field(default_factory=dict)

    def get(self, name: str) -> Action | None:
        return self.actions.get(name)

    def under(self, other: "Actions") -> "Actions":
        """Both; where both have a name, the other's counts."""
        return Actions({**self.actions, **other.actions})


def register(name: str, function: Function) -> Action:
    """Read the signature of a function that is to be an action.

    Raises:
        StatechatError: `actions:signature`.
    """
    place = _place_of(function)
    parameters = list(inspect.signature(function).parameters.values())
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if not parameters or parameters[0].kind not in positional:
        raise _signature(name, "takes no `call` as its first parameter", place)
    try:
        types_ = get_type_hints(function)
    except (NameError, TypeError) as error:
        raise _signature(name, f"has a type hint that cannot be read: {error}", place) from error
    hints: dict[str, Any] = {}
    required: set[str] = set()
    open_ = False
    for parameter in parameters[1:]:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            open_ = True
            continue
        if parameter.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL):
            raise _signature(name, f"cannot take `{parameter.name}` by its name", place)
        hint = types_.get(parameter.name, Any)
        if not known(hint):
            raise _signature(name, f"declares `{parameter.name}` of a type unknown here", place)
        hints[parameter.name] = hint
        if parameter.default is inspect.Parameter.empty:
            required.add(parameter.name)
    return Action(name, function, hints, frozenset(required), open_)


def load_actions(path: Path) -> Actions:
    """Import a bot's `actions.py` and collect what it registers; a missing file registers nothing.

    Raises:
        StatechatError: `actions:import`, `actions:signature`, `actions:duplicate`.
    """
    if not path.exists():
        return Actions()
    return Actions(_collected(_import(path)))


def load_plugins(plugins: Iterable[Plugin]) -> Actions:
    """Import what a bot's flows need of other packages; gives the actions and checks among it.

    Raises:
        StatechatError: `plugin:broken`, `actions:signature`, `actions:duplicate`.
    """
    found: dict[str, Action] = {}
    for plugin in plugins:
        loaded = plugin.load()
        if plugin.group not in ("actions", "checks"):
            continue
        if not isinstance(loaded, types.ModuleType):
            raise plugin.broken(f"{plugin.value} is no module")
        found.update(_collected(loaded))
    return Actions(found)


def _collected(module: types.ModuleType) -> dict[str, Action]:
    """What the functions of a module are registered as, by name."""
    actions: dict[str, Action] = {}
    for function in {id(one): one for one in vars(module).values() if callable(one)}.values():
        name = _mark(function)
        if name in actions:
            raise StatechatError(
                "actions:duplicate",
                f"`{name}` is registered twice.",
                place=_place_of(function),
                cure="Give one of the two functions another name.",
            )
        if name is not None:
            actions[name] = register(name, function)
    return actions


def _mark(function: object) -> str | None:
    """The name under which a function is registered: by its own mark, not one it makes up."""
    if not isinstance(function, types.FunctionType):
        return None
    mark = vars(function).get(ACTION)
    return mark if isinstance(mark, str) else None


def _import(path: Path) -> types.ModuleType:
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    unique = f"statechat_bot_{digest}"
    spec = importlib.util.spec_from_file_location(unique, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module
    try:
        spec.loader.exec_module(module)
    except StatechatError as error:
        sys.modules.pop(unique, None)
        place = _place_in(path, error)
        raise StatechatError(error.code, error.message, place=place, cure=error.cure) from error
    except (Exception, SystemExit) as error:
        sys.modules.pop(unique, None)
        raise StatechatError(
            "actions:import",
            f"The bot's actions cannot be imported: {type(error).__name__}: {error}",
            place=_place_in(path, error),
            cure="Correct that line, or install what it imports.",
        ) from error
    return module


def _place_in(path: Path, error: BaseException) -> Place:
    """The line of the file that the error came through last."""
    line = 1
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == str(path):
            line = frame.lineno or line
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return Place(str(path), error.lineno or line, error.offset or 1)
    return Place(str(path), line, 1)


def _place_of(function: Callable[..., Any]) -> Place | None:
    code = getattr(function, "__code__", None)
    return Place(code.co_filename, code.co_firstlineno, 1) if code else None


def _signature(name: str, fault: str, place: Place | None) -> StatechatError:
    return StatechatError(
        "actions:signature",
        f"The action `{name}` {fault}.",
        place=place,
        cure="Its parameters are the call, then JSON's types: str, int, float, bool, list, dict.",
    )
