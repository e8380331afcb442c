"""A conversation that is written down as a test."""

from engine.core.events import Failure
from engine.testing.explore import Outcome
from engine.testing.script import Attempt
from engine.testing.transcript import results


def test_ends_in_a_row_that_are_alike_are_written_once_with_their_number() -> None:
    away = Outcome("pay", Attempt(failure=Failure("timeout", "", transient=True)), real=False)
    one = Outcome("pay", Attempt(1), real=False)
    true = Outcome("pay", Attempt(value=True), real=False)
    assert results([away, away, one, true, away]) == {
        "pay": [
            {"error": "timeout", "times": 2},
            {"return": 1},
            {"return": True},
            {"error": "timeout"},
        ]
    }


def test_what_ran_beside_what_was_made_up_is_told_to_run() -> None:
    real = Outcome("records.put", Attempt({"id": "1"}), real=True)
    full = Outcome("records.put", Attempt(failure=Failure("limit")), real=False)
    found = Outcome("records.get", Attempt({"id": "1"}), real=True)
    assert results([real, found, real, full]) == {
        "records.put": [{"run": True, "times": 2}, {"error": "limit"}]
    }
