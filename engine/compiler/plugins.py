"""What other packages add to the language: found by entry points, read from their source.

An entry point of `statechat.actions` or `statechat.checks` names a module, one of
`statechat.filters` a function, one of `statechat.types` a `Kind`. Signatures are read from syntax
trees; only a type is imported when a flow that names it is compiled, for reading answers is what
it is. Nothing is looked for unless a flow names what neither Statechat nor the bot has.
"""

import ast
import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Final, Literal

from engine.classes import dataclass
from engine.compiler.registered import Kind as Registered
from engine.compiler.registered import Signature, UnreadableSource, parsed, registered
from engine.core.datatypes import TYPES, enter
from engine.core.datatypes.kind import Kind
from engine.core.filters import FILTERS, Filter
from engine.errors import StatechatError

Group = Literal["actions", "checks", "types", "filters"]
PREFIX: Final = "statechat."
NOUNS: Final[Mapping[Group, str]] = {
    "actions": "action", "checks": "check", "types": "type", "filters": "filter",
}  # fmt: skip
_GROUP_OF: Final[Mapping[Registered, Group]] = {"action": "actions", "check": "checks"}
SOURCE_MAX: Final = 1_048_576
"""Longest module that is read for signatures, in characters."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point: `value` is `module` or `module:attribute`, `package` the distribution's."""

    group: Group
    name: str
    value: str
    package: str

    @property
    def module(self) -> str:
        return self.value.partition(":")[0].strip()

    @property
    def attribute(self) -> str:
        return self.value.partition(":")[2].partition("[")[0].strip()

    def load(self) -> object:
        """Import it: the module, or what it names in it.

        Raises:
            StatechatError: `plugin:broken`.
        """
        try:
            found: object = importlib.import_module(self.module)
            for step in self.attribute.split(".") if self.attribute else ():
                found = getattr(found, step)
        except (Exception, SystemExit) as error:
            raise self.broken(f"{type(error).__name__}: {error}") from error
        return found

    def source(self) -> tuple[str, str]:
        """The text of its module and the name of the file, without importing any of it.

        Raises:
            StatechatError: `plugin:broken`.
        """
        path = self._path()
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise self.broken(f"{path} cannot be read: {error}") from error
        if len(text) > SOURCE_MAX:
            raise self.broken(f"{path} is longer than {SOURCE_MAX} characters")
        return text, str(path)

    def tree(self) -> tuple[ast.Module, str]:
        """The syntax tree of its module, and the name of the file.

        Raises:
            StatechatError: `plugin:broken`.
        """
        text, file = self.source()
        try:
            return parsed(text, file), file
        except UnreadableSource as fault:
            raise self.broken(f"{fault.place}: {fault.reason}") from fault

    def broken(self, reason: str) -> StatechatError:
        return StatechatError(
            "plugin:broken",
            f"the {NOUNS[self.group]} plugin `{self.name}` of {self.package} is broken: {reason}",
            cure=f"Update {self.package}, or uninstall it.",
        )

    def _path(self) -> Path:
        """Where its module lies; only finders are asked, and no package is imported for it."""
        head, *rest = self.module.split(".")
        try:
            spec = importlib.util.find_spec(head)
            for number in range(len(rest)):
                if spec is None or spec.submodule_search_locations is None:
                    break
                name = ".".join([head, *rest[: number + 1]])
                spec = PathFinder.find_spec(name, list(spec.submodule_search_locations))
        except (ImportError, ValueError) as error:
            raise self.broken(f"{type(error).__name__}: {error}") from error
        if spec is None:
            raise self.broken(f"there is no module {self.module}")
        if spec.origin is None or not spec.origin.endswith(".py"):
            raise self.broken(f"the module {self.module} has no Python source")
        return Path(spec.origin)


def installed(group: Group) -> list[Plugin]:
    """Every entry point of a group, in the order of names."""
    # Reading the metadata of every distribution takes longer than checking a small bot.
    from importlib.metadata import entry_points  # noqa: PLC0415 - as above

    points = entry_points(group=f"{PREFIX}{group}")
    found = {
        Plugin(group, point.name, point.value, point.dist.name if point.dist else point.value)
        for point in points
    }
    return sorted(found, key=lambda plugin: (plugin.name, plugin.package))


class Plugins:
    """Those that one bot's flows name.

    Attributes:
        filters: those of the language, and those of plugins.
    """

    def __init__(self) -> None:
        self._installed: dict[Group, list[Plugin]] = {}
        self._registered: dict[Registered, dict[str, list[tuple[Plugin, Signature]]]] = {}
        self._broken: dict[Registered, list[StatechatError]] = {}
        self._used: dict[Plugin, None] = {}
        self.filters: Mapping[str, Filter] = _Filters(self)

    @property
    def used(self) -> tuple[Plugin, ...]:
        return tuple(self._used)

    def signature(self, kind: Registered, name: str) -> Signature | None:
        """What an action or a check of this name takes, where a plugin has one.

        Raises:
            StatechatError: `plugin:twice`.
        """
        found = self._all_registered(kind).get(name, ())
        if not found:
            return None
        packages = sorted({plugin.package for plugin, _ in found})
        if len(packages) > 1:
            raise _twice(NOUNS[_GROUP_OF[kind]], name, packages)
        plugin, signature = found[0]
        self._used[plugin] = None
        return signature

    def names(self, kind: Registered) -> list[str]:
        return list(self._all_registered(kind))

    def broken(self, kind: Registered) -> list[StatechatError]:
        """Plugins whose actions or checks cannot be known."""
        self._all_registered(kind)
        return self._broken[kind]

    def type_names(self) -> list[str]:
        return [plugin.name for plugin in self.installed("types")]

    def enter_type(self, name: str) -> bool:
        """Make a plugin's type known to the core; false where no plugin has it.

        Raises:
            StatechatError: `plugin:broken`, `plugin:twice`.
        """
        plugin = self.only("types", name)
        if plugin is None:
            return False
        self._used[plugin] = None
        if name in TYPES:
            return True
        from engine.compiler.foreign_types import fenced  # noqa: PLC0415 - seldom needed

        kind = plugin.load()
        if not isinstance(kind, Kind) or kind.name != name:
            raise plugin.broken(f"{plugin.value} is no `engine.Kind` of this name")
        enter(fenced(plugin, kind))
        return True

    def filter(self, name: str) -> Filter | None:
        """A plugin's filter, or none.

        Raises:
            StatechatError: `plugin:broken`, `plugin:twice`.
        """
        from engine.compiler.foreign_filters import read_filter  # noqa: PLC0415 - seldom needed

        plugin = self.only("filters", name)
        if plugin is None:
            return None
        self._used[plugin] = None
        return read_filter(plugin)

    def installed(self, group: Group) -> list[Plugin]:
        if group not in self._installed:
            self._installed[group] = installed(group)
        return self._installed[group]

    def only(self, group: Group, name: str) -> Plugin | None:
        """The one plugin of a name.

        Raises:
            StatechatError: `plugin:twice`.
        """
        found = [plugin for plugin in self.installed(group) if plugin.name == name]
        if len(found) > 1:
            raise _twice(NOUNS[group], name, [plugin.package for plugin in found])
        return found[0] if found else None

    def _all_registered(self, kind: Registered) -> dict[str, list[tuple[Plugin, Signature]]]:
        if kind in self._registered:
            return self._registered[kind]
        found = self._registered[kind] = {}
        broken = self._broken[kind] = []
        for plugin in self.installed(_GROUP_OF[kind]):
            try:
                tree, file = plugin.tree()
            except StatechatError as error:
                broken.append(error)
                continue
            for signature in registered(tree, file):
                if signature.kind == kind:
                    found.setdefault(signature.name, []).append((plugin, signature))
        return found


def _twice(noun: str, name: str, packages: list[str]) -> StatechatError:
    return StatechatError(
        "plugin:twice",
        f"several packages have the {noun} `{name}`: {', '.join(packages)}",
        cure="Uninstall all of them but one.",
    )


class _Filters(Mapping[str, Filter]):
    """The filters by name; those of plugins are looked for when a text names one."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins
        self._found: dict[str, Filter] = {}

    def __getitem__(self, name: str) -> Filter:
        known = FILTERS.get(name) or self._found.get(name)
        if known is None:
            known = self._plugins.filter(name)
            if known is None:
                raise KeyError(name)
            self._found[name] = known
        return known

    def __iter__(self) -> Iterator[str]:
        plugins = (plugin.name for plugin in self._plugins.installed("filters"))
        return iter(dict.fromkeys([*FILTERS, *plugins]))

    def __len__(self) -> int:
        return sum(1 for _ in self)
