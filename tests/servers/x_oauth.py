"""Whether a request is signed as OAuth 1.0a asks, checked with oauthlib's own verification."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from types import SimpleNamespace
from urllib.parse import urlsplit

from oauthlib.oauth1.rfc5849.signature import collect_parameters, verify_hmac_sha1
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header, unescape

FORM = "application/x-www-form-urlencoded"

_NEEDED = {
    f"oauth_{name}" for name in ("consumer_key", "nonce", "signature", "signature_method", "timestamp", "version")
}
_KNOWN = _NEEDED | {"oauth_token", "oauth_callback", "oauth_verifier", "oauth_body_hash", "realm"}


def signature_of(headers: Mapping[str, str]) -> dict[str, str] | None:
    """The OAuth parameters that a request carries, or None if they aren't what they should be."""
    try:
        given = parse_authorization_header(headers.get("authorization", ""))
    except (ValueError, IndexError):
        return None
    oauth = {name: unescape(value) for name, value in given}
    if not _NEEDED <= set(oauth) <= _KNOWN or len(given) != len(oauth):
        return None
    if oauth["oauth_version"] != "1.0" or oauth["oauth_signature_method"] != "HMAC-SHA1":
        return None
    if not oauth["oauth_timestamp"].isdecimal() or not oauth["oauth_nonce"]:
        return None
    return oauth


def holds(
    method: str, url: str, headers: Mapping[str, str], body: bytes, oauth: Mapping[str, str], app: str, token: str
) -> bool:
    """Whether the signature is right for exactly this request, with these two secrets."""
    is_form = headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
    said = oauth.get("oauth_body_hash")
    if said is not None and said != base64.b64encode(hashlib.sha1(body).digest()).decode():  # noqa: S324  (OAuth's own)
        return False
    try:
        params = collect_parameters(
            uri_query=urlsplit(url).query,
            body=body.decode() if is_form else [],
            headers={"Authorization": headers["authorization"]},
        )
        request = SimpleNamespace(method=method, http_method=method, uri=url, params=params)
        request.signature = oauth["oauth_signature"]
        return bool(verify_hmac_sha1(request, app, token))
    except ValueError:
        return False
