from __future__ import annotations

import http.client
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import urlsplit

from .credentials import Credentials
from .error import TielineError

# A move of the clock answers after 30 seconds at the latest.
ANSWER_SECONDS = 120.0


class Answer(NamedTuple):
    status: int
    text: str


def ask(
    origin: str,
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Makes a request on a new connection. No proxy of the environment is used.

    Raises TielineError when no answer comes.
    """
    address = urlsplit(origin)
    connection = http.client.HTTPConnection(
        address.hostname or "127.0.0.1", address.port, timeout=ANSWER_SECONDS
    )
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.read().decode())
    except (OSError, http.client.HTTPException) as error:
        raise TielineError(
            f"Tieline at {origin} did not answer {method} {path}: {error or type(error).__name__}."
        ) from error
    finally:
        connection.close()


def basic(account: Credentials) -> dict[str, str]:
    """The header that signs in with an account's SID and token."""
    pair = f"{account.account_sid}:{account.auth_token}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}
