from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Credentials:
    """The SID and the auth token of an account."""

    account_sid: str
    auth_token: str = field(repr=False)


@dataclass(frozen=True)
class ConnectApp:
    """The developer's Connect app."""

    sid: str
