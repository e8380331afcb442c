"""Whether Statechat's packages are its own: their names are general, and others use them too."""

import importlib.util
from collections.abc import Iterable
from pathlib import Path

import engine
from engine.errors import StatechatError

PACKAGES = ("transports", "schemas", "flows")
ROOT = Path(engine.__file__).parents[1]


def refuse_clash(names: Iterable[str] = PACKAGES, root: Path = ROOT) -> None:
    """Refuse to start where another distribution's package stands in front of ours.

    Raises:
        StatechatError: `install:clash`.
    """
    for name in names:
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).parent if spec and spec.origin else None
        if found is None or not found.samefile(root / name):
            where = f"is the one in {found}" if found else "is missing"
            raise StatechatError(
                "install:clash",
                f"the package `{name}` {where}, not Statechat's",
                cure="Install Statechat in an environment of its own: pipx install statechat",
            )
