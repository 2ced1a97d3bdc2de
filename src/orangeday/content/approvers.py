"""The people who may approve, and the address for their answers, as the config names them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from orangeday.content.problems import NO_DELIVERY
from orangeday.content.toml import Table

_ADDRESS = r"[^\s@<>(),;:\"\[\]\\]+@[^\s@<>(),;:\"\[\]\\.]+(?:\.[^\s@<>(),;:\"\[\]\\.]+)+"
_EXAMPLE = "Ann Peeters <ann@example.org>"


@dataclass(frozen=True, slots=True)
class Approver:
    """A person who may approve."""

    name: str
    """The name under which approvals are kept; the address, where the config has no name."""
    address: str
    """The mail address, in lower case: a reply is matched by it, and never by the name."""

    def __str__(self) -> str:
        return self.address if self.name == self.address else f"{self.name} <{self.address}>"

    def is_called(self, name: str) -> bool:
        """Return whether a name typed by hand is this person's name, address or both, as in the config."""
        return _fold(name) in (_fold(self.name), self.address, _fold(str(self)))


@dataclass(frozen=True, slots=True)
class ApprovalSettings:
    """The section `approval`, of the whole config or of one embassy."""

    approvers: tuple[Approver, ...] = ()
    is_limited: bool = False
    """True where the section says who may approve, rightly or wrongly: then nobody else may."""
    mail: str | None = None
    """The address to which the buttons of the page write; None where it isn't said."""


DEFAULT_APPROVAL = ApprovalSettings()


def approval_settings(table: Table) -> ApprovalSettings:
    """Return the settings of a section. A mistake in it keeps no post back that is approved already."""
    table.scope = NO_DELIVERY
    mail = table.text("mail")
    if mail is not None and not re.fullmatch(_ADDRESS, mail.strip()):
        message = f"“{mail}” isn't a mail address."
        table.problem("mail", "wrong-address", message, "Write one address, like press@example.org.")
        mail = None
    approvers = tuple(_approvers(table))
    if table.is_list("by") and not approvers:
        message = "nobody who may approve is named here."
        hint = f'Write by = ["{_EXAMPLE}"], or leave the line out: then anybody may.'
        table.problem("by", "no-approver", message, hint)
    table.done()
    # A word that is misspelt opens this to nobody.
    is_limited = any(key != "mail" for key in table)
    return ApprovalSettings(approvers, is_limited, str(mail).strip() if mail else None)


def _approvers(table: Table) -> Iterator[Approver]:
    addresses: set[str] = set()
    for entry in table.texts("by"):
        match = re.fullmatch(rf"\s*(?:([^<>]*)<\s*({_ADDRESS})\s*>|({_ADDRESS}))\s*", entry)
        if not match:
            message = f"“{entry}” doesn't name a person with a mail address."
            table.problem(entry.location, "wrong-approver", message, f'Write it like "{_EXAMPLE}".')
            continue
        address = (match[2] or match[3]).casefold()
        if address in addresses:
            table.problem(entry.location, "duplicate-approver", f"“{address}” is there twice.", "Keep one.")
            continue
        addresses.add(address)
        name = " ".join("".join(c if c.isprintable() else " " for c in match[1] or "").strip(" \"'").split())
        yield Approver(name[:100] or address, address)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()
