"""A restored bot begins another life: no id that was used since the backup may come again."""

import secrets
from typing import Any


class Lives:
    """New incarnations of the sessions of a backup; dead letters follow theirs."""

    def __init__(self) -> None:
        self._moved: dict[str, str] = {}

    def __len__(self) -> int:
        """How many sessions began anew."""
        return len(self._moved)

    def begin(self, document: dict[str, Any]) -> None:
        """Change a stored session, which comes before its letters, to one of a new life."""
        id_, old = document["_id"], document.get("incarnation", "")
        new = secrets.token_hex(8)
        self._moved[f"{id_}#{old}"] = f"{id_}#{new}"
        document["incarnation"] = new
        for letter in document.get("again", ()):
            letter["id"] = self.letter(letter["id"])

    def letter(self, id_: str) -> str:
        """The id of a letter, where it begins with `<session>#<incarnation>:`."""
        session, mark, rest = id_.rpartition("#")
        incarnation, colon, item = rest.partition(":")
        life = session + mark + incarnation
        return f"{self._moved.get(life, life)}{colon}{item}"
