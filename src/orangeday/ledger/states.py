"""The states of a Delivery, the transitions between them, and the errors where the ledger refuses one."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """The state of a Delivery. The ledger stores the first seven; `engine/status.py` derives the others."""

    ARMED = "armed"  # committed, and about to be sent
    PUBLISHED = "published"  # the platform has proved it
    DEFERRED = "deferred"  # certainly not published; tried again at a given time
    REFUSED = "refused"  # certainly not published; a person must act
    UNSURE = "unsure"  # perhaps published; only reading back, or a person, may decide
    MISSED = "missed"  # its time passed
    RETRACTED = "retracted"  # it was published, and was taken down
    SCHEDULED = "scheduled"  # not due, or due with its window open
    UNAPPROVED = "unapproved"  # not due, and nobody has approved it as it is: a live run would not send it
    HELD = "held"  # due, but unapproved, paused, or concerned by an error in the files
    PAST = "past"  # its window closed before this ledger first saw its account


TRANSITIONS: dict[State | None, frozenset[State]] = {
    None: frozenset({State.ARMED, State.DEFERRED, State.REFUSED, State.MISSED}),
    State.ARMED: frozenset({State.PUBLISHED, State.DEFERRED, State.REFUSED, State.UNSURE}),
    State.DEFERRED: frozenset({State.ARMED, State.DEFERRED, State.REFUSED, State.MISSED, State.PUBLISHED}),
    State.UNSURE: frozenset({State.PUBLISHED, State.DEFERRED, State.REFUSED, State.UNSURE}),
    State.MISSED: frozenset({State.ARMED, State.DEFERRED, State.REFUSED, State.PUBLISHED}),
    State.REFUSED: frozenset({State.PUBLISHED}),
    State.PUBLISHED: frozenset({State.RETRACTED}),
    State.RETRACTED: frozenset(),
}
"""The transitions: the states that may follow each state. None is a Delivery without a row. No other can be recorded.

A receipt that comes late, to a sender whose lock was taken away, is proof all the same: it is never thrown away.
"""

TRANSITIONS_IF_ALLOWED = frozenset({State.ARMED, State.DEFERRED, State.REFUSED})
"""The states that follow `refused` and `retracted` once a person has allowed it, by `retry` or `retract --replace`."""

POSTED_STATES = (State.ARMED, State.PUBLISHED, State.UNSURE, State.RETRACTED)
"""The states in which a post is public, was public or may be: no other row may have the same text."""


class StateConflict(Exception):
    """A refusal to change a state: the Delivery is paused or withdrawn, or another program has changed its state."""


class AmbiguousText(StateConflict):
    """A refusal to arm: another Delivery in doubt was tried with this text, and the two could not be told apart."""


class DuplicatePost(Exception):
    """A refusal to arm: this identity has published the same, or may have, under another key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"already went out as {key}")
        self.key = key
