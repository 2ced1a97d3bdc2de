"""Approvals: a person's word for exact content, kept in `approvals.toml` beside the days.

What was approved stands there in full, so that a pull request shows it and a change can be shown against it. Each
approval is a run of lines below a heading that stands there from the beginning: two people who approve different days
change different places. Whatever can't be read counts as approved by nobody.

What a person took down stands there as withdrawn, in the place of its approval. Only an approval of that text alone,
asked for as such, takes its place again.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from orangeday.approvals.compare import Approvals, find_change
from orangeday.approvals.content import content, digest_of, is_whole, subjects
from orangeday.approvals.model import (
    NAME,
    Answer,
    Approval,
    Change,
    Entry,
    Subject,
    TextWithdrawal,
    dotted_key,
    quote,
    subject_at,
)
from orangeday.content import toml_file as source
from orangeday.content.file_names import lookalike, names_in
from orangeday.content.plan import Plan
from orangeday.content.problems import Problem
from orangeday.content.toml import Table
from orangeday.errors import OrangedayError
from orangeday.system.renaming import move

LOCK = ".approvals.lock"
_LOCK_TIMEOUT = 10.0
"""The time to wait for another process that writes the approvals, in seconds."""


# Reading


def load(folder: Path) -> Approvals:
    """Return the approvals in a campaign's folder; errors in the file become problems, and none is raised."""
    file = folder / NAME
    if not _is_there(file):
        return Approvals(file, False, {}, ())
    try:
        # A sweep asks before every post: the file is read when it has changed.
        status, link = file.stat(), file.lstat()
    except OSError:
        return _read(file, folder)
    stamps = ((s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino, s.st_dev) for s in (status, link))
    return _read_once(file, folder, *stamps)


def _is_there(file: Path) -> bool:
    """Return whether there is such a file, or one that was meant as it: a new one would forget what was withdrawn."""
    return os.path.lexists(file) or lookalike(file.name, names_in(file.parent)) is not None


@lru_cache(maxsize=4)
def _read_once(file: Path, folder: Path, *_stamps: tuple[int, ...]) -> Approvals:
    return _read(file, folder)


def _read(file: Path, folder: Path) -> Approvals:
    problems: list[Problem] = []
    top = source.read(file, problems, root=folder, max_bytes=source.MAX_MINISTRY_BYTES)
    entries_by_subject = dict(_entries(top)) if top else {}
    advice = "Nothing counts as approved until then. If you have a good copy of the file, put that in its place."
    file_problems = tuple(replace(problem, hint=f"{problem.hint} {advice}") for problem in problems)
    if file_problems:
        return Approvals(file, True, {}, file_problems)
    entries = {subject: entry for subject, entry in entries_by_subject.items() if isinstance(entry, Approval)}
    withdrawals = {subject: entry for subject, entry in entries_by_subject.items() if isinstance(entry, TextWithdrawal)}
    return Approvals(file, True, entries, (), withdrawals)


def _entries(top: Table) -> Iterator[tuple[Subject, Entry]]:
    for outer, table in top.tables():
        for inner, entry in table.tables():
            subject = subject_at(outer, inner)
            if subject is None:
                table.problem(inner, "unknown-key", f"“{outer}.{inner}” names nothing to approve.", "Delete its lines.")
                continue
            digest, actor = entry.text("approved", mandatory=True), entry.text("by", mandatory=True)
            moment = entry.moment("at", mandatory=True)
            is_withdrawal = digest == _WITHDRAWAL_MARK and subject.number is not None
            campaign = entry.text("campaign") if "campaign" in entry and not is_withdrawal else None
            reason = entry.text("why") if "why" in entry and is_withdrawal else None
            parts = dict(_flat(entry, ("approved", "by", "at", "why" if is_withdrawal else "campaign")))
            if not (digest and actor and moment):
                continue
            if is_withdrawal:
                yield subject, TextWithdrawal(str(actor), moment, str(reason or ""), parts, entry)
            else:
                campaign_id = campaign and str(campaign)
                name, answer = Answer.read(str(actor))
                is_edited = digest != digest_of(parts, campaign_id)
                yield subject, Approval(parts, digest, name, moment, campaign_id, is_edited, answer, entry)


_WITHDRAWAL_MARK = "withdrawn"
"""The value in the place of an approval's digest where the text is withdrawn; no digest is equal to it. An earlier
version takes it for an approval that was edited by hand, and holds that text and no other."""


def _flat(table: Table, exclude: Sequence[str] = (), parents: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    for key in table:
        if table.is_table(key) and len(parents) < 2:
            yield from _flat(table.table(key), (), (*parents, key))
        elif key not in exclude and (value := table.text(key)) is not None:
            yield dotted_key(*parents, key), str(value)


# Writing


def approve(
    plan: Plan,
    selection: Iterable[Subject],
    approver: str,
    now: datetime,
    local_withdrawals: Mapping[Subject, TextWithdrawal] | None = None,
    contents: Mapping[Subject, Mapping[str, str]] | None = None,
) -> list[Change]:
    """Approve these subjects as they are in `plan`, for its campaign; return the changes that are approved by that.

    `contents` are the parts of those that a person was shown before: exactly that is approved of them, whatever a file
    has become meanwhile.

    An approval that counts already keeps its first approver. The approval of an embassy's own text whose file is gone
    is deleted. A subject that can't be read is left as it is, and so is a withdrawn one, be it withdrawn in the file or
    on this machine alone. Raise OrangedayError where nothing could be written.
    """
    changes: list[Change] = []
    targets = list(selection)

    def renew(current: Approvals) -> Mapping[Subject, Entry]:
        changes.clear()
        current = replace(current, local_withdrawals=local_withdrawals or {})
        entries: dict[Subject, Entry] = {**current.entries, **current.withdrawals}
        for subject in targets:
            if current.withdrawal(subject):
                continue
            parts = (contents or {}).get(subject) or content(plan, subject)
            change = find_change(plan, current, subject, None)
            if parts is None and subject in entries and is_gone(plan, subject):
                del entries[subject]
            elif parts and change and is_whole(parts):
                entries[subject] = new_approval(plan.campaign_id, parts, approver, now)
            else:
                continue
            if change:
                changes.append(change)
        return entries

    rewrite(plan.campaign.folder, renew, headings_of(plan))
    return changes


def approve_again(plan: Plan, subject: Subject, approver: str, now: datetime, lift: Callable[[], object]) -> None:
    """Approve one text that is withdrawn, as it is in `plan`.

    `lift` takes back the withdrawal that is kept elsewhere. It is called right before the file is written; if it
    raises, nothing is written. Raise OrangedayError where nothing could be written.
    """

    def renew(current: Approvals) -> Mapping[Subject, Entry]:
        parts = content(plan, subject)
        if parts is None or not is_whole(parts):
            raise OrangedayError(f"{subject} can't be read as it is now. Nothing was written; see orangeday check.")
        withdrawals = {text: entry for text, entry in current.withdrawals.items() if not subject.is_same_text(text)}
        return {**current.entries, **withdrawals, subject: new_approval(plan.campaign_id, parts, approver, now)}

    rewrite(plan.campaign.folder, renew, headings_of(plan), lift)


def withdraw(folder: Path, subject: Subject, actor: str, moment: datetime, reason: str) -> None:
    """Write into the file that a text was taken down, in the place of its approval, where it has one.

    A text that is withdrawn already keeps its first withdrawal. Raise OrangedayError where nothing could be written.
    """
    withdrawal = TextWithdrawal(
        _single_line(actor) or "unknown", moment.astimezone(UTC).replace(microsecond=0), _single_line(reason)
    )

    def renew(current: Approvals) -> Mapping[Subject, Entry]:
        approval = current.entries.get(subject)
        new = replace(withdrawal, parts=approval.parts if approval else {})
        return {**current.entries, subject: new, **current.withdrawals}

    rewrite(folder, renew, lambda old: old)


def new_approval(
    campaign: str, parts: Mapping[str, str], approver: str, now: datetime, answer: Answer | None = None
) -> Approval:
    """Return the approval of these parts for a campaign, as the file keeps it."""
    moment = now.astimezone(UTC).replace(microsecond=0)
    return Approval(parts, digest_of(parts, campaign), approver, moment, campaign, answer=answer)


def _single_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:500]


def headings_of(plan: Plan) -> Callable[[Set[Subject]], Set[Subject]]:
    known_subjects = set(subjects(plan))
    return lambda old: known_subjects | {subject for subject in old if not is_gone(plan, subject)}


def is_gone(plan: Plan, subject: Subject) -> bool:
    """Return whether the subject of an approval no longer exists: no file, not even one that can't be read."""
    if subject.number is None:
        exists = subject.embassy in plan.config.embassies
        return not exists and not plan.scope and not plan.config.problems
    day = plan.campaign.days.get(subject.number)
    suffix = f".{subject.embassy}" if subject.embassy else ""
    return day is not None and not os.path.lexists(day.file.with_name(f"{subject.language}{suffix}.toml"))


_HEAD = """\
# What may go out, written by `orangeday approve`: each text and each embassy as it was approved, by whom and when.
# Not sent: what isn't here, what has changed since, and what was edited here by hand.
# What has changed: orangeday approve --diff
"""


_TRIES = 20
_RETRY_PAUSE = 0.05
"""The time for another program, which doesn't know our lock, to finish writing. In seconds."""


def rewrite(
    folder: Path,
    renew: Callable[[Approvals], Mapping[Subject, Entry]],
    choose_headings: Callable[[Set[Subject]], Set[Subject]],
    before_replacement: Callable[[], object] = lambda: None,
) -> None:
    """Read the file, let `renew` change its entries, and write it whole or not at all; one process at a time.

    Git and editors lock nothing: if they have written the file meanwhile, it is read again, and the change is made to
    that. `choose_headings` turns the headings of the file into those that it should have. All stand there from the
    beginning, approved or not: they keep apart the lines that two people add. `before_replacement` is called
    right before the file takes its place. Raise OrangedayError where nothing could be written.
    """
    file = folder / NAME
    with write_lock(file):
        for _ in range(_TRIES):
            old, current = _read_settled(folder)
            entries = renew(current)
            if entries == {**current.entries, **current.withdrawals}:
                before_replacement()
                return
            try:
                text = _format_file(
                    entries, choose_headings(_headings((old or b"").decode("utf-8-sig"))) | entries.keys()
                )
                # Who has git write other line ends has them still.
                raw = (text.replace("\n", "\r\n") if b"\r\n" in (old or b"") else text).encode()
                if _replace(file, old, raw, entries, before_replacement):
                    return
            except OSError as failure:
                raise OrangedayError(
                    f"{file} can't be written: {source.failure_message(failure)}. Nothing was."
                ) from failure
    raise OrangedayError(f"Another program keeps writing {file}. Nothing was written; try again once it has finished.")


def _read_settled(folder: Path) -> tuple[bytes | None, Approvals]:
    """Return the file's bytes and the approvals in them; None where there is no file.

    Git deletes a file before it writes the new one: a file that is missing, or that can't be read, is read twice. Raise
    OrangedayError where it still can't be read then, or where it keeps changing.
    """
    file = folder / NAME
    for attempt in range(_TRIES):
        raw, current = _bytes(file), _read(file, folder) if _is_there(file) else Approvals(file, False, {}, ())
        is_sound = raw is not None and not current.problems
        if (not is_sound and attempt == 0) or _bytes(file) != raw:
            time.sleep(_RETRY_PAUSE)
        elif current.problems:
            raise OrangedayError(f"{current.problems[0]} Nothing was written.")
        else:
            return raw, current
    raise OrangedayError(f"Another program keeps writing {file}. Nothing was written; try again once it has finished.")


def _bytes(file: Path) -> bytes | None:
    """Return the file's content; None where there is no file, b"" where it can't be read as one."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > source.MAX_FILE_BYTES:
            return b""
        return file.read_bytes()
    except FileNotFoundError:
        return b"" if file.is_symlink() else None
    except OSError:
        return b""


def _headings(text: str) -> Set[Subject]:
    lines = re.findall(r"^# (\w+)/([\w.-]+)\r?$", text, re.MULTILINE)
    return {subject for outer, inner in lines if (subject := subject_at(outer, inner))}


def _format_file(entries: Mapping[Subject, Entry], headings: Iterable[Subject]) -> str:
    return "\n".join([_HEAD, *(_format_entry(s, entries.get(s)) for s in sorted(headings, key=lambda s: s.order))])


def _format_entry(subject: Subject, entry: Entry | None) -> str:
    lines = [f"# {subject}"]
    if entry:
        moment = entry.moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
        digest = _WITHDRAWAL_MARK if isinstance(entry, TextWithdrawal) else entry.digest
        extra_values = {"why": entry.reason} if isinstance(entry, TextWithdrawal) else {"campaign": entry.campaign}
        actor = entry.answer.write(entry.actor) if isinstance(entry, Approval) and entry.answer else entry.actor
        values = {"approved": quote(digest), "by": quote(actor), "at": moment}
        values |= {name: quote(value) for name, value in extra_values.items() if value}
        values |= {name: quote(value) for name, value in entry.parts.items()}
        lines += [f"{subject.key}.{name} = {value}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _replace(
    file: Path,
    old: bytes | None,
    raw: bytes,
    entries: Mapping[Subject, Entry],
    before_replacement: Callable[[], object],
) -> bool:
    """Replace the old file by a new one, once that is on the disk and reads as it should; return whether that is done.

    False where the old file has changed meanwhile: then nothing is written. Raise OrangedayError where the new file
    doesn't read as it should.
    """
    temporary = file.with_name(f".{NAME}.{os.getpid()}")
    try:
        with temporary.open("wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        if old is not None:
            status = file.stat()
            _set_group(temporary, status)
            temporary.chmod(stat.S_IMODE(status.st_mode))
        read_back = _read(temporary, file.parent)
        if read_back.problems or {**read_back.entries, **read_back.withdrawals} != entries:
            reason = f" {read_back.problems[0].message}" if read_back.problems else ""
            raise OrangedayError(f"{file} couldn't be read any more if this were written.{reason} Nothing was written.")
        before_replacement()
        if _bytes(file) != old:
            return False
        move(temporary, file)
        return True
    finally:
        temporary.unlink(missing_ok=True)


def _set_group(file: Path, status: os.stat_result) -> None:
    """Give a file to the group of another file's status; without the right to do so, leave it as it is."""
    if sys.platform != "win32":
        with suppress(PermissionError):
            os.chown(file, -1, status.st_gid)


@contextmanager
def write_lock(file: Path) -> Iterator[None]:
    """Keep other processes from writing at the same time; everybody who may write in the folder may use its lock.

    Raise OrangedayError where the lock can't be had in time, or not at all.
    """
    from filelock import FileLock, Timeout

    lock_file = file.with_name(LOCK)
    try:
        folder = file.parent.stat()
        # Others could otherwise keep everybody from approving: to lock a file it is enough to be able to open it.
        mode = 0o600 | (0o060 if folder.st_mode & 0o020 else 0) | (0o006 if folder.st_mode & 0o002 else 0)
        lock = FileLock(lock_file, timeout=_LOCK_TIMEOUT, mode=mode, fallback_to_soft=False)
        lock.acquire()
    except Timeout as failure:
        raise OrangedayError(f"Somebody else is writing {file}. Nothing was written; try again.") from failure
    except OSError as failure:
        reason = source.failure_message(failure)
        if os.path.lexists(lock_file):
            step = f"The user who made {lock_file} can delete it, or let you write it."
            raise OrangedayError(f"{lock_file} can't be locked: {reason}. Nothing was written. {step}") from failure
        step = f"Give yourself the right to write in {file.parent}."
        raise OrangedayError(f"{file} can't be written: {reason}. Nothing was. {step}") from failure
    try:
        with suppress(OSError):
            if lock_file.stat().st_gid != folder.st_gid:
                _set_group(lock_file, folder)
        yield
    finally:
        lock.release()
