from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from .accounts import KnownAccounts
from .control import Control
from .credentials import ConnectApp, Credentials
from .error import TielineError
from .receiver import Receiver
from .sdk import sdk_client

if TYPE_CHECKING:
    from twilio.rest import Client


class Tieline:
    """A Tieline with a separate world, for one test."""

    def __init__(
        self, url: str, developer: Credentials, customer: Credentials, connect_app: ConnectApp
    ) -> None:
        #: The address of the API, the console and the control API, without a trailing slash.
        self.url = url
        #: The owner of the Connect app, whose credentials the tested program uses.
        self.developer = developer
        #: The customer that may authorise the app. It has a month of numbers, messages and calls.
        self.customer = customer
        #: The developer's app, which no customer has authorised yet.
        self.connect_app = connect_app
        self._accounts = KnownAccounts(url, [developer, customer])
        self._receivers: list[Receiver] = []
        self._ends: list[Callable[[], None]] = []
        self._closed = False
        #: The control API: time, arriving messages and calls, consent, usage, faults.
        self.control = Control(url, self._accounts.add, self._demand_open)

    @property
    def account_sid(self) -> str:
        """The developer's SID."""
        return self.developer.account_sid

    @property
    def auth_token(self) -> str:
        """The developer's token."""
        return self.developer.auth_token

    def environment(self) -> dict[str, str]:
        """The environment variables for the tested program."""
        return {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TIELINE_URL": self.url,
        }

    def client(self, account: Credentials | None = None) -> Client:
        """A client of the official Python SDK, by default with the developer's credentials."""
        self._demand_open()
        return sdk_client(self.url, account or self.developer)

    def acting_for(self, account_sid: str) -> Credentials:
        """The credentials with which the developer's app acts for a customer.

        `account_sid` comes from the answer of `control.authorize`.
        """
        return Credentials(account_sid, self.auth_token)

    def receiver(self) -> Receiver:
        """Opens a web server for Tieline's requests on a free port. It ends with this world."""
        self._demand_open()
        receiver = Receiver(self._accounts)
        self._receivers.append(receiver)
        return receiver

    def close(self) -> None:
        """Ends this world and its receivers. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        for receiver in self._receivers:
            receiver.close()
        for end in self._ends:
            end()

    def on_close(self, end: Callable[[], None]) -> None:
        """Calls `end` when this world is closed."""
        self._ends.append(end)

    def __enter__(self) -> Tieline:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _demand_open(self) -> None:
        if self._closed:
            raise TielineError("This world is closed. Each test has its own.")
