"""Keys of any kind in MongoDB's documents."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

bson = pytest.importorskip("bson")

from engine.stores.mongo_codec import pack, unpack  # noqa: E402 - optional

keys = st.text(st.sampled_from("a.$%\x0024E2🦉_"), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text("a\x00🦉"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
)


def every_key(value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in every_key(inner))]
    return [key for inner in value for key in every_key(inner)] if isinstance(value, list) else []


@given(st.dictionaries(keys, values, max_size=4))
def test_any_key_comes_back_and_none_is_special_to_a_server(document: dict[str, Any]) -> None:
    packed = pack(document)
    assert not any(re.search(r"[.$\0]", key) for key in every_key(packed))
    back = unpack(bson.decode(bson.encode(packed)))
    assert back == document
    assert repr(back) == repr(document)
