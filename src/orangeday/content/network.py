"""The way to the platforms: straight, or through a ministry's proxy; and whose certificates are trusted on it."""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from orangeday.content.file_names import on_disk
from orangeday.content.toml import Table

_CERTIFICATE = "-----BEGIN CERTIFICATE-----"
SYSTEM = "system"
"""The value of `certificates` that stands for the computer's own store."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way to the platforms, as the config has it. By default it is straight, and the environment changes nothing."""

    proxy: str | None = None
    """The address of a proxy, `http://10.0.0.1:3128`. What is on this machine is spoken to without it."""
    certificates: str = ""
    """Empty for the authorities that come with the program; SYSTEM for the computer's; else the name of a file."""
    authorities: str = field(default="", repr=False)
    """The content of that file: what was approved is what is used, whatever the file becomes meanwhile."""

    @property
    def is_relayed(self) -> bool:
        """True if another than the platform may answer: a proxy, or whoever those certificates belong to."""
        return bool(self.proxy or self.certificates)

    @property
    def proxy_address(self) -> tuple[str, int] | None:
        """The host and the port of the proxy."""
        parts = urlsplit(self.proxy or "")
        return (parts.hostname, parts.port or 80) if parts.hostname else None

    @property
    def approved_parts(self) -> dict[str, str]:
        """The parts that it adds to an embassy's approval, by key of [network]; none where it is straight."""
        parts = {"proxy": self.proxy} if self.proxy else {}
        if self.certificates:
            digest = hashlib.sha256(self.authorities.encode()).hexdigest()
            parts["certificates"] = self.certificates if self.certificates == SYSTEM else f"sha256:{digest}"
        return parts

    def environment(self, folder: Path) -> dict[str, str]:
        """Return the variables by which a program that goes by the environment takes the same way.

        `folder` is the config's. The computer's own certificates have no file on a Mac or on Windows, and no variable.
        """
        variables = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), self.proxy) if self.proxy else {}
        if variables:
            variables["NO_PROXY"] = "localhost,127.0.0.1,::1"
        places = system_certificates() if self.certificates == SYSTEM else [on_disk(folder, self.certificates)]
        if self.certificates and places:
            variables["REQUESTS_CA_BUNDLE"] = str(places[0])
        return {name: value for name, value in variables.items() if value}

    @property
    def in_words(self) -> str:
        """The way as a person reads it: `through the proxy http://10.0.0.1:3128`; empty where it is straight."""
        words = [f"through the proxy {self.proxy}"] if self.proxy else []
        if self.certificates:
            owner = "this computer's own certificates" if self.certificates == SYSTEM else self.certificates
            words.append(f"trusting {owner} in place of those that come with orangeday")
        return ", ".join(words)


DIRECT = Route()


def system_certificates() -> list[Path]:
    """Return where Linux keeps its certificates, a file before a folder, whatever the environment names."""
    paths = ssl.get_default_verify_paths()
    return [place for place in map(Path, (paths.openssl_cafile, paths.openssl_capath)) if place.exists()]


def read_route(table: Table, folder: Path) -> Route:
    """Return the route of [network]; what can't be read is an error of the whole config, and nothing is sent."""
    proxy, certificates = table.text("proxy"), table.text("certificates")
    if proxy is not None and not _is_proxy(proxy):
        hint = "Write it like “http://10.0.0.1:3128”. One that asks for a password needs a relay on this computer."
        table.problem("proxy", "wrong-address", f"“{proxy}” can't be a proxy.", hint)
        proxy = None
    address = proxy.rstrip("/") if proxy else None
    if certificates is None or certificates == SYSTEM:
        return Route(address, certificates or "")
    file = on_disk(folder, certificates)
    try:
        authorities = file.read_bytes().decode("ascii")
        if _CERTIFICATE not in authorities:  # of nothing at all, ssl would make all that the computer trusts
            raise ValueError("no certificate")
        ssl.create_default_context(cadata=authorities)
    except (OSError, ValueError) as failure:  # ssl.SSLError is an OSError, what isn't ASCII a ValueError
        reason = (
            failure.strerror if isinstance(failure, OSError) and failure.strerror else "there is no certificate in it"
        )
        message, hint = f"“{certificates}” can't be used: {reason}.", 'Write "system", or the name of a PEM file.'
        table.problem("certificates", "wrong-certificates", message, hint)
        return Route(address)
    return Route(address, str(certificates), authorities)


def _is_proxy(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    has_more = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    return parts.scheme == "http" and bool(parts.hostname) and port != 0 and not has_more
