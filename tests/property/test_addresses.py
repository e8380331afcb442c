"""E-mail addresses that are known without the library are those that it would take as they are."""

import email_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.datatypes import words

_SIMPLE = st.from_regex(words._ADDRESS, fullmatch=True).filter(
    lambda text: len(text) <= words.ADDRESS_MAX
)
_LABEL = st.text("abyz019-", min_size=1, max_size=9)
_NEAR = st.builds(
    "{}@{}.{}".format, st.text("ab9._+-", min_size=1, max_size=9), _LABEL,
    st.sampled_from(["org", "test", "local", "xn--p1ai", "example", "a", "9", "co.uk"]) | _LABEL,
)  # fmt: skip


def by_library(text: str) -> str | None:
    try:
        return email_validator.validate_email(text, check_deliverability=False).normalized
    except email_validator.EmailNotValidError:
        return None


@given(_SIMPLE | _NEAR)
def test_what_is_read_of_an_address_is_what_the_library_makes_of_it(text: str) -> None:
    assert words._email(text) == by_library(text)


@pytest.mark.parametrize("special", email_validator.SPECIAL_USE_DOMAIN_NAMES)
def test_names_that_are_none_of_the_internets_are_no_address(special: str) -> None:
    for text in (f"ann@example.{special}", f"ann@{special}"):
        assert words._email(text) == by_library(text)
