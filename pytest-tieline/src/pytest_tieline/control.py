from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

from .control_calls import ControlCalls
from .control_types import Account, ClockMove, ClockMoved, CreatedAccount, NewAccount
from .credentials import Credentials
from .error import TielineError
from .http_client import ask


class Control(ControlCalls):
    """The control API as methods: time, arriving messages and calls, consent, usage, faults.

    Arguments and results have the field names of the API. A refusal raises a TielineError with the
    status and the sentence of the refusal.
    """

    def __init__(
        self,
        url: str,
        learn: Callable[[Credentials], None] = lambda account: None,
        demand_open: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = url
        self._learn = learn
        self._demand_open = demand_open
        #: The product's time.
        self.clock = Clock(self._call)

    def create_account(self, fields: NewAccount) -> CreatedAccount:
        created = super().create_account(fields)
        self._learn(Credentials(created["sid"], created["auth_token"]))
        return created

    def upgrade_account(self, sid: str) -> Account:
        account = super().upgrade_account(sid)
        self._learn(Credentials(account["sid"], account["auth_token"]))
        return account

    def _call(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        self._demand_open()
        full = f"/_tieline{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {} if body is None else {"Content-Type": "application/json"}
        sent = None if body is None else _json(body)
        status, text = ask(self._url, method, full, headers, sent)
        if 200 <= status < 300:
            return json.loads(text) if text else None
        raise TielineError(_sentence(text) or f"Tieline answered {status}: {text}", status)


@dataclass(frozen=True)
class Moved:
    """The result of moving the clock."""

    now: datetime
    delivered: int
    pending: int


class Clock:
    """The clock of Tieline."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def now(self) -> datetime:
        """The time of Tieline's clock."""
        return _moment(self._call("GET", "/clock")["now"])

    def advance(self, by: str) -> Moved:
        """Moves the clock forward, by `1d`, `2h`, `30m`, `15s` or `500ms`.

        Returns after the first attempt of all webhooks that became due, and after 30 s at most.
        """
        return self._move({"advance": by})

    def set(self, to: datetime | str) -> Moved:
        """Moves the clock forward to a moment, and otherwise works like `advance`."""
        if isinstance(to, datetime):
            if to.tzinfo is None:
                raise TielineError(
                    "clock.set: the datetime has no time zone. Make one with datetime.timezone.utc."
                )
            utc = to.astimezone(timezone.utc)
            to = utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return self._move({"set": to})

    def in_step(self) -> Moved:
        """Puts the clock back to real time, if nothing is dated later."""
        return self._move({"in_step": True})

    def _move(self, fields: ClockMove) -> Moved:
        moved: ClockMoved = self._call("POST", "/clock", fields)
        return Moved(_moment(moved["now"]), moved["delivered"], moved["pending"])


def _moment(text: str) -> datetime:
    # Before Python 3.11, fromisoformat knows no Z.
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _json(body: object) -> bytes:
    try:
        return json.dumps(body).encode()
    except (TypeError, ValueError) as error:
        raise TielineError(f"The fields cannot be sent as JSON: {error}.") from error


def _sentence(text: str) -> str | None:
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    error = answer.get("error") if isinstance(answer, dict) else None
    return error if isinstance(error, str) else None
