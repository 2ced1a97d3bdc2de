"""Rules about what other programs and earlier versions leave in a text: notes, templates, markup, rewritten links.

What nobody means is an error; what somebody might mean is a warning, which can be accepted. LEFTOVERS has the kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit

from orangeday.content.problems import Location, Problem, Scope, error, warning
from orangeday.content.senders import SENDER
from orangeday.rules.context import RuleContext, SourceText, Use
from orangeday.rules.prose import base_language, prose_of, without_addresses
from orangeday.text.display import PRIVATE
from orangeday.text.phrases import short_list

_ALL_USES = frozenset(Use)
_LITERAL_USES = _ALL_USES - {Use.TEMPLATE, Use.ALT}


@dataclass(frozen=True, slots=True)
class Leftover:
    """A kind of leftover: the pattern that finds it, and what is said of it; `{}` is what was found."""

    rule: str
    make_problem: Callable[[str, Location, str, str, Scope], Problem]
    pattern: str
    message: str
    hint: str | Callable[[str], str]
    uses: frozenset[Use] = _ALL_USES
    reader: Callable[[str], str] = str
    """Gives the part of a text that it is looked for in, with each character at its place."""
    is_meant: Callable[[str, str, str | None], bool] = lambda match_text, text, language: False
    """Tells whether what was found, in this text in this language, is no leftover."""
    holds: bool = False
    """True if a live run sends nothing that has it."""
    signs: tuple[str, ...] = ("",)
    """Every match has one of these in it: a text without any needn't be looked through."""


# What was to be replaced

_TODO_IS_A_WORD = ("es", "gl", "pt")


def _is_todo_a_word(note: str, text: str, language: str | None) -> bool:
    if note != "TODO":
        return False
    if language is None:  # a title may be in any
        return not re.search(r"\ATODO\s*\Z|TODO:", text)
    return base_language(language) in _TODO_IS_A_WORD


_CONFLICT = (
    r"(?:(?<!<)<{7} [^\n]*|^<{7})\n[\s\S]*?^={7}$[\s\S]*?^>{7}(?: [^\n]*|$)"
    r"|^(?:<{7}|>{7}|\|{7}) \S[^\n]*"
    r"|(?<!<)<{7} (?:HEAD|ours|theirs|Updated upstream|[\w.-]+/[\w./-]+|[0-9a-f]{7,40})\b"
    r"|^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@|^diff --git [^\n]*"
)
"""The marks of Git and its kin in a file of two versions; an editor may have folded the first line into another."""

_FILL_IN = r"link|url|lien|enlace|name|nom|naam|nombre|date|datum|fecha|city|ville|stad|stadt|ciudad|country|pays|país"
_TEMPLATE = "|".join((
    rf"\[(?:{_FILL_IN.upper()}|PLACEHOLDER|HASHTAGS?|HANDLE|TITRE|TITEL|EMBASSY|AMBASSADE|TK|[A-Z]+(?:_[A-Z]+)+)\]",
    r"(?i:\[(?:insert|insérer|à insérer|à compléter|invoegen|in te vullen|insertar|inserir)(?: [^\[\]\n]{1,60})?\])",
    r"(?i:\[(?:your|votre|uw|ihr|tu|su) (?:name|nom|naam|nombre|embassy|ambassade|botschaft|embajada|city|country)\])",
    r"(?i:\[[^\[\]\n]{1,60} (?:einfügen|einsetzen|invoegen|invullen|à compléter)\])",
    # Two braces around several words, or an expression; around one word they are another rule's.
    r"(?<!\{)\{\{(?! *@?[\w-]+ *\}\})[^{}\n]*[^\W\d_]{2}[^{}\n]*\}\}(?!\})",
    r"\$\{[^{}\n]*\}|<%[^\n]*?%>|\{%[^\n]*?%\}|<\?(?:php|=)|\*\|[^|\s][^|\n]*\|\*|«\w+_\w+»",
    r"%%[^%\s][^%\n]*%%|(?<![\w%])%[A-Z][A-Z_]{2,}%(?![\w%])",
    # What Word and Excel write where something can't be found, and a program that was given no text.
    r"(?i:error! (?:reference source|bookmark) not|erreur ?! (?:source du renvoi|signet)"
    r"|fout! (?:verwijzingsbron|bladwijzer)|fehler! (?:verweisquelle|textmarke))",
    r"#REF!|#DIV/0!|#N/A(?!\w)|\[object Object\]",
))  # fmt: skip
"""The gaps of templates: of mail programs, spreadsheets, word processors and of people."""

# What other programs write their texts in


def _entity_hint(entity: str) -> str:
    from html import unescape

    character = entity if entity.endswith(";") else f"{entity};"
    while character != unescape(character):
        character = unescape(character)
    if character.isspace():
        return "Write a space in its place."
    return f"Write {character} in its place." if character.isprintable() else "Delete it."


_ENTITY = (
    r"&(?:amp;)*(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    # Without its semicolon, where nobody means anything else: “AT&T”, “?a=1&copy=2” and “&#16Days” are meant.
    r"|&(?:amp|nbsp|quot|apos|rsquo|lsquo|hellip|eacute|egrave|euro|[lg]t)(?![\w=;])"
    r"|&nbsp(?=[^\W_])|&#0*(?:3[489]|6[02]|1[6-9]\d|2[0-4]\d|25[0-5]|82\d\d|8364|8482)(?!\d)"
)


def _is_no_entity(entity: str, _text: str, _language: str | None) -> bool:
    from html.entities import html5

    return entity.endswith(";") and not entity.startswith(("&amp;", "&#")) and entity[1:] not in html5


_ESCAPES = "|".join((
    r"\\(?:[nrt]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})",
    r"(?<=[^\W\d_])%(?:20|C3%[89AB][0-9A-F])(?=[^\W\d_])|%E2%80%[89AB][0-9A-F]",  # an address's
    r"\\'[0-9a-f]{2}|_x[0-9A-F]{4}_",  # RTF's and Excel's
    # A mail's: bytes of UTF-8, a space at the end of a line, a word of a subject.
    r"=(?:C[2-9A-F]|D[0-9A-F])=[89AB][0-9A-F]|=E[0-9A-F](?:=[89AB][0-9A-F]){2}|=F[0-4](?:=[89AB][0-9A-F]){3}|(?<=[^\W\d_])=20$",
    r"=\?[\w-]+\?[QBqb]\?[^?\s]*\?=",
))  # fmt: skip
"""The ways in which programs write a character that a file, a line or a letter of theirs can't have."""

_TAGS = (
    "a|abbr|article|aside|b|big|blockquote|body|br|center|cite|code|dd|del|div|dl|dt|em|font|footer|h[1-6]|head|header|hr"
    "|html|i|iframe|img|ins|kbd|li|main|mark|nav|ol|p|pre|q|s|script|section|small|span|strike|strong|style|sub|sup|svg"
    "|table|tbody|td|tfoot|th|thead|tr|u|ul|video|wbr"
)
_MARKUP = (
    rf"(?i:</?(?:{_TAGS})(?:\s[^<>\n]*)?/?>|</[a-z][^<>\n]*>|<!--[\s\S]*?-->|<!(?:doctype|\[)[^<>\n]*>"
    r"|<[a-z]+:[a-z][^<>\n]*>|\[/[a-z]{1,10}\]|\[(?:url|img|color|size|quote)=[^\]\n]*\]"
    r"|\[(?:b|i|u|s|url|img|quote)\](?=[^\[\]\n]*\[/))"
)
_MARKDOWN_LINK = (
    r"!?\[[^\[\]\n]+\]\((?:(?:https?://|mailto:|www\.|\{link\})[^()\s]*|(?:[\w-]+\.)+[a-z]{2,}(?:/[^()\s]*)?)\)"
)
_MARKDOWN = "|".join((
    r"\*\*(?=[^\s*])[^*\n]*[^\s*]\*\*|(?<![\w/])__(?=[^\s_])[^\n]{0,200}?[^\s_]__(?!\w)|~~(?=[^\s~])[^~\n]*[^\s~]~~",
    # One alone around a word or more; not the star of “Kolleg*innen”, the bars of snake_case, or a face.
    r"(?<![\w*\\/])\*(?=[^\W_]|[“\"«„{(])[^*\n]{0,80}(?<=[\w.!?”\"»“})])\*(?![\w*])",
    r"(?<![\w@#/.\\-])_(?=[^\W_]|[“\"«„{(])[^_\n]{0,80}(?<=[^\W_]|[.!?”\"»“})])_(?!\w)",
    r"^#{1,6} +\S[^\n]*|^={3,}$|^`{3,}[^\n]*|(?<![\w`])`[^`\n]+`(?![\w`])",
))  # fmt: skip

LEFTOVERS = (
    Leftover(
        "leftover", error, _CONFLICT, "a merge conflict is left here, at “{}”.",
        "Keep one of its versions, and delete the others and the lines with <<<<<<<, ======= and >>>>>>>.", holds=True,
        signs=("<<<<<<<", ">>>>>>>", "|||||||", "@@ ", "diff --git "),
    ),
    Leftover(
        "leftover", error, r"\b(?:TODO|TBD|FIXME|XXX+)\b|(?i:\blorem ipsum\b)|\A\s*(?:…|\.{3,})\s*\Z",
        "“{}” was left here to be replaced.", "Write what belongs there.", reader=prose_of, is_meant=_is_todo_a_word,
        holds=True,
    ),
    Leftover(
        "leftover", error, _TEMPLATE, "“{}” was left here to be replaced.", "Write what belongs there.", holds=True,
        signs=("[", "{{", "${", "<%", "{%", "<?", "*|", "«", "%", "!", "#N/A"),
    ),
    Leftover(
        "leftover", error, r"\{+ *@?[\w-]+ *\}+", "{} stands where nothing is filled in.",
        "Write what belongs there: placeholders are for texts alone.", uses=_LITERAL_USES,
        holds=True, signs=("{",),
    ),
    Leftover(
        "leftover", error,
        r":?contentReference\[oaicite[^\]\n]*\](?:\{[^}\n]*\})?|\boaicite\b|【\d+[†:][^】\n]*】"
        r"|(?:cite)?turn\d+(?:search|news|view|fetch|image)\d+",
        "“{}” is a mark of the program that wrote this, not a source.", "Delete it.",
        signs=("oaicite", "【", "turn"),
    ),
    Leftover(
        "html-entity", error, _ENTITY,
        "“{}” is how web pages write a character: here it is posted as it stands.", _entity_hint,
        is_meant=_is_no_entity, signs=("&",),
    ),
    Leftover(
        "escape-sequence", error, _ESCAPES,
        "“{}” is how programs write a character: here it is posted as it stands.", "Type the character itself.",
        reader=prose_of, signs=("\\", "%", "_x", "="),
    ),
    Leftover(
        "markup", warning, _MARKUP, "“{}” is markup: platforms show it as it stands.",
        "Delete it: no platform makes anything bold or begins a line by it.", signs=("<", "["),
    ),
    Leftover(
        "markdown", warning, _MARKDOWN_LINK, "“{}” is a link in Markdown: platforms show its brackets as they stand.",
        "Write the address alone.", signs=("](",),
    ),
    Leftover(
        "markdown", warning, _MARKDOWN, "“{}” is Markdown: platforms show its marks as they stand.",
        "Leave the marks out.", reader=without_addresses, signs=("*", "_", "~~", "# ", "===", "`"),
    ),
    Leftover(
        "bracketed", warning, r"\[[^\W\d_][^\[\]\n]{2,40}\]|<[^\W\d_][^<>\n]{2,40}>",
        "“{}” looks like something to fill in.", "Write what belongs there.", reader=prose_of,
        signs=("[", "<"),
    ),
    Leftover(
        "private-character", warning, f"{PRIVATE}+",
        "“{}” is a sign of one font, such as a bullet of Word: readers see an empty box.", "Type another sign.",
    ),
)  # fmt: skip
"""The kinds of leftovers that a pattern finds, the surest first: what one has found is no other's."""


def leftover_note(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each conflict, note such as TODO, and gap of a template: an ambassador would say it."""
    for source in context.source_texts:
        yield from _problems(source, holds=True)


def pasted_markup(context: RuleContext) -> Iterator[Problem]:
    """Yield a problem for each piece of markup, Markdown and the like: platforms show it as it stands."""
    for source in context.source_texts:
        yield from _problems(source, holds=False)


def double_braces(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each placeholder with two braces, as in other programs: here two are posted as one."""
    for source in context.source_texts:
        if source.use is Use.TEMPLATE:
            for match in re.finditer(r"(?<!\{)\{\{ *(@?[\w-]+) *\}\}(?!\})", source.text):
                message = f"{match[0]} would go out as {match[0][1:-1]}."
                hint = f"Write {{{match[1]}}} for a placeholder."
                yield from source.problems(error, "double-braces", match.start(), message, hint)


def placeholder_in_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each placeholder in an alt text: that is posted as it stands, with its braces."""
    for source in context.source_texts:
        if source.use is Use.ALT:
            for match in re.finditer(r"\{ *@?[\w-]+ *\}", source.text):
                if SENDER.fullmatch(match[0]):  # where it can't be filled in, `unfilled_sender` says so
                    continue
                message = f"{match[0]} stands in an alt text, where nothing is filled in but a card's {{sender}}."
                hint = "Write what the picture shows without it."
                yield from source.problems(error, "placeholder-in-alt", match.start(), message, hint)


def _problems(source: SourceText, *, holds: bool) -> Iterator[Problem]:
    """Yield the problems with the leftovers of a text, with those that hold it or with the others."""
    for start, leftover, kind in _find(str(source.text), source.use, source.language):
        if kind.holds is holds:
            first_line = leftover.partition("\n")[0].rstrip()
            excerpt = first_line if len(first_line) <= _MAX_QUOTED else f"{first_line[:_MAX_QUOTED]}…"
            hint = kind.hint if isinstance(kind.hint, str) else kind.hint(leftover)
            yield from source.problems(kind.make_problem, kind.rule, start, kind.message.format(excerpt), hint)


_MAX_QUOTED = 60
"""The limit of what a message quotes of a leftover, in characters."""


@lru_cache(maxsize=4096)
def _find(text: str, use: Use, language: str | None) -> tuple[tuple[int, str, Leftover], ...]:
    """Return the leftovers of a text: offset, leftover and kind. Where two overlap, the first kind has it."""
    mask = bytearray(len(text))
    leftovers = []
    for kind in LEFTOVERS:
        if use not in kind.uses or not any(sign in text for sign in kind.signs):
            continue
        for match in re.finditer(kind.pattern, kind.reader(text), re.MULTILINE):
            leftover = match[0].lstrip()
            start, end = match.end() - len(leftover), match.end()
            if not any(mask[start:end]) and not kind.is_meant(leftover, text, language):
                leftovers.append((start, leftover, kind))
                mask[start:end] = b"x" * (end - start)
    return tuple(leftovers)


# Addresses


def rewritten_link(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each address that a mail program or a network put in the place of another's."""
    for source in context.source_texts:
        for match in re.finditer(_ADDRESS, source.text):
            host = next((host for pattern, host in _REWRITERS.items() if re.match(pattern, match[0])), None)
            if host:
                message = f"this address leads through {host}, which put it in the place of another."
                original = _original(match[0])
                hint = f"Write that one: {original}" if original else "Open it, and write the address where it ends."
                yield from source.problems(error, "rewritten-link", match.start(), message, hint)


def tracking_link(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each address with parameters by which others count and follow its readers."""
    for source in context.source_texts:
        for match in re.finditer(_ADDRESS, source.text):
            if parameters := _tracking_parameters(match[0]):
                names = short_list(list(dict.fromkeys(name.partition("=")[0] for name in parameters)), 3)
                message = f"this address has parameters that follow its readers: {names}."
                hint = f"Write it without: {_remove(match[0], parameters)}"
                yield from source.problems(warning, "tracking-link", match.start(), message, hint)


_ADDRESS = r"(?i:https?)://[^\s<>\"“”„«»]+(?<![.,;:!?)])"

_REWRITERS = {
    r"(?i)https?://[\w.-]*\bsafelinks\.protection\.(?:outlook|office365)\.[a-z]+/": "Outlook's Safe Links",
    r"(?i)https?://urldefense\.(?:proofpoint\.)?(?:com|us)/": "Proofpoint's URL Defense",
    r"(?i)https?://[\w.-]*\bmimecast(?:protect)?\.com/": "Mimecast",
    r"(?i)https?://linkprotect\.cudasvc\.com/": "Barracuda's Link Protection",
    r"(?i)https?://secure-web\.cisco\.com/": "Cisco's Secure Web",
    r"(?i)https?://[\w.-]*\btrendmicro\.com(?::\d+)?/wis/clicktime/": "Trend Micro",
    r"(?i)https?://(?:www\.)?google\.[a-z.]+/url\?": "Google",
    r"(?i)https?://lm?\.(?:facebook|instagram)\.com/": "Facebook",
    r"(?i)https?://(?:www\.)?linkedin\.com/(?:safety/go|redir/redirect)": "LinkedIn",
    r"(?i)https?://(?:www\.)?youtube\.com/redirect\?": "YouTube",
    r"(?i)https?://[\w.-]+\.list-manage\.com/track/click": "Mailchimp",
}
"""The senders of addresses of their own, which expire and follow readers: the pattern of these, and the name."""


def _original(address: str) -> str | None:
    """Return the address that a rewritten one stands for; None where it doesn't say so."""
    from html import unescape

    if third := re.search(r"/v3/__(.+?)__;", address):  # Proofpoint's third way; a * stands for what it has elsewhere
        candidates = [third[1]]
    elif cisco := re.search(r"/(https?%3A%2F%2F[^/?#]+)\Z", address, re.I):
        candidates = [unquote(cisco[1])]
    else:
        try:
            query = parse_qs(unescape(urlsplit(address).query))
        except ValueError:
            return None
        candidates = [value for name in ("url", "u", "q", "a") for value in query.get(name, ())]
        if "urldefense" in address and "/v2/" in address:  # its second way
            candidates = [unquote(value.replace("-", "%").replace("_", "/")) for value in candidates]
    return next(
        (c for c in candidates if re.fullmatch(r"https?://[^\s<>\"*]+\.[^\s<>\"*]+", c) and c.isprintable()), None
    )


_TRACKING = (
    r"(?i)(?<=[?&;])(?:utm_\w+|fbclid|gclid|gclsrc|gbraid|wbraid|dclid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id"
    r"|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|vero_id|oly_(?:enc|anon)_id|rb_clickid|ref_src|ref_url|xtor|at_medium"
    r"|at_campaign|wt\.mc_id|(?:pk|mtm|piwik)_\w+)=[^&#\s]*"
)
_SHARING = {
    r"(?i)https?://(?:[\w-]+\.)*(?:youtu\.be|youtube\.com|spotify\.com)/": r"(?<=[?&;])si=[^&#\s]*",
    r"(?i)https?://(?:[\w-]+\.)?(?:x|twitter)\.com/": r"(?<=[?&;])[st]=[^&#\s]*",
}
"""The parameters that some sites add to an address shared from them, by the pattern of their addresses."""


def _tracking_parameters(address: str) -> list[str]:
    """Return the parameters of an address that follow its readers, with their values."""
    patterns = [_TRACKING, *(pattern for site, pattern in _SHARING.items() if re.match(site, address))]
    return [match[0] for pattern in patterns for match in re.finditer(pattern, address)]


def _remove(address: str, parameters: Iterable[str]) -> str:
    """Return an address without these parameters."""
    for parameter in parameters:
        address = re.sub(
            rf"(?:&(?:amp;)?{re.escape(parameter)}|(?<=\?){re.escape(parameter)}(?:&(?:amp;)?)?)", "", address
        )
    return re.sub(r"\?(?=#|\Z)", "", address)
