from collections.abc import Iterator
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from engine.compiler.wording import _EXPLAINED
from schemas import Name, schema

NAMES = get_args(Name)
FILES = ("flow", "bot", "test")
BESIDE_A_REFERENCE = {"$ref", "description", "title", "examples"}
ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "examples"}
APPLICATORS = {"properties", "items", "dependentSchemas", "if", "then", "else", "const"}


def parts(part: object) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    if not isinstance(part, dict):
        return
    yield part
    for keyword in ("items", "additionalProperties", "propertyNames", "if", "then", "not"):
        yield from parts(part.get(keyword))
    for keyword in ("properties", "dependentSchemas", "$defs"):
        for inner in part.get(keyword, {}).values():
            yield from parts(inner)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_by_the_standard(name: Name) -> None:
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_valid_by_what_they_illustrate(name: Name) -> None:
    whole = schema(name)
    examples = 0
    for part in parts(whole):
        for example in part.get("examples", ()):
            validator = Draft202012Validator({**part, "$defs": whole.get("$defs", {})})
            assert list(validator.iter_errors(example)) == []
            examples += 1
    assert examples


@pytest.mark.parametrize("name", NAMES)
def test_every_key_is_described_for_the_editor(name: Name) -> None:
    whole = schema(name)
    for part in parts(whole):
        for key, inner in part.get("properties", {}).items():
            if "not" in inner or "const" in inner:
                continue
            target = whole.get("$defs", {}).get(inner.get("$ref", "").rpartition("/")[2], {})
            assert inner.get("description") or target.get("description"), key


@pytest.mark.parametrize("name", FILES)
def test_every_key_of_an_authors_file_has_a_title_a_description_and_an_example(name: Name) -> None:
    whole = schema(name)
    for part in parts(whole):
        for key, inner in part.get("properties", {}).items():
            if "not" in inner or "const" in inner:
                continue
            target = whole["$defs"].get(inner.get("$ref", "").rpartition("/")[2], {})
            assert inner.get("title"), key
            assert inner.get("description"), key
            assert inner.get("examples") or target.get("examples"), key


@pytest.mark.parametrize("name", NAMES)
def test_references_stay_inside_and_nothing_but_words_stands_beside_them(name: Name) -> None:
    whole = schema(name)
    for part in parts(whole):
        if "$ref" in part:
            assert set(part) <= BESIDE_A_REFERENCE
            assert part["$ref"].removeprefix("#/$defs/") in whole["$defs"]


@pytest.mark.parametrize("name", FILES)
def test_every_rule_has_words_for_the_author(name: Name) -> None:
    for part in parts(schema(name)):
        for keyword in part:
            assert (
                keyword in _EXPLAINED
                or keyword in ANNOTATIONS | APPLICATORS | {"$ref"}
                or (keyword.startswith("x-"))
            ), keyword


@pytest.mark.parametrize("name", FILES)
def test_hints_name_keys_that_exist_and_are_not_keys_themselves(name: Name) -> None:
    for part in parts(schema(name)):
        known = part.get("properties", {})
        for wrong, right in part.get("x-instead", {}).items():
            assert wrong not in known
            assert right in known or "on" not in known, (wrong, right)
        assert not set(part.get("x-later", ())) & set(known)
        assert not set(part.get("x-never", ())) & set(known)


@pytest.mark.parametrize("name", FILES)
def test_no_mapping_takes_any_key_unless_its_keys_are_names(name: Name) -> None:
    for part in parts(schema(name)):
        if "properties" in part and "type" in part:
            assert part["additionalProperties"] is False
