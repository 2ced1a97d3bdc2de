"""The errors that can end a command, each with its exit status.

    OrangedayError            exit 2: wrong usage, or a config that can't be read
    ├── UnreadableFiles       the files are broken; carries their Problems (in problems.py)
    └── LedgerError           the ledger can't be opened, read or written
        └── LedgerAway        its server can't be reached, or none that can be written

A mistake in one file of the campaign is no exception: it is a `Problem`, a value, and holds only what it concerns.
A platform's answer is one of the outcomes in `platforms/base.py`.
"""


class OrangedayError(Exception):
    """A message for the officer: what happened, whether anything may be live, and the next step."""

    exit_status = 2


class LedgerError(OrangedayError):
    """An error of the record of what went out: it can't be used, and without it nothing may be sent."""


class LedgerAway(LedgerError):
    """An error of the ledger's server: it can't be reached, or none of its servers can be written.

    It is one trouble, however worded. What a network says changes from minute to minute: a timeout, a reset, a refusal.
    """
