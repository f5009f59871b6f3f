from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from .credentials import Credentials
from .error import TielineError

LOG_LEVELS = ("debug", "info", "warn", "error", "silent")
MAX_PORT = 65_535


@dataclass(frozen=True)
class Options:
    """The options of a start. Raises TielineError, which names the option and its rule."""

    command: str | Sequence[str] | None
    folder: Path | None
    port: int
    log_level: str
    developer: Credentials | None

    def __post_init__(self) -> None:
        port = self.port
        if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= MAX_PORT:
            _refuse("port", f"must be a whole number from 0 to {MAX_PORT}")
        if self.log_level not in LOG_LEVELS:
            _refuse("log_level", f"must be one of {', '.join(LOG_LEVELS)}")
        if self.developer is not None:
            if not re.fullmatch(r"AC[0-9a-fA-F]{32}", self.developer.account_sid):
                _refuse("developer.account_sid", "must be AC and 32 hexadecimal digits")
            if not re.fullmatch(r"[\x20-\x7e]{1,64}", self.developer.auth_token):
                _refuse("developer.auth_token", "must be 1 to 64 printable ASCII characters")


def _refuse(name: str, rule: str) -> NoReturn:
    raise TielineError(f"start_tieline: {name} {rule}.")
