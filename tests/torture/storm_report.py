"""The table at the end of a storm, from the servers' own records; and whether all is as it should be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta

from orangeday.content.plan import Delivery
from orangeday.ledger.records import Row
from orangeday.ledger.states import State

from .storm_campaign import Storm, show
from .storm_worlds import Sea

HARMS = (
    "more than once",
    "never",
    "there, though taken down",
    "posts of no delivery",
    "ever posted twice",
    "posted outside its window",
    "unsure in a ledger",
)
"""What there may be none of."""
_ON_THE_WAY = timedelta(minutes=5)
"""So long after it was signed X still takes a request."""


def reckoning(storm: Storm, *, alone: bool) -> bool:
    """The table; whether everything is there once, and every ledger knows it.

    `alone`: there was one ledger, and it was never lost.
    """
    columns: dict[str, list[object]] = defaultdict(list)
    for sea in storm.seas:
        deliveries = [delivery for delivery in storm.due() if delivery.platform == sea.platform]
        for name, value in _reckoned(storm, sea, deliveries).items():
            columns[name].append(value)
    show(f"{'':30}{''.join(f'{sea.platform:>12}' for sea in storm.seas)}")
    for name, values in columns.items():
        show(f"{name:30}{''.join(f'{value!s:>12}' for value in values)}")
    for name, counts in (
        ("faults of the weather", [sea.faulty.weathered for sea in storm.seas]),
        ("calls", [sea.calls() for sea in storm.seas]),
    ):
        show_counts(name, *counts)
    show_counts("processes killed", storm.kills)
    show_counts("other torments", storm.happened)
    show_counts("processes", storm.commands)
    show(f"{'asked a person':30}{storm.asked:>12}")
    show(f"{'promises broken':30}{len(storm.broken):>12}")
    for why in storm.broken:
        show(f"BROKEN {why}")
    for where, why in storm.wrong.items():
        show(f"WRONGLY REFUSED {where}: {why}")
    return (
        not any(number for name in HARMS for number in columns[name])
        and not any(columns["ledgers disagree"])
        # Who has the one true ledger never even asks for what is there.
        and not (alone and any(columns["refused as there already"]))
        and not storm.wrong
        and not storm.broken
    )


def show_counts(name: str, *counts: Counter[str]) -> None:
    show(f"{name:30}{''.join(f'{count.total():>12}' for count in counts)}")
    for kind in sorted(set().union(*counts)):
        show(f"  {kind:28}{''.join(f'{count[kind]:>12}' for count in counts)}")


def _reckoned(storm: Storm, sea: Sea, deliveries: Sequence[Delivery]) -> dict[str, object]:
    """What there is to say of one platform."""
    times = dict(zip((delivery.key for delivery in deliveries), storm.out(deliveries), strict=True))
    there, ever, known = sea.there(), sea.ever(), _known(storm, sea, deliveries)
    # Each account says a day in a language in words that nothing else of it has.
    of = {(delivery.embassy.id, text): delivery for delivery in deliveries for text in storm.said[delivery.key]}
    written: Counter[str] = Counter()
    for embassy, texts in ever.items():
        for text, number in texts.items():
            if delivery := of.get((embassy, text)):
                written[delivery.key] += number
    replaced = storm.taken_down
    missing = [key for key, number in times.items() if number == 0]
    return {
        "deliveries": len(deliveries),
        "on the server once": sum(number == 1 for number in times.values()),
        "more than once": sum(number > 1 for number in times.values()),
        "never": sum(storm.end_of(key)[1] == 1 for key in missing),
        "taken down by a person": sum(storm.end_of(key)[0] is State.RETRACTED for key in missing),
        "missed, its sender stood still": sum(storm.end_of(key)[0] is State.MISSED for key in missing),
        "taken down, and replaced once": sum(times[key] == 1 for key in times if replaced.get(key)),
        "there, though taken down": sum(number > 0 and storm.end_of(key)[1] == 0 for key, number in times.items()),
        "posts of no delivery": sum(
            (embassy, text) not in of for embassy, texts in there.items() for text in texts.values()
        ),
        "ever posted twice": sum(number > 1 + replaced.get(key, False) for key, number in written.items()),
        "posted outside its window": sum(
            not storm.windows[delivery.key][0] <= at < storm.windows[delivery.key][1] + _ON_THE_WAY
            for embassy, posts in sea.times().items()
            for text, at in posts
            if (delivery := of.get((embassy, text)))
        ),
        "unsure in a ledger": sum(row.state in (State.ARMED, State.UNSURE) for row, _ in known if row),
        "ledgers agree": f"{sum(agrees for _, agrees in known)}",
        "ledgers disagree": sum(not agrees for _, agrees in known),
        "refused as there already": sea.refused_as_there(),
        "dollars": f"{sea.dollars():.2f}",
    }


def _known(storm: Storm, sea: Sea, deliveries: Sequence[Delivery]) -> list[tuple[Row | None, bool]]:
    """What each ledger should know: the row of each delivery, and whether it is as the server says."""
    there, known = sea.there(), []
    for machine in storm.keepers:
        rows = storm.rows(machine)
        for delivery in deliveries:
            if machine.forgotten and delivery.deadline <= machine.forgotten:
                continue
            row, (state, _) = rows.get(delivery.key), storm.end_of(delivery.key)
            agrees = row is not None and row.state is state
            if row and state is State.PUBLISHED:
                proof = row.receipt.id if row.receipt else ""
                agrees = agrees and there[delivery.embassy.id].get(proof) in storm.said[delivery.key]
            known.append((row, agrees))
    return known
