"""A part of the bot's documents, so that its users cannot meet each other's."""

from collections.abc import Mapping

from engine.core.values import Value
from engine.stores.protocol import Documents


class Scoped:
    """Documents whose collections all begin with `<scope>.`."""

    def __init__(self, documents: Documents, scope: str) -> None:
        self._documents = documents
        self._scope = scope

    def _name(self, collection: str) -> str:
        return f"{self._scope}.{collection}"

    async def get(self, collection: str, id_: str) -> dict[str, Value] | None:
        return await self._documents.get(self._name(collection), id_)

    async def put(self, collection: str, id_: str, document: Mapping[str, Value]) -> None:
        await self._documents.put(self._name(collection), id_, document)

    async def add(self, collection: str, id_: str, document: Mapping[str, Value]) -> bool:
        return await self._documents.add(self._name(collection), id_, document)

    async def remove(self, collection: str, id_: str) -> bool:
        return await self._documents.remove(self._name(collection), id_)

    async def all(self, collection: str) -> dict[str, dict[str, Value]]:
        return await self._documents.all(self._name(collection))
