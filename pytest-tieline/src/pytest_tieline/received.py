from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from .signature import form_pairs, is_form_type


@dataclass(frozen=True)
class ReceivedRequest:
    """A request that a receiver has received."""

    method: str
    #: The complete URL, as signature validators need it.
    url: str
    path: str
    #: The headers, by their names in lower case.
    headers: Mapping[str, str]
    #: The body as text.
    body: str
    #: The parameters of the query and of the form, or the fields of a JSON body, as text.
    params: Mapping[str, str]
    #: The account whose token signed the request; None when `verified` is false.
    signed_by: str | None

    @property
    def verified(self) -> bool:
        """Whether the signature is right for the unchanged request."""
        return self.signed_by is not None

    @property
    def account_sid(self) -> str | None:
        """The account in the parameter `AccountSid`; None when the request has none."""
        return self.params.get("AccountSid")


#: Parameters that a request must have, or a function that accepts a request.
Expectation = Mapping[str, str] | Callable[[ReceivedRequest], bool]


def fits(request: ReceivedRequest, expected: Expectation) -> bool:
    if callable(expected):
        return expected(request)
    return all(request.params.get(name) == value for name, value in expected.items())


def params_of(url: str, content_type: str, body: str) -> dict[str, str]:
    """The parameters of a request, by name. If a name occurs twice, the last value counts."""
    params = dict(form_pairs(urlsplit(url).query))
    params.pop("bodySHA256", None)
    if is_form_type(content_type):
        params.update(form_pairs(body))
    elif content_type.lower().startswith("application/json"):
        try:
            fields = json.loads(body)
        except ValueError:
            # A test can still read the body as text.
            return params
        if isinstance(fields, dict):
            for name, value in fields.items():
                params[name] = value if isinstance(value, str) else json.dumps(value)
    return params


# An error shows at most this much of a request.
MAX_SHOWN = 6
SHOWN_LENGTH = 40


def describe(request: ReceivedRequest) -> str:
    """A request in one line, for an error that lists the received requests."""
    shown = [f"{name}={value[:SHOWN_LENGTH]}" for name, value in request.params.items()]
    if len(shown) > MAX_SHOWN:
        shown = [*shown[:MAX_SHOWN], "…"]
    doubt = "" if request.verified else " (signature does not fit)"
    return f"{request.method} {request.path}{doubt} {' '.join(shown)}".strip()
