from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .credentials import Credentials
from .error import TielineError
from .options import LOG_LEVELS
from .receiver import Receiver
from .sdk import lead_sdk
from .server import TielineServer, start_server
from .world import Tieline


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tieline")
    group.addoption(
        "--tieline-command",
        metavar="COMMAND",
        help="the command that starts Tieline, such as 'npx tieline'",
    )
    parser.addini("tieline_command", "the command that starts Tieline, such as 'npx tieline'")
    parser.addini(
        "tieline_log_level",
        f"how much of Tieline's log is shown: {', '.join(LOG_LEVELS)}",
        default="error",
    )


@pytest.fixture(scope="session")
def tieline_developer() -> Credentials | None:
    """The developer's credentials. Override it for a program that has them in its code."""
    return None


@pytest.fixture(scope="session")
def tieline_server(
    pytestconfig: pytest.Config, tieline_developer: Credentials | None
) -> Iterator[TielineServer]:
    """The Tieline of this session. With pytest-xdist each worker has one."""
    named = pytestconfig.getoption("--tieline-command") or pytestconfig.getini("tieline_command")
    try:
        server = start_server(
            command=named or None,
            folder=pytestconfig.invocation_params.dir,
            log_level=pytestconfig.getini("tieline_log_level"),
            developer=tieline_developer,
        )
    except TielineError as error:
        # The sentence says everything, and a trace of the kit would hide it.
        pytest.fail(str(error), pytrace=False)
    with server:
        yield server


@pytest.fixture
def tieline(tieline_server: TielineServer) -> Iterator[Tieline]:
    """A fresh world for this test: a developer, a customer and a Connect app."""
    with tieline_server.new_world() as world:
        yield world


@pytest.fixture
def tieline_receiver(tieline: Tieline) -> Receiver:
    """A web server for the webhooks of this test's world."""
    return tieline.receiver()


@pytest.fixture
def tieline_sdk(tieline: Tieline, monkeypatch: pytest.MonkeyPatch) -> Tieline:
    """Leads every client of the official SDK in this process to this test's world.

    `TWILIO_ACCOUNT_SID`, `TWILIO_AUTH_TOKEN` and `TIELINE_URL` are set as well.
    """
    for name, value in tieline.environment().items():
        monkeypatch.setenv(name, value)
    for name in ("NO_PROXY", "no_proxy"):
        before = os.environ.get(name)
        monkeypatch.setenv(name, f"{before},127.0.0.1" if before else "127.0.0.1")
    try:
        lead_sdk(monkeypatch, tieline.url)
    except TielineError as error:
        pytest.fail(str(error), pytrace=False)
    return tieline
