"""The code of a page to approve from, and the record of what it stands for, beside approvals.toml.

A record is a file a code, in JSON, written as the page is: `approval-pages/7F3K-92QD.json`. What stands in it is what
the code is made of, so that nobody has to trust it: one that was edited doesn't match its name.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import NAME, Subject, subject_at
from orangeday.approvals.shown_page import ALPHABET, ShownPage, ShownPost, shown_page
from orangeday.content.plan import Delivery, Plan
from orangeday.content.toml_file import failure_message
from orangeday.platforms.registry import title_of
from orangeday.system.renaming import move

FOLDER = "approval-pages"
_MAX_BYTES = 50_000_000
_MAX_SALT = 8


@dataclass(frozen=True, slots=True)
class PageCode:
    """The code that a page carries."""

    text: str
    """Eight letters and digits in two groups: `7F3K-92QD`."""
    page: ShownPage
    """All that it stands for."""

    @property
    def days(self) -> tuple[int, ...]:
        """The Days of which it has something to approve, in order: each may be said yes to alone."""
        return tuple(sorted({subject.number for subject in self.page.contents if subject.number is not None}))

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class PageRecord:
    """The record of a page: all that its code stands for, and the answers to it."""

    page: ShownPage
    moment: datetime
    """The moment when it was written first."""
    answers: tuple[Mapping[str, str], ...] = ()
    """The answers to it by which something was approved."""


def issue(plan: Plan, approvals: Approvals, deliveries: Iterable[Delivery], now: datetime) -> PageCode | str:
    """Return the code for all that a page with these deliveries shows as to be approved, and keep what it stands for.

    Return the reason, in a sentence, where it can have none. Whoever asks for the example's page, which nobody can
    approve, doesn't ask this. `approvals` may have this machine's own withdrawals.
    """
    if approvals.problems:
        return f"{NAME} can't be read, so nothing counts as approved. Look with: orangeday check"
    selection = list(deliveries)
    page = shown_page(plan, approvals, selection, now)
    if not page.contents:
        return "Nothing on this page waits for an approval."
    if platforms := _platforms_left_out(plan, page, {delivery.key for delivery in selection}, now):
        titles = " and ".join(map(title_of, platforms))
        return (
            f"These texts go out on {titles}, too, and this page doesn't show them there. Write it without --platform."
        )
    folder = plan.campaign.folder
    for salt in range(_MAX_SALT):  # another page with the same code is as good as impossible, and would be fatal
        page = replace(page, salt=salt)
        record = load(folder, page.code)
        if isinstance(record, PageRecord) and _values(record.page) != _values(page):
            continue
        if isinstance(record, str) and (reason := _keep(folder, PageRecord(page, now))):
            return reason
        return PageCode(page.code, page)
    return "Its code would be another page's. Change a text, and write the page again."


def _platforms_left_out(plan: Plan, page: ShownPage, shown_keys: set[str], now: datetime) -> list[str]:
    """Return the platforms on which the page's embassies post its texts, too, and which it doesn't show."""
    places = {(post.subject.number, post.embassy, post.key.rpartition("/")[2]) for post in page.posts}
    return [
        *dict.fromkeys(
            delivery.platform
            for delivery in plan
            if delivery.key not in shown_keys
            and delivery.deadline > now
            and (delivery.number, delivery.embassy.id, str(delivery.language)) in places
        )
    ]


def read_code(words: str) -> str | None:
    """Return a code as it was typed or mailed, in its own form; None where it can't be one. O, I, L are 0, 1, 1."""
    letters = re.sub(r"[\s‐‑‒–—−-]", "", words).upper().translate(_LOOKALIKES)
    if len(letters) != 8 or not set(letters) <= set(ALPHABET):
        return None
    return f"{letters[:4]}-{letters[4:]}"


_LOOKALIKES = str.maketrans("OIL", "011")


def approval_subject(code: str, day: int | None = None) -> str:
    """Return the subject of the mail that says yes to a page, or to one day of it: the only one that counts."""
    return f"Approved: {code}" if day is None else f"Approved: day {day} of {code}"


# The record


def record_file(folder: Path, code: str) -> Path:
    """Return the file of a code's record, below the folder of the posts."""
    return folder / FOLDER / f"{code}.json"


def load(folder: Path, code: str) -> PageRecord | str:
    """Return what a code stands for; or, in a sentence, the reason why that isn't known."""
    file = record_file(folder, code)
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            return f"{file} isn't a page's record."
        record = _from_json(json.loads(file.read_bytes()))
    except FileNotFoundError:
        return f"There is no page {code} here: {file} is missing. It is written with the page, on the same computer."
    except OSError as failure:
        return f"{file} can't be read: {failure_message(failure)}."
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return f"{file} is damaged: nobody can say any more what its page showed."
    if record.page.code != code:
        return f"{file} was changed after the page was written: it no longer says what its page showed."
    return record


def _values(page: ShownPage) -> object:
    return page.campaign, [*page.contents.items()], [post.values for post in page.posts]


def keep_answer(folder: Path, code: str, answer: Mapping[str, str]) -> str | None:
    """Add an answer to the record of its page; return the reason where that fails. The caller has the lock."""
    record = load(folder, code)
    if isinstance(record, str):
        return record
    return _keep(folder, replace(record, answers=(*record.answers, answer)))


def _keep(folder: Path, record: PageRecord) -> str | None:
    """Write a record, whole or not at all; return the reason, in a sentence, where it can't be written."""
    file = record_file(folder, record.page.code)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    content = json.dumps(_to_json(record), ensure_ascii=False, indent=1) + "\n"
    try:
        if not file.parent.is_dir():
            file.parent.mkdir(exist_ok=True)
            with suppress(OSError):  # whoever may approve here may make a page
                file.parent.chmod(stat.S_IMODE(folder.stat().st_mode))
        try:
            with temporary.open("wb") as stream:
                stream.write(content.encode("utf-8", "surrogatepass"))
                stream.flush()
                os.fsync(stream.fileno())
            move(temporary, file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as failure:
        return f"What a code stands for is kept in {file.parent}, and it can't be written: {failure_message(failure)}."
    return None


def _to_json(record: PageRecord) -> dict[str, Any]:
    page = record.page
    return {
        "code": page.code,
        "campaign": page.campaign,
        "written": record.moment.astimezone(UTC).isoformat(timespec="seconds"),
        "salt": page.salt,
        "contents": {str(subject): parts for subject, parts in page.contents.items()},
        "posts": [
            {
                "key": post.key, "subject": str(post.subject), "name": post.name, "handle": post.handle,
                "due": post.due.isoformat(), "deadline": post.deadline.astimezone(UTC).isoformat(),
                "text": post.text, "pictures": [*post.pictures],
            }
            for post in page.posts
        ],
        "answers": [dict(answer) for answer in record.answers],
    }  # fmt: skip


def _from_json(values: Any) -> PageRecord:
    """Return the record in a JSON document. Raise ValueError, KeyError or TypeError where it isn't one."""
    contents = {
        _subject(name): None if parts is None else {str(part): str(value) for part, value in parts.items()}
        for name, parts in values["contents"].items()
    }
    posts = tuple(
        ShownPost(
            key=_key(post["key"]), subject=_subject(post["subject"]), name=str(post["name"]),
            handle=str(post["handle"]), due=datetime.fromisoformat(post["due"]),
            deadline=_aware(post["deadline"]), text=str(post["text"]), pictures=tuple(map(str, post["pictures"])),
        )
        for post in values["posts"]
    )  # fmt: skip
    answers = tuple({str(name): str(value) for name, value in answer.items()} for answer in values["answers"])
    page = ShownPage(str(values["campaign"]), contents, posts, int(values["salt"]))
    return PageRecord(page, _aware(values["written"]), answers)


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment


def _key(text: str) -> str:
    if not re.fullmatch(r"[^/]+/\d\d/[^/]+/[^/]+/[^/]+", text):
        raise ValueError(f"{text} isn't a key")
    return text


def _subject(heading: str) -> Subject:
    subject = subject_at(*heading.partition("/")[::2])
    if subject is None:
        raise ValueError(f"{heading} isn't a heading of {NAME}")
    return subject
