"""The JSON Schemas of Statechat's files, for the checker and for editors.

Beside the standard's keywords they carry annotations, which a validator ignores and from which
`engine.compiler.document` makes its messages:

    x-is            what is expected here, in words ("a duration such as 10m")
    x-later         keys of the language that this version does not support yet;
                    `x-later-values` likewise
    x-instead       common wrong keys, and what the language calls them; `x-instead-values` likewise
    x-never         keys that cannot stand here, and why
    x-needs         what a key needs beside it, where its name does not say enough
    x-one           why there must be exactly one key
    x-implied       a value that need not be said
    x-beside        where a key cannot stand
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

Name = Literal["flow", "bot", "test", "diagnostic", "report", "coverage"]
AUTHORED: Final[tuple[Name, ...]] = ("flow", "bot", "test")
"""Kinds of files that authors write."""
FOLDER: Final = Path(__file__).parent


@cache
def schema(name: Name) -> dict[str, Any]:
    """The schema of one kind of file (draft 2020-12). Do not change it: it is read once."""
    path = FOLDER / f"{name}.v1.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
