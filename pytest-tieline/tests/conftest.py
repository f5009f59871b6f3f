from __future__ import annotations

import pytest

from pytest_tieline import Tieline

pytest_plugins = ["pytester"]

#: A number outside of Tieline, whose messages are delivered.
SOMEBODY = "+14155550123"


@pytest.fixture
def number(tieline: Tieline) -> str:
    """A number of the customer."""
    [first] = tieline.client(tieline.customer).incoming_phone_numbers.list(limit=1)
    return str(first.phone_number)
