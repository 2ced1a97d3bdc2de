"""A mail that answers a page: the few that say yes, and all the others, each with its reason."""

from __future__ import annotations

import base64
import quopri
from contextlib import suppress
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orangeday.approvals.page_code import approval_subject
from orangeday.approvals.reply import Reply, ReplyRefusal, read_reply

CODE = "7F3K-92QD"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def mail(
    subject: str | None = f"Approved: {CODE}",
    body: str | bytes = "All of it.\r\n",
    kind: str = "text/plain; charset=utf-8",
    **headers: str | None,
) -> bytes:
    """The mail as a mail program saves it; a header that is None isn't there."""
    values: dict[str, str | None] = {
        "From": "Ann Peeters <Ann@Example.org>",
        "To": "press@example.org",
        "Subject": subject,
        "Date": "Tue, 24 Nov 2026 12:30:15 +0100",
        "Message-ID": "<one@example.org>",
        "MIME-Version": "1.0",
        "Content-Type": kind,
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in values.items() if value is not None]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body.encode() if isinstance(body, str) else body)


def why_not(raw: bytes, now: datetime = NOW) -> str:
    with pytest.raises(ReplyRefusal) as refusal:
        read_reply(raw, now)
    return str(refusal.value)


def test_the_pages_own_subject_says_yes() -> None:
    reply = read_reply(mail(), NOW)
    assert (reply.answer.code, reply.day, reply.sender, reply.name) == (CODE, None, "ann@example.org", "Ann Peeters")
    assert (reply.answer.message_id, reply.answer.mail_date) == (
        "<one@example.org>", datetime(2026, 11, 24, 11, 30, 15, tzinfo=UTC),
    )  # fmt: skip
    assert reply.lines == ("All of it.",)


def test_or_to_one_day() -> None:
    for day in (None, 9, 16):
        assert read_reply(mail(approval_subject(CODE, day)), NOW).day == day
    assert approval_subject(CODE, 9) == "Approved: day 9 of 7F3K-92QD"


ENCODED = {
    "in base 64": f"=?utf-8?B?{base64.b64encode(f'Approved: {CODE}'.encode()).decode()}?=",
    "in quoted-printable": f"=?iso-8859-1?Q?Approved=3A_{CODE}?=",
    "in two pieces": f"=?utf-8?Q?Approved=3A_?=\r\n =?utf-8?Q?{CODE}?=",
    "folded": f"Approved:\r\n {CODE}",
    "folded by a tab": f"Approved:\r\n\t{CODE}",
    "with a no-break space": Header(f"Approved:\u00a0{CODE}", "utf-8").encode(),
    "with a no-break hyphen": Header("Approved: 7F3K‑92QD", "utf-8").encode(),
    "typed in small letters": "Approved: 7f3k-92qd",
    "with a mark that nobody sees": Header(f"Approved: {CODE}\u200b", "utf-8").encode(),
}


@pytest.mark.parametrize("way", ENCODED)
def test_the_subject_is_read_however_it_is_written(way: str) -> None:
    assert read_reply(mail(ENCODED[way]), NOW).answer.code == CODE


def test_letters_that_look_like_figures_are_those() -> None:
    assert read_reply(mail("Approved: OIL0-1234"), NOW).answer.code == "0110-1234"


YES = f"yes {CODE}"
QUOTE = f"\r\n\r\nOn Tue, Press wrote:\r\n> yes {CODE}\r\n> Page {CODE}\r\n"


@pytest.mark.parametrize(
    "first", [YES, f"Yes {CODE}.", f"YES  {CODE}!", f"yes, {CODE}", f"\r\n\r\n  {YES}", "Yes 7f3k-92qd"]
)
def test_a_first_line_says_yes_below_any_subject(first: str) -> None:
    assert read_reply(mail("Re: Sixteen days: please look", f"{first}\r\nBest, Ann{QUOTE}"), NOW).answer.code == CODE


BODIES = {
    "in base 64": (base64.b64encode(f"{YES}\r\n".encode("utf-16")), 'text/plain; charset="utf-16"', "base64"),
    "in quoted-printable": (
        quopri.encodestring(f"{YES}\r\n\xe0".encode()),
        "text/plain",
        "quoted-printable",
    ),
    "with soft line ends": (b"yes 7F3K=\r\n-92QD\r\n", "text/plain", "quoted-printable"),
    "in Latin 1": (f"{YES}\r\nÀ bientôt".encode("latin-1"), "text/plain; charset=iso-8859-1", "8bit"),
    "in letters that nobody knows": (YES.encode(), "text/plain; charset=x-unknown", "8bit"),
    "in HTML alone": (f"<html><body><p>{YES}</p></body></html>".encode(), "text/html; charset=utf-8", "8bit"),
    "in HTML, quoted-printable": (b"<p>yes&nbsp;7F3K=2D92QD</p>", "text/html; charset=utf-8", "quoted-printable"),
}


@pytest.mark.parametrize("way", BODIES)
def test_the_text_is_read_however_it_is_written(way: str) -> None:
    body, kind, encoding = BODIES[way]
    reply = read_reply(mail("AW: Die Seite", body, kind, Content_Transfer_Encoding=encoding), NOW)
    assert reply.answer.code == CODE


def several(plain: str | None, html: str | None, attachment: str | None = None) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "ann@example.org", "Re: The page", "<two@example.org>"
    message["Date"] = "Tue, 24 Nov 2026 11:30:00 +0000"
    if plain is not None:
        message.set_content(plain)
    if html is not None and plain is not None:
        message.add_alternative(html, subtype="html")
    elif html is not None:
        message.set_content(html, subtype="html")
    if attachment is not None:
        message.add_attachment(attachment, filename="page.txt")
    return message.as_bytes()


def test_of_two_forms_the_plain_one_counts_unless_it_is_empty() -> None:
    assert read_reply(several(YES, "<p>Look</p>"), NOW).answer.code == CODE
    assert read_reply(several("\n", f"<p>{YES}</p>", "An attachment."), NOW).answer.code == CODE
    assert (
        read_reply(several(None, f"<p>{YES}</p><blockquote>Page 9ABC-DEF0</blockquote>", "x"), NOW).answer.code == CODE
    )
    assert "It has no code" in why_not(several("Look", None, YES)), "an attachment is no answer"


REFUSED: dict[str, tuple[bytes, str]] = {
    # a mail, and the words by which its reason is known
    "it answers such a mail": (mail(f"Re: Approved: {CODE}"), "begins with “Re:”"),
    "in German": (mail(f"AW: Approved: {CODE}"), "begins with “AW:”"),
    "in capitals": (mail(f"RE: Approved: day 9 of {CODE}"), "begins with “RE:”"),
    "with a number": (mail(f"Re[2]: Approved: {CODE}"), "begins with “Re[2]:”"),
    "it forwards such a mail": (mail(f"Fwd: Approved: {CODE}", f"> {YES}"), "begins with “Fwd:”"),
    "it was marked by a gateway": (mail(f"[EXTERNAL] Approved: {CODE}"), "begins with “[EXTERNAL]”"),
    "it asks for a change": (mail(f"Change: day 9 of {CODE}", YES), "It asks for a change"),
    "it answers a mail that asks for one": (mail(f"Re: Change: day 9 of {CODE}", YES), "It asks for a change"),
    "it asks": (mail(f"Ask: {CODE}", YES), "It asks something"),
    "it says more": (mail(f"Approved: {CODE} but for day 9"), "says more than “Approved” and the code"),
    "it says less": (mail("Approved"), "It has no code"),
    "it says another word": (mail(f"approved {CODE}"), "doesn't say yes to it"),
    "its code has a letter that no code has": (mail("Approved: 7F3U-92QD"), "“7F3U-92QD” isn't a page's code"),
    "two codes": (mail(f"Approved: {CODE}", "And 9ABC-DEF0, too."), "It names 2 codes, 7F3K-92QD and 9ABC-DEF0"),
    "two codes in its text": (mail("Re: Pages", f"{YES}\r\nyes 9ABC-DEF0"), "It names 2 codes"),
    "yes, but": (mail("Re: Page", f"{YES} but not day 9"), "first line says more than “yes” and the code"),
    "yes, further down": (mail("Re: Page", f"Dear Ben,\r\n{YES}"), "doesn't say yes to it"),
    "no": (mail("Re: Page", f"no {CODE}"), "doesn't say yes to it"),
    "a code in quoted text": (mail("Re: Page", f"Not yet.{QUOTE}"), "in what it quotes alone"),
    "yes in quoted text": (mail("Re: Page", f"> {YES}\r\n"), "in what it quotes alone"),
    "Outlook's quote": (
        mail("RE: Page", f"Hm.\r\n\r\nFrom: Press <p@e.org>\r\nSent: Tue\r\n\r\n{YES}"),
        "quotes alone",
    ),
    "nothing": (mail("Re: Page", ""), "It has no code"),
    "encrypted": (mail("Re: Page", b"\x00\x01", "application/pkcs7-mime"), "It has no code"),
    "an automatic answer": (mail(Auto_Submitted="auto-replied"), "automatic answer (Auto-Submitted: auto-replied)"),
    "one of a robot": (mail(Auto_Submitted="auto-generated; owner=x"), "automatic answer"),
    "one of before": (mail(X_Autoreply="yes"), "automatic answer (X-Autoreply"),
    "another of before": (mail(X_Autorespond="Away"), "automatic answer"),
    "one by its precedence": (mail(Precedence="auto_reply"), "automatic answer (Precedence: auto_reply)"),
    "a bulk mail": (mail(Precedence="Bulk"), "automatic answer"),
    "a mail that came back": (mail(Return_Path="<>"), "automatic answer"),
    "a mail that came back, by a header": (mail(X_Failed_Recipients="a@b.c"), "automatic answer"),
    "a receipt": (
        mail(body="--b\r\nContent-Type: text/plain\r\n\r\nRead.\r\n--b--", kind='multipart/report; boundary="b"'),
        "automatic answer (Content-Type: multipart/report)",
    ),
    "no sender": (mail(From=None), "doesn't say whom it is from"),
    "two senders": (mail(From="ann@example.org, ben@example.org"), "one address is needed"),
    "a group": (mail(From="undisclosed-recipients:;"), "one address is needed"),
    "a name alone": (mail(From="Ann Peeters"), "whom it is from"),
    "two lines From": (mail().replace(b"To: ", b"From: ben@example.org\r\nTo: ", 1), "one address is needed"),
    "two subjects": (mail().replace(b"To: ", b"Subject: Ask\r\nTo: ", 1), "It has two subjects"),
    "no date": (mail(Date=None), "no date that can be read"),
    "a date that is none": (mail(Date="yesterday"), "no date that can be read"),
    "a date to come": (mail(Date="Tue, 24 Nov 2026 13:30:00 +0000"), "one of the two clocks is wrong"),
    "no Message-ID": (mail(Message_ID=None), "It has no Message-ID"),
    "an empty Message-ID": (mail(Message_ID="<>"), "It has no Message-ID"),
    "two of them": (mail().replace(b"To: ", b"Message-ID: <x@y>\r\nTo: ", 1), "It has no Message-ID"),
    "an endless Message-ID": (mail(Message_ID=f"<{'x' * 600}@y>"), "It has no Message-ID"),
    "Outlook's own form": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "Outlook's own form (.msg)"),
    "Apple's own form": (b"1234      \n" + mail(), "Apple's own form (.emlx)"),
    "several mails": (b"From ann Tue\n" + mail() + b"\nFrom ben Tue\n" + mail(), "several mails (mbox)"),
    "a web page": (b"<!DOCTYPE html><p>Approved", "what another program makes of one"),
    "a Word document": (b"PK\x03\x04", "what another program makes of one"),
    "an empty file": (b" \r\n", "The file is empty"),
    "another file": (b"Approved: 7F3K-92QD\nyes 7F3K-92QD\n", "isn't a mail"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_anything_else_approves_nothing_and_says_why(what: str) -> None:
    raw, reason = REFUSED[what]
    assert reason in why_not(raw)


def test_a_mail_that_outlook_saved_otherwise_is_told_how_to_be_saved() -> None:
    reason = why_not(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert "that is an .eml" in reason and "orangeday approve --as-shown CODE" in reason


def test_only_the_address_of_a_sender_counts_and_not_a_name() -> None:
    for written, address in (
        ('"ann@example.org" <mallory@example.net>', "mallory@example.net"),
        ("=?utf-8?q?ann=40example=2Eorg_=3Cann=40example=2Eorg=3E?= <mallory@example.net>", "mallory@example.net"),
        ("ANN@EXAMPLE.ORG", "ann@example.org"),
        ("=?utf-8?B?QW5uIFDDqXRlcnM=?= <ann@example.org>", "ann@example.org"),
    ):
        assert read_reply(mail(From=written), NOW).sender == address


def test_who_sent_it_in_anothers_place_is_said() -> None:
    assert read_reply(mail(Sender="Desk <desk@example.org>"), NOW).sending_address == "desk@example.org"
    assert read_reply(mail(Sender="ann@example.org"), NOW).sending_address is None


def test_no_to_an_automatic_answer_is_a_persons() -> None:
    assert read_reply(mail(Auto_Submitted="no", Precedence="normal"), NOW).answer.code == CODE


def test_a_date_without_a_zone_is_in_utc() -> None:
    assert read_reply(mail(Date="Tue, 24 Nov 2026 11:00:00 -0000"), NOW).answer.mail_date == NOW.replace(hour=11)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_spoilt_mail_ends_as_an_answer_or_a_reason(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from([mail(), several(YES, f"<p>{YES}</p>", "x"), mail("Re: x", f"{YES}{QUOTE}")]))
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 40)))
    spoilt = raw[:start] + data.draw(st.binary(max_size=30)) + raw[end:]
    with suppress(ReplyRefusal):
        assert isinstance(read_reply(spoilt, NOW), Reply)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(["From", "Subject", "Date", "Message-ID", "Sender", "Content-Type", "Auto-Submitted"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60),
)
def test_so_does_one_with_a_strange_header(name: str, value: str) -> None:
    with suppress(ReplyRefusal):
        read_reply(mail(**{name.replace("-", "_"): value}), NOW)
