"""Messages whose buttons begin flows as JSON."""

from collections.abc import Mapping
from typing import Any, Final

from engine.core.session import Offer, Offered
from engine.stores.items import Document

_NOTHING: Final[Mapping[str, Any]] = {}


def encode_offer(offer: Offer) -> Document:
    document: Document = {"visit": offer.visit, "buttons": []}
    for one in offer.buttons:
        button: Document = {"id": one.id, "label": one.label, "flow": one.flow}
        if one.given:
            button["given"] = one.given
        document["buttons"].append(button)
    if offer.once:
        document["once"] = True
    return document


def decode_offer(document: Mapping[str, Any]) -> Offer:
    return Offer(
        document["visit"],
        tuple([
            Offered(one["id"], one["label"], one["flow"], one.get("given", _NOTHING))
            for one in document["buttons"]
        ]),
        document.get("once", False),
    )  # fmt: skip
