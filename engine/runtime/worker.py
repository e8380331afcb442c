"""What the parts of one worker share."""

from dataclasses import field
from typing import Final

from engine.classes import dataclass
from engine.runtime.meter import Meter, Unmetered
from engine.runtime.outage import Outage
from engine.runtime.owners import transport_of
from engine.runtime.ports import Clock
from engine.runtime.privacy import Private, nothing
from engine.runtime.pseudonyms import Pseudonyms
from engine.runtime.sessions import Sessions
from engine.stores.protocol import Store

_UNMETERED: Final = Unmetered()


@dataclass(frozen=True, slots=True)
class Worker:
    """One process that runs a bot.

    Attributes:
        id: random; leases are held under it.
        sole: no other process uses the store, so any other holder of a lease is dead.
        served: names of its transports; it works for persons of these only.
        language: for whom no language is known.
        private: what of a session is kept out of the log.
        names: by which the log speaks of persons.
    """

    id: str
    sole: bool
    served: frozenset[str]
    language: str
    store: Store
    sessions: Sessions
    clock: Clock
    outage: Outage
    meter: Meter = _UNMETERED
    private: Private = nothing
    names: Pseudonyms = field(default_factory=Pseudonyms)

    def serves(self, owner: str) -> bool:
        return transport_of(owner) in self.served
