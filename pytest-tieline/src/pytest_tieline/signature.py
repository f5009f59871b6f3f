from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, urlsplit


@dataclass(frozen=True)
class Signed:
    """A received request with its signature."""

    url: str
    body: bytes
    content_type: str
    signature: str


def is_signed_with(token: str, request: Signed) -> bool:
    """Whether `X-Twilio-Signature` is this token's signature of the complete, unchanged request."""
    is_form = is_form_type(request.content_type)
    hashes = parse_qs(urlsplit(request.url).query).get("bodySHA256")
    signed = request.url
    if hashes:
        whole = hashlib.sha256(request.body).hexdigest()
        if not hmac.compare_digest(whole.encode(), hashes[0].lower().encode()):
            return False
    elif is_form:
        signed += _form_text(request.body)
    elif request.body:
        # The signature does not cover such a body.
        return False
    expected = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    try:
        given = b64decode(request.signature)
    except ValueError:
        return False
    return hmac.compare_digest(expected, given)


def is_form_type(content_type: str) -> bool:
    return content_type.lower().startswith("application/x-www-form-urlencoded")


def form_pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)


def _form_text(body: bytes) -> str:
    """Joins names and values in byte order of the names. Each pair occurs once."""
    pairs = set(form_pairs(body.decode("utf-8", "replace")))
    ordered = sorted(pairs, key=lambda pair: (pair[0].encode(), pair[1].encode()))
    return "".join(name + value for name, value in ordered)
