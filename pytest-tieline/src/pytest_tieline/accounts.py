from __future__ import annotations

import json
from threading import Lock
from urllib.parse import quote

from .credentials import Credentials
from .error import TielineError
from .http_client import ask, basic
from .signature import Signed, is_signed_with


class KnownAccounts:
    """The accounts whose tokens the kit knows or can request."""

    def __init__(self, url: str, known: list[Credentials]) -> None:
        self._url = url
        self._lock = Lock()
        self._tokens = {one.account_sid: one.auth_token for one in known}

    def add(self, account: Credentials) -> None:
        with self._lock:
            self._tokens[account.account_sid] = account.auth_token

    def signer_of(self, request: Signed, account_sid: str | None) -> str | None:
        """The account whose token signed a request about an account; None when there is none."""
        signer = self._find(request)
        if signer is not None or account_sid is None or account_sid in self._tokens:
            return signer
        try:
            self._learn(account_sid)
        except TielineError:
            # Without an answer the signature cannot be checked and counts as wrong.
            return None
        return self._find(request)

    def _find(self, request: Signed) -> str | None:
        with self._lock:
            tokens = list(self._tokens.items())
        return next((sid for sid, token in tokens if is_signed_with(token, request)), None)

    def _learn(self, sid: str) -> None:
        """Learns a subaccount's token from its main account, which can read it."""
        with self._lock:
            known = [Credentials(*pair) for pair in self._tokens.items()]
        path = f"/2010-04-01/Accounts/{quote(sid, safe='')}.json"
        for account in known:
            status, text = ask(self._url, "GET", path, basic(account))
            token = json.loads(text)["auth_token"] if status == 200 else None
            if token is not None:
                self.add(Credentials(sid, token))
                return
