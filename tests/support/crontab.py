"""A crontab, read as cron reads it."""

from __future__ import annotations

import re


def lines_of(crontab: str) -> list[tuple[list[str], str]]:
    """Each line's five fields and its command, as cron itself would cut it; whatever isn't one is a failure."""
    found = []
    for line in crontab.splitlines():
        assert len(line.encode()) < 1000
        if not line or line.startswith("#") or re.fullmatch("[A-Z_]+=.*", line):
            continue
        fields = line.split(" ", 5)
        spans = (0, 59), (0, 23), (1, 31), (1, 12), (0, 7)
        for name, (least, most) in zip(fields, spans, strict=False):
            for number in re.fullmatch(r"\*(?:/(\d+))?|(\d+)(?:-(\d+))?", name).groups():  # type: ignore[union-attr]
                assert number is None or least <= int(number) <= most, line
        command, _, rest = re.sub(r"\\%|%", lambda sign: "%" if sign[0] == "\\%" else "\0", fields[5]).partition("\0")
        assert not rest, "cron would end the line there"
        found.append((fields[:5], command))
    return found
