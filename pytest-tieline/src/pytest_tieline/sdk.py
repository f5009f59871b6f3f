from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from .credentials import Credentials
from .error import TielineError

if TYPE_CHECKING:
    from twilio.rest import Client

# The hosts that Tieline answers for, also with an edge and a region.
ANSWERED = re.compile(r"^https://(?:api|voice)(?:\.[\w-]+){0,2}\.twilio\.com(?::443)?(?=[/?]|$)")


def sdk_client(url: str, account: Credentials) -> Client:
    """A client of the official SDK, with `api` and `voice` directed to Tieline."""
    try:
        from twilio.rest import Client
    except ImportError as error:
        raise TielineError(
            'The package twilio is not installed. Install it with "pip install twilio".'
        ) from error
    client = Client(account.account_sid, account.auth_token)
    client.api.base_url = client.voice.base_url = url
    session = getattr(client.http_client, "session", None)
    if session is not None:
        # A proxy of the environment cannot reach this machine's loopback.
        session.trust_env = False
    return client


def lead_sdk(patch: pytest.MonkeyPatch, url: str) -> None:
    """Leads every client of the official SDK in this process to Tieline.

    A request to another product of Twilio raises TielineError, so that no test ever reaches Twilio.
    """
    try:
        from twilio.http.http_client import TwilioHttpClient
    except ImportError as error:
        raise TielineError(
            'The package twilio is not installed. Install it with "pip install twilio".'
        ) from error
    _lead(patch, TwilioHttpClient, url)
    try:
        from twilio.http.async_http_client import AsyncTwilioHttpClient
    except ImportError:
        return
    _lead(patch, AsyncTwilioHttpClient, url)


def _lead(patch: pytest.MonkeyPatch, client: type[Any], url: str) -> None:
    original = client.request

    def request(self: Any, method: str, address: str, *rest: Any, **named: Any) -> Any:
        return original(self, method, _address_at(url, address), *rest, **named)

    patch.setattr(client, "request", request)


def _address_at(url: str, address: str) -> str:
    if address == url or address.startswith(f"{url}/"):
        return address
    match = ANSWERED.match(address)
    if match is None:
        host = re.sub(r"^\w+://([^/?]*).*$", r"\1", address)
        raise TielineError(
            f"Tieline does not answer for {host}, and a test must not reach Twilio. "
            "Replace this request in the test."
        )
    return url + address[match.end() :]
