from __future__ import annotations


class TielineError(Exception):
    """A refusal of the kit or of Tieline. The message is one sentence or a few."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        #: The status of Tieline's answer; None when there was no answer.
        self.status = status
