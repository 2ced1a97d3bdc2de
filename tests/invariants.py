"""What must never break, in words, and the tests that show it: asked of the tests themselves.

python -m tests.invariants > docs/invariants.md
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

TESTS = Path(__file__).parent
MARKS = ("pytest.mark.invariant", "pytest.mark.arrow")

INVARIANTS = {
    1: (
        "Armed before the call",
        "What leaves is committed to the ledger first, durably and in full; then one request is sent. "
        "That nothing is armed twice is a fact of the database.",
    ),
    2: (
        "One hand per account",
        "From arming to recording the sender holds a lock on the account, not a lease. It looks once more just before "
        "it sends. What is armed is an orphan only when nobody holds its lock.",
    ),
    3: (
        "A send is never repeated on doubt",
        "What may be live is unsure. Only reading back, against what was really sent, or a person ends the doubt.",
    ),
    4: (
        "On Bluesky at most one, by construction",
        "A post's place is made from its campaign, day and language alone, and is written only where nothing is yet.",
    ),
    5: (
        "On X by evidence",
        "The account's own timeline is read; that a post isn't there counts only when it was looked for late enough, "
        "and twice. What is late is looked for before it is sent; so is all that is due on a ledger that may be one of "
        "several, and not before another's post would be shown.",
    ),
    6: (
        "Nothing is said again under another name",
        "One account says one day in one language once, and never the same text twice, whatever the folders, "
        "the embassies and the languages are called.",
    ),
    7: (
        "After a yes, never again",
        "Whatever fails once the platform has said yes never leads to a second send.",
    ),
    8: (
        "A brake that holds",
        "Pauses are read as a post is armed. A ledger that may not know what went out starts paused. What isn't "
        "approved as it is doesn't go. A mistake in a file holds what it concerns. What left its window stays there.",
    ),
    9: (
        "Nothing early, nothing late by surprise",
        "A post goes out from its hour on, and before its window ends. The platform's own clock is asked, too.",
    ),
    10: (
        "Time is UTC inside and local at the edges",
        "Each date has its own offset. A skipped hour moves forward by its length; of one that comes twice "
        "the first counts.",
    ),
    11: (
        "No failure in silence, and none as a riddle",
        "What goes wrong is said in words that can be acted on; no secret is ever shown or kept.",
    ),
    12: (
        "The config in force is the one on disk",
        "Nothing is sent by what was read before and has changed since. What is prepared, approved, armed and sent is "
        "one delivery of one reading. What can't be taken over stops the sending, and says what to do.",
    ),
    13: (
        "The brake depends on nothing",
        "Pausing needs the ledger's address and no more. Taking down needs the receipt and the account's credentials; "
        "it withdraws the text in the ledger first, and what could not be done besides is said.",
    ),
    14: (
        "Withdrawn stays withdrawn",
        "What a person took down is approved again by itself only, knowingly, and never in a bundle.",
    ),
    15: (
        "What is judged is what is sent",
        "The check, the page, the approval and the sending make the same bytes of a picture by the same function. "
        "Whatever a platform gets otherwise than the file is said before it is approved; an alt text is never cut.",
    ),
    16: (
        "Nothing waits without end, and no silence",
        "Every wait for something outside has a limit for the whole. What hangs takes no other's place. What is due "
        "and isn't begun within minutes is an alarm.",
    ),
    17: (
        "An approval is for one campaign",
        "It stands with its id and its year, and counts for no other.",
    ),
    18: (
        "A value never becomes syntax",
        "What comes from a file is checked or escaped where it enters another program's language.",
    ),
}
ARROWS = (
    "scheduled → armed", "armed → published", "armed → deferred", "deferred → armed", "deferred → missed",
    "armed → refused", "refused → armed", "armed → unsure", "unsure → published", "unsure → deferred",
    "unsure → refused", "scheduled → missed", "missed → armed", "published → retracted", "retracted → armed",
)  # fmt: skip

HEAD = """\
# What must never break, and the tests that show it

Made from the tests themselves by `python -m tests.invariants > docs/invariants.md`; a test sees to it that it is as
they are. A test says what it shows by `@pytest.mark.invariant(…)` and `@pytest.mark.arrow(…)`.

`python -m tests.torture.attack --kills 500 --seed 1` kills the engine 500 times, at statements that the seed chooses;
with `--every` at each. Reproduce it with any number and any seed.
"""

TAIL = """\
Whatever isn't an arrow can't be recorded: `test_only_the_arrows_of_the_diagram_can_be_recorded` tries each state with
each.

## What can't be told

- A ledger that was lost, or that came back from a backup, doesn't know what went out meanwhile, and neither does
  `resume`: it takes a person's word for it. From then on each account on X is looked at before anything is sent to it,
  and what is there in the same words isn't sent again. What was reworded since can't be told for the same there.
- Two machines that were both set up from one backup wait for each other, and then look at the same moment: on X one of
  their posts could be one too many, if X takes the same words twice. On Bluesky there is one whoever sends it.
- Somebody who removes the lock of a sender that is stopped in the very moment of its call has two hands at one account.
  The sender that wakes looks for its lock before it sends. Past that, only the platform can refuse it.
- A server that took over, while the one before it still answers some machine, is a second ledger. Who fails over has to
  end the old one first. What a standby has lost is noticed only by a machine that had told it.
- A kill of the program is not a power cut. That what is committed is on the disk is SQLite's word, and the disk's.
"""


def shown() -> dict[object, set[str]]:
    """The tests that show each invariant and each arrow, as their files say."""
    found: dict[object, set[str]] = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        module = ast.parse(file.read_text("utf-8"))
        of_all = [what for made in module.body if _is_pytestmark(made) for what in _said(made)]
        for made in ast.walk(module):
            if isinstance(made, ast.FunctionDef) and made.name.startswith("test_"):
                for what in [*of_all, *(what for mark in made.decorator_list for what in _said(mark))]:
                    found.setdefault(what, set()).add(f"{file.relative_to(TESTS).as_posix()}: {made.name}")
    return found


def _is_pytestmark(made: ast.stmt) -> bool:
    return isinstance(made, ast.Assign) and ast.unparse(made.targets[0]) == "pytestmark"


def _said(mark: ast.AST) -> Iterator[object]:
    for call in ast.walk(mark):
        if not isinstance(call, ast.Call) or ast.unparse(call.func) not in MARKS:
            continue
        for what in map(ast.literal_eval, call.args):
            yield from _arrows(what) if isinstance(what, str) else [what]


def _arrows(way: str) -> Iterator[str]:
    return (f"{start} → {end}" for start, end in pairwise(way.split(" → ")))


def table(found: dict[object, set[str]]) -> str:
    """The whole page."""
    strange = [what for what in found if what not in INVARIANTS and what not in ARROWS]
    if strange:
        raise SystemExit(f"there is no {strange[0]}, and yet it is shown by {next(iter(found[strange[0]]))}")
    lines = [HEAD, "## Promises\n"]
    for number, (title, words) in INVARIANTS.items():
        lines += [f"### {number}. {title}\n", f"{words}\n"]
        if tests := found.get(number):
            lines.append("\n".join(f"- {_linked(test)}" for test in sorted(tests)) + "\n")
    lines += ["## Arrows\n", "| from → to | shown by |\n|---|---|"]
    lines += [
        f"| {arrow} | {'<br>'.join(_linked(test) for test in sorted(found.get(arrow, ())))} |" for arrow in ARROWS
    ]
    return "\n".join([*lines, "", TAIL])


def _linked(test: str) -> str:
    file, name = test.split(": ")
    return f"`{name}` in [{file}](../tests/{file})"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(table(shown()))
