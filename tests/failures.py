"""What befell others who do this job, and the test of ours for each: asked of the tests themselves.

python -m tests.failures > docs/failures.md
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent

FAILURES = {
    # Duplicates
    1: ("A step after the publication failed, and the whole was tried again, without end.", "postiz#1321"),
    2: ("A job that was taken for lost went on in the background, while another began the same.", "postiz#1813"),
    3: ("An error was tried again for ever, until the account was banned.", "postiz#832"),
    4: ("The post was live, the error said that it had failed, and its author sent it again.", "postiz#1681"),
    5: ("A request that timed out was sent three times; reworded by a character, once more.", "zernio-python#42"),
    6: ("Eleven copies went out while the server answered 504.", "Tusky#2951"),
    7: (
        "X lost an answer, and didn't notice the duplicate that followed.",
        "blue-bots-done-quick#41, silver_bird#204",
    ),
    8: ("The state was lost, which was taken for a first run: all went out again.", "pleroma-bot#101"),
    9: ("The network failed in the middle, and no later run could go on from there.", "pleroma-bot#116"),
    10: ("A thread that broke off began again with its first part, again and again.", "skymoth#286"),
    11: ("Two runs of cron overlapped, and both posted.", "lamb#520, selfoss#89"),
    12: ("A restart sent all that had failed in one burst; the account was banned as spam.", "postybirb#716"),
    13: ("The same post was queued twice, and went out twice.", "postiz#1779"),
    14: ("Old posts went out again as files were changed: they were known by their place.", "git-it-write#2"),
    # Missed, stuck, silent
    15: ("The worker had lost its connection, and the health check opened one of its own: all well.", "postiz#1748"),
    16: ("Several posts of one minute stayed in the queue, and no log said so.", "postiz#1259, #1724, #1512, #439"),
    17: ("A post that had been deleted went out.", "postiz#1340"),
    18: ("Posts stayed “publishing” for ever: nothing ran that would have looked.", "MixpostApp#8"),
    19: ("A post was tried once; those with pictures failed most.", "atmosphere#179"),
    20: (
        "A schedule of a hosted cron came ten hours late, or never.",
        "open-multi-agent#557, fpl-intelligence#288, github/docs#3059",
    ),
    21: (
        "A job that was a second late was dropped in silence.",
        "deleterr#292, apscheduler#146, #182, #292, #296",
    ),
    22: ("What couldn't be sent was tried without end, and went out days later.", "planetary nos#51"),
    # Time
    23: ("Every post was an hour early, where the image lacked the zone data.", "postiz#1954"),
    24: ("A local time was read as UTC: five and a half hours off.", "shoutrrr#61"),
    25: ("An hour given without a zone never came, and nothing showed how it had been read.", "toot#237"),
    26: (
        "Today's offset was applied to a date beyond the change of the clocks.",
        "megalodon#940, gutenberg#3271, timeful#210",
    ),
    27: (
        "A job was skipped, doubled or stuck in an hour that the clocks skip or repeat.",
        "apscheduler#529, #606, #1021, #1036, #1059",
    ),
    # Bluesky
    28: (
        "A log-in for every run, until no more were allowed for a day.",
        "bsky-docs#183, atproto#3413, bluesky-crossposter#55, bskyr#2",
    ),
    29: ("Two programs shared a session; the renewal of one revoked the other's.", "MarshalX/atproto#158, #514, #580"),
    30: ("A 502 at the log-in was taken for a wrong password, and the account cut off.", "postiz#1202, #2003, #2084"),
    31: ("A picture was accepted, and then the post refused for its size; all retries alike.", "denali#1343"),
    32: ("A picture arrived, and couldn't be shown.", "atproto#1736"),
    33: (
        "Pictures were cropped, lay on their side, or said where they were taken.",
        "postybirb-plus#390, crosspost#158, blue-bots-done-quick#26, social-app#10714",
    ),
    34: (
        "Links and tags lay beside their words: counted in letters, or before the text was changed.",
        "goal-bot#51, bskyr#23, social-app#6358, PSBluesky#22",
    ),
    35: (
        "One mention of nobody, and the whole post was rejected.",
        "trypost#93, postybirb#782, atproto#834, twitter-to-bluesky#68",
    ),
    36: (
        "Posts were refused as too long, or cut: lengths were counted otherwise than the server does.",
        "neodb#916, mixpost#154, tweet-old-post#1095, MarshalX/atproto#427, crosspost#130, social-app#4952",
    ),
    37: ("Posts had no language or a wrong one, and readers didn't see them.", "social-app#1018, #7260, skymoth#147"),
    38: ("A post that was there already was answered with 500.", "atproto#3718, indigo#873, atproto#4725"),
    39: ("Threads fell apart: the first post was taken for the one before.", "postiz#1123, watchboard#46"),
    40: ("A link had no card, or a card without a picture was rejected.", "postiz#394, #667, php2Bluesky#8, #11"),
    # X
    41: ("A request had no time limit, and the program hung for a quarter of an hour.", "tweepy#2024"),
    42: ("Pictures and alt texts went a way that X had closed.", "tweepy#2217, #716, #1247"),
    43: (
        "403 for a duplicate ended the program, or was tried without end.",
        "iembot#163, PapersBot#1, tweepy#768, node-twitter-api-v2#469",
    ),
    44: ("503 now and then, mostly with pictures.", "iembot#171, node-twitter-api-v2#499"),
    45: ("403, and the post was there.", "tweepy#1702, twitteroauth#371"),
    46: (
        "A quota that all accounts share ran out, and the library slept and sent again.",
        "10up#351, arxiv-sanity-bot#35, shoutrrr#159",
    ),
    47: (
        "Texts with emoji, in Chinese or with composed accents were counted wrongly.",
        "OldTwitter#500, corebird#794, twitter-text#203, #303",
    ),
    48: ("“An error occurred”, and nothing that anybody could act on.", "postiz#1513, #653, #695"),
    49: ("The handle of one platform named a stranger on the other.", "bluesky-crossposter#44"),
    50: ("A # at the end of a word from right to left made no tag.", "twitter-text#58"),
}

NOT_OURS = {
    39: "A campaign has single posts; nothing here replies to a post, so that there is no thread to break.",
}
"""What can't happen to us, and why."""

OPEN = ", **where one case is open still: the test says which**"

HEAD = """\
# What befell others, and the tests that it doesn't befall us

Fifty failures of programs that do this job, from their public issues. {tests} of the {all} are replayed by tests, and
{not_ours} can't concern us.

Made from the tests themselves by `python -m tests.failures > docs/failures.md`; a test sees to it that it is as they
are. A test says by its name which failure it replays: `pytest -k failure_07`.

| | what befell others | where | replayed by |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Replay:
    """A test of a failure."""

    file: str
    open: bool
    """A case of it is expected to fail: there it can befall us still."""


def shown() -> dict[int, dict[str, Replay]]:
    """The tests of each failure, by name."""
    found: dict[int, dict[str, Replay]] = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        for made in ast.parse(file.read_text("utf-8")).body:
            if isinstance(made, ast.FunctionDef) and (match := re.match(r"test_failure_(\d\d)_", made.name)):
                failing = any("xfail" in ast.unparse(decorator) for decorator in made.decorator_list)
                found.setdefault(int(match[1]), {})[made.name] = Replay(file.relative_to(TESTS).as_posix(), failing)
    return found


def table(found: dict[int, dict[str, Replay]]) -> str:
    """The whole page."""
    lines = []
    for number, (befell, where) in FAILURES.items():
        tests = [
            f"[`{name}`](../tests/{test.file}){OPEN if test.open else ''}"
            for name, test in found.get(number, {}).items()
        ]
        ours = "<br>".join(tests) or f"can't concern us: {NOT_OURS[number]}"
        lines.append(f"| {number} | {befell} | {where} | {ours} |\n")
    return HEAD.format(tests=len(found), all=len(FAILURES), not_ours=len(NOT_OURS)) + "".join(lines)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(table(shown()))
