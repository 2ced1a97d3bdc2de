"""The way to the platforms: straight, or through a ministry's proxy; and whose certificates are trusted on it."""

from __future__ import annotations

import errno
import hashlib
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from orangeday.content.file_names import on_disk
from orangeday.content.toml import Table
from orangeday.content.toml_forms import Form, has_host

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
"""The pattern of one certificate in a PEM file; what stands around them is for people."""
_PROXY = Form(
    r"[Hh][Tt][Tt][Pp]://[^\s/?#@]+/*",
    "wrong-address",
    "“{}” can't be a proxy.",
    "Write it like “http://10.0.0.1:3128”. One that asks for a password needs a relay on this computer.",
    check=has_host,
)
_MAX_BYTES = 5_000_000
"""The limit of a file of certificates: those of all the world's authorities together have a twentieth of it."""
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
    """The certificates in that file: what was approved is what is used, whatever the file becomes meanwhile."""
    digest: str = ""
    """The SHA-256 of the whole file, in hexadecimal."""

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
            parts["certificates"] = SYSTEM if self.certificates == SYSTEM else f"sha256:{self.digest}"
        return parts

    def environment(self, folder: Path) -> dict[str, str]:
        """Return the variables by which a program that goes by the environment takes the same way.

        `folder` is the config's. The computer's own certificates have no file on a Mac or on Windows, and no variable.
        """
        variables = {}
        if self.proxy:  # in small letters, which win where the environment has both
            variables = {"http_proxy": self.proxy, "https_proxy": self.proxy, "no_proxy": "localhost,127.0.0.1,::1"}
        places = system_certificates() if self.certificates == SYSTEM else [on_disk(folder, self.certificates)]
        if self.certificates and places:
            variables["REQUESTS_CA_BUNDLE"] = str(places[0])
        return variables

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
    import ssl  # here: it takes as long as all the config, and a straight way has no use for it

    paths = ssl.get_default_verify_paths()
    return [place for place in map(Path, (paths.openssl_cafile, paths.openssl_capath)) if place.exists()]


def read_route(table: Table, folder: Path) -> Route:
    """Return the route of [network]; what can't be read is an error of the whole config, and nothing is sent."""
    proxy = table.text("proxy", "The address of a proxy: http://10.0.0.1:3128.", form=_PROXY)
    description = (
        "“system” for the certificates of this computer, or a PEM file, of a firewall that opens what is encrypted."
    )
    certificates = table.text("certificates", description)
    address = proxy.rstrip("/") if proxy and _PROXY.fits(proxy) else None
    if certificates is None:
        return Route(address)
    if certificates == SYSTEM:
        if sys.platform == "linux" and not system_certificates():
            message, hint = "this Python finds none of this computer's certificates.", "Write the name of a PEM file."
            table.problem("certificates", "wrong-certificates", message, hint)
        return Route(address, SYSTEM)
    import ssl

    try:
        content = _file_content(on_disk(folder, certificates))
        # Of nothing at all ssl would make all that the computer trusts.
        authorities = "\n".join(match.decode() for match in _CERTIFICATE.findall(content)) or "no certificate"
        ssl.create_default_context(cadata=authorities)
    except (OSError, ValueError) as failure:  # ssl's own errors; or a name that no file can have
        reason = "there is no certificate in it that can be read"
        if isinstance(failure, OSError) and failure.strerror and not isinstance(failure, ssl.SSLError):
            reason = failure.strerror
        hint = 'Write "system", or the name of a PEM file: “-----BEGIN CERTIFICATE-----” stands in it.'
        table.problem("certificates", "wrong-certificates", f"“{certificates}” can't be used: {reason}.", hint)
        return Route(address)
    return Route(address, str(certificates), authorities, hashlib.sha256(content).hexdigest())


def _file_content(file: Path) -> bytes:
    """Return the bytes of an ordinary file of some size. Raises OSError: a device may have no end, and a pipe waits."""
    if file.exists() and not file.is_file():
        raise OSError(errno.EINVAL, "it isn't an ordinary file")
    with file.open("rb") as stream:
        content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise OSError(errno.EFBIG, f"it is larger than {_MAX_BYTES:,} bytes")
    return content
