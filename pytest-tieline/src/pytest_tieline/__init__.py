"""Fixtures for pytest that test programs against Tieline, in the place of Twilio."""

from . import control_types as types
from .control import Clock, Control, Moved
from .credentials import ConnectApp, Credentials
from .error import TielineError
from .received import Expectation, ReceivedRequest
from .receiver import Receiver
from .reply import Replies, Reply, ReplyParts
from .server import TielineServer, start_server, start_tieline
from .world import Tieline

__all__ = [
    "Clock",
    "ConnectApp",
    "Control",
    "Credentials",
    "Expectation",
    "Moved",
    "ReceivedRequest",
    "Receiver",
    "Replies",
    "Reply",
    "ReplyParts",
    "Tieline",
    "TielineError",
    "TielineServer",
    "start_server",
    "start_tieline",
    "types",
]
