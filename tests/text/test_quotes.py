"""What the author of a mail wrote, told from what is quoted: as the usual mail programs mark it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orangeday.text.quotes import html_text, unquoted_lines

QUOTED = {
    "Gmail": "{}\n\nOn Tue, 24 Nov 2026 at 10:12, Press <press@example.org> wrote:\n\n> yes QUOTED\n> more\n",
    "Gmail, folded": "{}\n\nOn Tue, 24 Nov 2026 at 10:12, the Press and Information Section\n"
    "of the Embassy <press@example.org>\nwrote:\n> yes QUOTED\n",
    "Gmail in French": "{}\n\nLe mar. 24 nov. 2026 à 10:12, Press <press@example.org> a écrit :\n\n> yes QUOTED\n",
    "Thunderbird in German": "{}\n\nAm 24.11.26 um 10:12 schrieb Press:\n> yes QUOTED\n>> older\n",
    "Apple Mail in Dutch": "{}\n\n> Op 24 nov 2026, om 10:12 heeft Press het volgende geschreven:\n> \n> yes QUOTED\n",
    "Outlook": "{}\n\n________________________________\nFrom: Press <press@example.org>\nSent: Tuesday\nyes QUOTED\n",
    "Outlook, older": "{}\n\n-----Original Message-----\nFrom: Press\nyes QUOTED\n",
    "Outlook in French": "{}\n\nDe : Press <press@example.org>\nEnvoyé : mardi 24 novembre 2026 10:12\n\nyes QUOTED\n",
    "Outlook in German": "{}\n\nVon: Press <press@example.org>\nGesendet: Dienstag\nAn: Ann\nyes QUOTED\n",
    "Outlook in Dutch": "{}\n\nVan: Press <press@example.org>\nVerzonden: dinsdag\nAan: Ann\n\nyes QUOTED\n",
    "Outlook, in bold": "{}\n\n*From:* Press <press@example.org>\n*Sent:* Tuesday\n*To:* Ann\nyes QUOTED\n",
    "Outlook in Japanese": "{}\n\n差出人: Press\n送信日時: 2026\n宛先: Ann\nyes QUOTED\n",
    "Lotus": "{}\n\n----- Weitergeleitet von Press -----\nyes QUOTED\n",
    "forwarded by Gmail": "{}\n\n---------- Forwarded message ---------\nyes QUOTED\n",
}


@pytest.mark.parametrize("program", QUOTED)
@pytest.mark.parametrize("own", ["yes 7F3K-92QD", "", "Dear Ben,\nnot yet: day 9 is wrong."])
def test_a_plain_text_is_told_from_what_it_answers(program: str, own: str) -> None:
    assert unquoted_lines(QUOTED[program].format(own)) == own.splitlines()


def test_an_answer_below_its_quote_is_found() -> None:
    text = "On Tue, 24 Nov 2026, Press wrote:\n> The page.\n> yes QUOTED\n\nyes 7F3K-92QD\n\nAnn\n"
    assert unquoted_lines(text) == ["yes 7F3K-92QD", "Ann"]


def test_below_an_unmarked_quote_nothing_counts() -> None:
    assert unquoted_lines("-----Original Message-----\nThe page.\n\nyes 7F3K-92QD\n") == []


def test_what_nobody_sees_is_no_part_of_a_line() -> None:
    assert unquoted_lines("\ufeff\u200b yes\u00a0\u00a07F3K-\u200b92QD \n") == ["yes 7F3K-92QD"]


def test_ordinary_lines_with_colons_stay() -> None:
    text = "Two things: the first is good.\nSecond: the hour.\nBest, Ann"
    assert unquoted_lines(text) == text.splitlines()


HTML = {
    "Gmail": '<div dir="ltr">{}</div><br><div class="gmail_quote"><div class="gmail_attr">On Tue wrote:<br></div>'
    '<blockquote class="gmail_quote"><div>yes QUOTED</div></blockquote></div>',
    "Apple Mail": "<html><head><style>p {{}}</style><title>yes QUOTED</title></head><body>{}<div><br><blockquote "
    'type="cite"><div>yes QUOTED</div></blockquote></div></body></html>',
    "Outlook on the web": '<div>{}</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Press<br>'
    "<b>Sent:</b> Tuesday</div><div>yes QUOTED</div>",
    "Outlook": "<div class=WordSection1><p class=MsoNormal>{}<o:p></o:p></p><div><div style='border:none;border-top:"
    "solid #E1E1E1 1.0pt'><p class=MsoNormal><b>From:</b> Press &lt;press@example.org&gt;<br><b>Sent:</b> Tuesday<br>"
    "<b>To:</b> Ann<br><b>Subject:</b> The page</p></div></div><p>yes QUOTED</p></div>",
    "Outlook on a telephone": '<div>{}</div><div id="ms-outlook-mobile-body-separator-line"></div>'
    '<div id="mail-editor-reference-message-container"><div>yes QUOTED</div></div>',
    "Thunderbird": '<p>{}</p><div class="moz-cite-prefix">Op 24-11-26 schreef Press:<br></div><blockquote type="cite">'
    "yes QUOTED</blockquote>",
    "Yahoo": '<div>{}</div><div id="x" class="yahoo_quoted"><div>yes QUOTED</div></div>',
    "Proton": '<div>{}</div><div class="protonmail_quote">On Tue wrote:<blockquote>yes QUOTED</blockquote></div>',
    "hidden": '<div style="display: none">yes QUOTED</div><p>{}</p><span hidden>yes QUOTED</span>',
    "unclosed": "<p>{}<blockquote><p>yes QUOTED",
}


@pytest.mark.parametrize("program", HTML)
@pytest.mark.parametrize("own", ["yes 7F3K-92QD", ""])
def test_a_text_in_html_is_told_from_what_it_answers(program: str, own: str) -> None:
    assert unquoted_lines(html_text(HTML[program].format(own))) == own.splitlines()


def test_html_reads_as_it_is_shown() -> None:
    assert unquoted_lines(html_text("<p>yes&nbsp;7F3K&#45;92QD</p>\n<p>Best<br>Ann</p>")) == [
        "yes 7F3K-92QD", "Best", "Ann",
    ]  # fmt: skip
    assert unquoted_lines(html_text("<b>yes</b>\n 7F3K-\n92QD")) == ["yes 7F3K- 92QD"]


@given(st.text(max_size=400))
def test_nothing_that_arrives_breaks_it(text: str) -> None:
    unquoted_lines(text)
    unquoted_lines(html_text(text))
    unquoted_lines(html_text(f"<div>{text}"))
