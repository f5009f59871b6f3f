from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, NoReturn, TypedDict

from .error import TielineError
from .received import ReceivedRequest


class ReplyParts(TypedDict, total=False):
    status: int
    headers: dict[str, str]
    body: str
    twiml: str
    #: The delay of the reply, in seconds.
    delay: float


#: The reply of a receiver. A plain text is TwiML.
Reply = str | ReplyParts
MakeReply = Callable[[ReceivedRequest], Reply]
#: One reply for all requests, a list of replies in turn, or a function of the request.
Replies = Reply | Sequence[Reply] | MakeReply

# TwiML without instructions, which every webhook accepts.
NOTHING_TO_DO = "<Response/>"
PARTS = ("status", "headers", "body", "twiml", "delay")
MIN_STATUS = 200
MAX_STATUS = 599
MAX_SECONDS = 86_400


def reply_maker(replies: Replies) -> MakeReply:
    """Turns replies into a function that answers each request.

    Raises TielineError when one of the replies is not valid.
    """
    if callable(replies):
        return replies
    given: Any = replies
    turns: list[Any] = list(given) if isinstance(given, list | tuple) else [given]
    for reply in turns:
        demand_reply(reply)
    left = turns or [NOTHING_TO_DO]
    lock = Lock()

    def take(_: ReceivedRequest) -> Reply:
        with lock:
            reply: Reply = left.pop(0) if len(left) > 1 else left[0]
            return reply

    return take


def demand_reply(reply: object) -> None:
    if isinstance(reply, str):
        return
    if not isinstance(reply, dict):
        _refuse(f"a reply must be TwiML as text, or hold {', '.join(PARTS)}")
    odd = next((name for name in reply if name not in PARTS), None)
    if odd is not None:
        _refuse(f"{odd} is not a part of a reply. The parts are {', '.join(PARTS)}")
    status = reply.get("status", MIN_STATUS)
    if not is_whole(status) or not MIN_STATUS <= status <= MAX_STATUS:
        _refuse(f"status must be a whole number from {MIN_STATUS} to {MAX_STATUS}")
    for name in ("body", "twiml"):
        if not isinstance(reply.get(name, ""), str):
            _refuse(f"{name} must be text; JSON is written with json.dumps")
    if not isinstance(reply.get("headers", {}), dict):
        _refuse("headers must be a dict of texts")
    if not is_seconds(reply.get("delay", 0)):
        _refuse(f"delay must be a number of seconds from 0 to {MAX_SECONDS}")


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_seconds(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= MAX_SECONDS  # type: ignore[operator]


def _refuse(rule: str) -> NoReturn:
    raise TielineError(f"receiver.respond: {rule}.")
