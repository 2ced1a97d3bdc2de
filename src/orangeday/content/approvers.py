"""The people who may approve, and the address for their answers, as the config names them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from orangeday.content.problems import NO_DELIVERY
from orangeday.content.toml import Table
from orangeday.content.toml_forms import Form

_ADDRESS = r"[^\s@<>(),;:\"\[\]\\]+@[^\s@<>(),;:\"\[\]\\.]+(?:\.[^\s@<>(),;:\"\[\]\\.]+)+"
_EXAMPLE = "Ann Peeters <ann@example.org>"
_MAIL = Form(
    rf"\s*{_ADDRESS}\s*", "wrong-address", "“{}” isn't a mail address.", "Write one address, like press@example.org."
)
_PERSON = Form(
    rf"\s*(?:([^<>]*)<\s*({_ADDRESS})\s*>|({_ADDRESS}))\s*",
    "wrong-approver",
    "“{}” doesn't name a person with a mail address.",
    f'Write it like "{_EXAMPLE}".',
)


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
    description = "The address to which the buttons of the page write: your own, as a rule."
    mail = table.text("mail", description, form=_MAIL)
    mail = mail if mail and _MAIL.fits(mail) else None
    approvers = tuple(_approvers(table))
    hint = f'Write by = ["{_EXAMPLE}"], or leave the line out: then anybody may.'
    table.require_items("by", approvers, "no-approver", "nobody who may approve is named here.", hint)
    table.done()
    # A word that is misspelt opens this to nobody.
    is_limited = any(key != "mail" for key in table)
    return ApprovalSettings(approvers, is_limited, str(mail).strip() if mail else None)


def _approvers(table: Table) -> Iterator[Approver]:
    addresses: set[str] = set()
    description = "The people who may approve, each with a mail address: a mail that approves must come from it."
    for entry in table.texts("by", description, form=_PERSON):
        match = re.fullmatch(_PERSON.pattern, entry)
        if not match:
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
