"""Whatever persons, the store, the network and the operating system do: once, and in order.

The rules are in `delivery/machine.py`, what should happen in `delivery/model.py`, and the mistakes
that are seeded to see that it would be found in `delivery/mutants.py`.
"""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.oracle.mutants import Mutant
from tests.property.delivery.homes import Background, Home, MongoHome, SqliteHome
from tests.property.delivery.machine import DeliveryMachine
from tests.property.delivery.mutants import QUICK, found
from tests.servers.mongodb import mongodb

STEPS = 30
common = settings(stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class TestInMemory(DeliveryMachine.TestCase):
    settings = settings(common, max_examples=40)


class SqliteMachine(DeliveryMachine):
    background: Background

    @staticmethod
    def home() -> Home:
        return SqliteHome(SqliteMachine.background)


class TestOnSqlite(SqliteMachine.TestCase):
    settings = settings(common, max_examples=15)

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _background(cls) -> Iterator[None]:
        SqliteMachine.background = Background()
        yield
        SqliteMachine.background.close()


class MongoMachine(DeliveryMachine):
    background: Background
    uri: str

    @staticmethod
    def home() -> Home:
        return MongoHome(MongoMachine.background, MongoMachine.uri)


class TestOnMongo(MongoMachine.TestCase):
    settings = settings(common, max_examples=2)

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _background(cls) -> Iterator[None]:
        with mongodb() as MongoMachine.uri:
            MongoMachine.background = Background()
            yield
            MongoMachine.background.close()


@pytest.mark.parametrize("mutant", QUICK, ids=lambda mutant: mutant.name)
def test_a_seeded_mistake_is_found(mutant: Mutant) -> None:
    """The others take longer: `python -m tests.property.delivery` has them all."""
    assert found(mutant) is not None
