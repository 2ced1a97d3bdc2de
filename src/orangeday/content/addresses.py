"""Addresses in the config: of a platform, of the alerts, and of the record of posts."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit

import tomli

from orangeday.content.file_names import on_disk
from orangeday.content.problems import NO_DELIVERY
from orangeday.content.toml import Table
from orangeday.content.toml_forms import Form, has_host

_DEFAULT_LEDGER_URL = "sqlite:///orangeday.db"


def _has_possible_port(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


# Neither address is shown: there may be a password in it, wherever it stands.
_ALERTS_ADDRESS = Form(
    r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/][\s\S]*",
    "wrong-address",
    "“url” isn't an address for alerts.",
    'Write it like "mailtos://…".',
)
_LEDGER_ADDRESS = Form(
    r"sqlite:///(?!:memory:$)[\s\S]+|postgresql(?:\+psycopg)?://[\s\S]*",
    "wrong-address",
    "“url” isn't the address of a record of posts.",
    'Write it like "sqlite:///orangeday.db" or "postgresql+psycopg://…".',
    check=_has_possible_port,
)
_PASSWORD_OPTION = re.compile(r"[?&](ssl)?password=")


def service_address(table: Table, key: str, default: str) -> str:
    """Return an address, or its default. It is https, because passwords are sent there; http only on this machine."""
    hint = f"Write it like “{default}”."
    form = Form(r"[Hh][Tt][Tt][Pp][Ss]?://\S+", "wrong-address", "“{}” isn't an address.", hint, check=has_host)
    value = table.text(key, f"The address for requests; {default} unless given.", form=form)
    if value is None or not form.fits(value):
        return default
    if urlsplit(value).scheme == "http" and not is_loopback(value):
        table.problem(key, "wrong-address", f"“{value}” isn't encrypted.", f"Write https{value[4:]}.")
    return value.rstrip("/")


def alerts_address(table: Table) -> str | None:
    """Return the address for alerts, or None. A password in it is an error, but doesn't stop any post."""
    table.scope = NO_DELIVERY
    description = "Where it is told: mailtos://…, or what else Apprise knows. {secret} stands for the password."
    url = table.text("url", description, form=_ALERTS_ADDRESS)
    if url is None or not _ALERTS_ADDRESS.fits(url):
        return None
    try:
        password = urlsplit(url).password
    except ValueError:
        password = None
    if password and "{secret}" not in password:
        hint = "Write {secret} in its place, and set ORANGEDAY_ALERTS_SECRET."
        table.problem("url", "secret-in-file", "there is a password in the address of the alerts.", hint)
        return None
    return str(url)


def is_loopback(address: str) -> bool:
    """Return whether an address is on this machine."""
    return is_loopback_host(urlsplit(address).hostname or "")


def is_loopback_host(host: str) -> bool:
    """Return whether a host, a name or an address in figures, is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ledger_url(file: Path) -> str | None:
    """Return the ledger's URL from the lines of [ledger] alone, even if the rest is broken; None if they are."""
    if not file.is_file():
        return None  # a pipe would be waited for
    try:
        raw = file.read_bytes()
    except OSError:
        return None
    if b"\0" in raw:
        return None  # it is no text in UTF-8, and nobody can tell what stands there
    lines = raw.decode("utf-8-sig", "replace").splitlines()
    header = re.compile(r"\s*\[\s*(\[|[^\]]*\])")
    ledger_line = re.compile(r"""\s*(\[\s*)?(ledger|"ledger"|'ledger')\s*[\].=]""")
    sections = []
    for n, line in enumerate(lines):
        if ledger_line.match(line):
            is_header = line.lstrip().startswith("[")
            rest = lines[n + 1 :] if is_header else []
            end = next((index for index, next_line in enumerate(rest) if header.match(next_line)), len(rest))
            sections.append("\n".join([line, *rest[:end]]))
    try:
        urls = {tomli.loads(section)["ledger"].get("url", _DEFAULT_LEDGER_URL) for section in sections} or {
            _DEFAULT_LEDGER_URL
        }
    except (tomli.TOMLDecodeError, KeyError, AttributeError):
        return None
    if len(urls) != 1 or not isinstance(url := urls.pop(), str):
        return None
    return _absolute(url, file.parent)


def _absolute(url: str, folder: Path) -> str:
    """Return a ledger's URL with the path of a SQLite file made absolute; a relative one starts at `folder`."""
    path = _sqlite_path(url)
    if not path:
        return url
    name, mark, options = path.partition("?")
    return f"sqlite:///{on_disk(folder, name).absolute().as_posix()}{mark}{options}"


def ledger_address(table: Table, folder: Path) -> str:
    """Return the ledger's URL. A relative path of a SQLite file starts at `folder`."""
    description = f"{_DEFAULT_LEDGER_URL}, a file on this computer, or postgresql+psycopg://… for several."
    url = table.text("url", description, form=_LEDGER_ADDRESS) or _DEFAULT_LEDGER_URL
    if _sqlite_path(url):
        return _absolute(url, folder)
    if _LEDGER_ADDRESS.fits(url) and (urlsplit(url).password is not None or _PASSWORD_OPTION.search(url)):
        hint = "Take it out, and set ORANGEDAY_LEDGER_PASSWORD."
        table.problem("url", "secret-in-file", "there is a password in the address of the record of posts.", hint)
    return url


def _sqlite_path(url: str) -> str | None:
    """Return the path in the URL of a SQLite file; None for any other URL."""
    kind, separator, path = url.partition(":///")
    return path if kind == "sqlite" and separator and path and path != ":memory:" else None
