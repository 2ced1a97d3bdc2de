"""What can befall a request, by platform: for `faulty.weather(chance, 0.2, BLUESKY)`.

None of these lies: what says that nothing was done is said of a request that the server never had.
"""

from __future__ import annotations

from .faulty_proxy import Fault, cuts, delays, drops_after, drops_before, error, resets_after, resets_before, says

HTML = b"<!doctype html><title>Sorry</title><h1>Something went wrong.</h1>"
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_DUPLICATE = "You are not allowed to create a Tweet with duplicate content."

NETWORK: tuple[Fault, ...] = (drops_before, drops_after, resets_before, resets_after, cuts, delays(0.05))
"""What a line does, whoever is at its end."""

PAGES: tuple[Fault, ...] = tuple(
    says(status, HTML, _HTML, after=after) for status in (200, 502, 503) for after in (False, True)
)
"""What somebody on the way says in the server's place."""


def _problem(status: int, title: str, *, after: bool = False) -> Fault:
    body = {"title": title, "detail": title, "type": "about:blank", "status": status}
    return says(status, body, {"Content-Type": "application/problem+json"}, after=after)


X: tuple[Fault, ...] = (
    *NETWORK,
    *PAGES,
    _problem(500, "Internal Server Error", after=True),
    _problem(503, "Service Unavailable"),
    _problem(503, "Service Unavailable", after=True),
    _problem(408, "Request Timeout", after=True),
    _problem(429, "Too Many Requests"),
    _problem(401, "Unauthorized"),
    # It has handled the request, lost its own answer on the way, and repeated it to itself.
    says(403, {"detail": _DUPLICATE, "title": "Forbidden", "status": 403, "type": "about:blank"}, after=True),
    says(201, {}, after=True),
)

BLUESKY: tuple[Fault, ...] = (
    *NETWORK,
    *PAGES,
    error(500, "InternalServerError"),
    error(500, "InternalServerError", after=True),
    error(503, "NotEnoughResources", after=True),
    error(429, "RateLimitExceeded", {"Retry-After": "120"}),
    error(400, "ExpiredToken"),
    error(401, "AuthenticationRequired"),
    says(200, {}, after=True),
)
