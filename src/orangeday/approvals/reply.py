"""A reply by mail to a page, as a mail program saves it (.eml): what it says yes to, or why it approves nothing.

A mail counts by its subject or its first line alone, and by the address that it comes from. That address can be forged:
neither its signature (DKIM) nor the way that it took is checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

from orangeday.approvals.model import Answer
from orangeday.approvals.page_code import read_code
from orangeday.clock import utc
from orangeday.text.quotes import clean_line, html_text, unquoted_lines

MAX_BYTES = 50_000_000
_MAX_AHEAD = timedelta(hours=1)
"""The most by which a mail's clock may be ahead of this one."""
_MAX_ID_LENGTH = 500
_MAX_LINES = 20

_DASHES = "‐‑‒–—−-"
_CODE = rf"[0-9A-Za-z]{{4}}[{_DASHES}][0-9A-Za-z]{{4}}"
_SUBJECT = re.compile(rf"Approved: (?:day (\d{{1,2}}) of )?({_CODE})")
_YES = re.compile(rf"yes,? ({_CODE})[.!]?", re.IGNORECASE)
_OTHER_REQUEST = re.compile(r"(?:.*[:：] ?)?(Change|Ask)[:：] ?(?:day \d|[0-9A-Z]{4}-)", re.IGNORECASE)


class ReplyRefusal(Exception):
    """The reason why a mail approves nothing: one or more sentences."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail that says yes to a page, or to one day of it."""

    answer: Answer
    day: int | None
    """None for all of the page."""
    name: str
    """The sender's name, as the mail has it: anybody can write any."""
    lines: tuple[str, ...]
    """The first lines that the sender wrote."""
    sending_address: str | None
    """The address that sent it in the sender's place; None where that is the sender's own."""

    @property
    def sender(self) -> str:
        return self.answer.sender or ""


def read_reply(raw: bytes, now: datetime) -> Reply:
    """Return what a mail says yes to. Raise ReplyRefusal with the reason where it approves nothing."""
    _require_mail(raw)
    message = message_from_bytes(raw.lstrip(b"\xef\xbb\xbf\r\n \t"), policy=policy.default)
    headers = _headers(message)
    if not headers.get("from"):
        raise ReplyRefusal("This isn't a mail: it doesn't say whom it is from. Save the mail as .eml.")
    if sign := _sign_of_a_program(message, headers):
        raise ReplyRefusal(f"It is an automatic answer ({sign}): nobody has read anything.")
    name, sender = _sender(message)
    mail_date = _date(message, now)
    message_id = _message_id(headers)
    subject = _subject(message)
    text = _text(message)
    lines = unquoted_lines(text)
    code, day = _yes(subject, lines, text)
    sending_address = _address_in(headers.get("sender", [""])[0])
    return Reply(
        Answer(code, message_id, mail_date, sender), day, name, tuple(lines[:_MAX_LINES]),
        sending_address if sending_address and sending_address != sender else None,
    )  # fmt: skip


_BROWSER = (
    "Open the mailbox in a browser (Outlook on the web), open the mail, choose “…”, then “Save” or “Download”: that is "
    'an .eml. Or type the code yourself: orangeday approve --as-shown CODE --by "Ann Peeters"'
)


def _require_mail(raw: bytes) -> None:
    """Raise ReplyRefusal, with the way to save it, for a mail in another form."""
    if raw.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise ReplyRefusal(f"This is a mail in Outlook's own form (.msg), which orangeday doesn't read. {_BROWSER}")
    if re.match(rb"\d+\s*\r?\n[!-9;-~]+:", raw):
        step = "In Mail: File, Save As, Format: Raw Message Source."
        raise ReplyRefusal(f"This is a mail in Apple's own form (.emlx). {step}")
    if raw.startswith(b"From ") and raw.count(b"\nFrom ") > 0:
        raise ReplyRefusal("This is a folder of several mails (mbox). Save the one mail as .eml.")
    if raw.startswith((b"PK\x03\x04", b"%PDF", b"{\\rtf")) or re.match(rb"\s*<(?:!doctype|html)", raw, re.IGNORECASE):
        raise ReplyRefusal(f"This isn't a mail, but what another program makes of one. {_BROWSER}")
    if not raw.strip():
        raise ReplyRefusal("The file is empty. Save the mail again.")


def _headers(message: EmailMessage) -> dict[str, list[str]]:
    """Return the values of each header as they stand in the file, by its name in lower case."""
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower(), []).append(" ".join(str(value).split()))
    return headers


def _sign_of_a_program(message: EmailMessage, headers: dict[str, list[str]]) -> str | None:
    """Return the header by which a mail shows that a program wrote it; None where a person seems to have."""
    for name in ("auto-submitted", "x-autoreply", "x-autorespond", "x-auto-reply"):
        for value in headers.get(name, []):
            if value.partition(";")[0].strip().lower() not in ("no", "false"):
                return f"{name.title()}: {value[:40]}"
    for value in headers.get("precedence", []):
        if value.strip().lower() in ("auto_reply", "auto-reply", "bulk", "junk", "list"):
            return f"Precedence: {value[:40]}"
    if "x-failed-recipients" in headers or "<>" in headers.get("return-path", []):
        return "a report about a mail that didn't arrive"
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "multipart/report" or kind in ("message/delivery-status", "message/disposition-notification"):
            return f"Content-Type: {kind}"
    return None


_PARSER_FAULTS = (AttributeError, IndexError, KeyError, LookupError, TypeError, UnicodeError, ValueError)
"""The errors that Python's parser of headers raises for some that are malformed."""


def _sender(message: EmailMessage) -> tuple[str, str]:
    """Return the name and the address that a mail is from."""
    try:
        (header,) = message.get_all("From", [])
        (address,) = header.addresses
    except _PARSER_FAULTS as failure:
        raise ReplyRefusal(
            "It doesn't say clearly whom it is from: one address is needed in its line “From”."
        ) from failure
    full = str(address.addr_spec).casefold()
    if not re.fullmatch(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+", full):
        raise ReplyRefusal("It doesn't say clearly whom it is from: its address can't be read.")
    return clean_line(str(address.display_name)), full


def _address_in(header: str) -> str | None:
    match = re.search(r"[^\s<>,;\"@]+@[^\s<>,;\"@]+", header)
    return match[0].casefold() if match else None


_NO_DATE = "It has no date that can be read: whether it is newer than a withdrawal can't be told."


def _date(message: EmailMessage, now: datetime) -> datetime:
    """Return when a mail was sent, to the second."""
    try:
        (header,) = message.get_all("Date", [])
        moment: datetime | None = header.datetime
    except _PARSER_FAULTS as failure:
        raise ReplyRefusal(
            "It has no date that can be read: whether it is newer than a withdrawal can't be told."
        ) from failure
    if moment is None or not 2000 <= moment.year <= 2100:
        raise ReplyRefusal(_NO_DATE)
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    if moment > now + _MAX_AHEAD:
        raise ReplyRefusal(f"It is dated {utc(moment)}, and now is {utc(now)}: one of the two clocks is wrong.")
    return moment


def _message_id(headers: dict[str, list[str]]) -> str:
    ids = headers.get("message-id", [])
    match = re.fullmatch(r"<[^<>\s]+>", ids[0]) if len(ids) == 1 else None
    if match is None or len(match[0]) > _MAX_ID_LENGTH or not match[0].isprintable() or not match[0].isascii():
        raise ReplyRefusal(
            "It has no Message-ID, as every mail has that was received: save the mail itself, and no draft."
        )
    return match[0]


def _subject(message: EmailMessage) -> str:
    try:
        subjects = [str(value) for value in message.get_all("Subject", [])]
    except _PARSER_FAULTS as failure:
        raise ReplyRefusal("Its subject can't be read.") from failure
    if len(subjects) > 1:
        raise ReplyRefusal("It has two subjects.")
    return clean_line("".join(subjects)[:1000])


def _text(message: EmailMessage) -> str:
    """Return the text of a mail: that in plain text, or else that in HTML, without quotes there."""
    try:
        plain, html = (message.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
    except _PARSER_FAULTS as failure:
        raise ReplyRefusal("Its text can't be read.") from failure
    text = _content(plain) if plain is not None else ""
    if text.strip() or html is None:
        return text
    return html_text(_content(html))


def _content(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except _PARSER_FAULTS:  # a set of characters that Python doesn't know
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


# What it says yes to


def _yes(subject: str, lines: Sequence[str], text: str) -> tuple[str, int | None]:
    """Return the code that a mail says yes to, and the day, if it is one day of it."""
    if request := _OTHER_REQUEST.match(subject):
        verb = {"change": "asks for a change", "ask": "asks something"}[request[1].lower()]
        raise ReplyRefusal(f"It {verb}: its subject is “{subject}”. Answer it, and ask for a mail that says yes.")
    codes = _codes_in("\n".join((subject, *lines)))
    if len(codes) > 1:
        raise ReplyRefusal(f"It names {len(codes)} codes, {' and '.join(codes)}: which of them is meant can't be told.")
    exact = _SUBJECT.fullmatch(subject)
    if exact and (code := read_code(exact[2])):
        return code, int(exact[1]) if exact[1] else None
    yes = _YES.fullmatch(lines[0]) if lines else None
    if yes and (code := read_code(yes[1])):
        return code, None
    raise ReplyRefusal(_why_not(subject, lines, text))


def _codes_in(text: str) -> list[str]:
    """Return what reads as a code in a text, each once. Ordinary words of four and four letters are none."""
    codes = []
    for match in re.finditer(rf"(?<![\w{_DASHES}]){_CODE}(?![\w{_DASHES}])", text):
        is_mixed = re.search(r"\d", match[0]) and re.search("[A-Za-z]", match[0])
        if (is_mixed or match[0].isupper()) and (code := read_code(match[0])):
            codes.append(code)
    return list(dict.fromkeys(codes))


def _why_not(subject: str, lines: Sequence[str], text: str) -> str:
    """Return why neither the subject nor the first line of a mail says yes."""
    remedy = "Ask for a mail with the page's own subject, “Approved: CODE”, or with “yes CODE” as its first line."
    if match := _SUBJECT.search(subject):
        if read_code(match[2]) is None:
            return f"“{match[2]}” isn't a page's code. {remedy}"
        prefix = subject[: match.start()].strip()
        if prefix:
            return f"Its subject begins with “{prefix}”: it answers or forwards such a mail, and isn't one. {remedy}"
        return f"Its subject says more than “Approved” and the code: “{subject}”. {remedy}"
    if lines and re.match(r"yes\b", lines[0], re.IGNORECASE) and _codes_in(lines[0]):
        return f"Its first line says more than “yes” and the code: “{lines[0][:200]}”. {remedy}"
    if _codes_in("\n".join((subject, *lines))):
        return f"It names a code, and doesn't say yes to it: its subject is “{subject}”. {remedy}"
    if _codes_in("\n".join(map(clean_line, text.splitlines()))):
        return f"It has a code in what it quotes alone: that was written by whom it answers. {remedy}"
    return f"It has no code: its subject is “{subject}”. {remedy}"
