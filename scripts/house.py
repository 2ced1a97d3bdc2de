"""The drawing as built: rooms, large files, long functions, and the names and docstrings that aren't plain.

    scripts/house.py            prints it
    scripts/house.py --check    ends with 1 where a share is over its limit, or a word is retired
    scripts/house.py --words    prints each text for people that has a word we no longer use

It only reads `src/orangeday/`, by its syntax: nothing is imported.
"""

from __future__ import annotations

import argparse
import ast
import html
import re
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).parent.parent / "src" / "orangeday"

MAX_UNCLEAR_NAMES = 0.5
"""In per cent of all bindings."""

MAX_INDIRECT_DOCSTRINGS = 1.0
"""In per cent of all docstrings."""

LISTED = 10
"""So many of the largest, the longest and the most frequent are printed."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PRONOUNS = _words(
    """
    it its itself he his him she her hers they them their theirs themselves we us our ours you your yours me my mine
    this that these those one ones other others another same such own some somebody someone something
    all each every everybody everyone everything both few many more most several much none nobody nothing any anybody
    anything who whom whose which what where when why how whoever whatever here there then
    """
)
"""With the adverbs that stand for a thing in the same way."""

PREPOSITIONS = _words(
    """
    about above across after against along among around at before behind below beneath beside besides between beyond
    but by down for from in inside into like near of off on onto out outside over per than through to toward towards
    under up upon via with within without
    """
)

PARTICIPLES = _words(
    """
    become begun bound broken brought built chosen come drawn fallen forgotten found frozen given gone
    heard held hidden kept laid led left lost made meant met paid put said seen sent shown spent spelt
    spoken sunk swept taken taught thought told understood withdrawn won worn written unread unseen unsent unshown
    unwritten unheard unkept unsaid misread asking beginning coming concerning going hanging lasting looking
    running sending waiting working
    """
)
"""Irregular ones, and those in -ing that aren't nouns here; any word in -ed counts too."""

WORDS = PRONOUNS | PREPOSITIONS | PARTICIPLES

STANDARD = _words(
    """
    since until closed done expected missing deferred missed published refused retracted
    bleed breed embed exceed feed indeed need proceed red seed shed speed
    """
)
"""What counts as clear all the same: usual terms, the ledger's states; and words in -ed that aren't participles."""

INDIRECT = re.compile(r"(What|How|Whether|Who)\b")
"""How a docstring opens that leaves it to the reader what a thing is or gives."""

RETIRED = re.compile(
    r"""\b(?:
        mend(?:s|ed|ing)? | whoever | hold(?:s|ing)? | sweep(?:s|ing)? | (?<!private\ )windows? | brakes?
        | (?<![\[-])ledgers?(?!\])
        | in\ flight | arm(?:s|ed|ing)? | anew | reckon(?:s|ed|ing)? | (?<!there\ )is\ no\ \w+ | nobody\ says\ it\ until
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""Words that people are no longer to read, in any form; but `[ledger]`, `--ledger` and a browser's private window."""

STORED = frozenset({"the ledger of"})
"""Texts that nobody reads: they are stored, and can't change."""

_SQL = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|BEGIN|COMMIT|ROLLBACK|LOCK|SET|WITH|REPLACE|VACUUM)\b"
)
_REGEX = re.compile(r"\\[bdswBDSW]|\(\?|\[\^")
_MARKUP = re.compile(r"<style.*?</style>|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class File(NamedTuple):
    """A module, parsed."""

    path: Path
    name: str
    """Its path below the package, as it is printed."""
    room: str
    """The folder at the top of the package; for a module there, the package itself: "."."""
    lines: int
    nodes: Sequence[ast.AST]
    """Of its syntax tree, all, in order of their lines."""


class Occurrence(NamedTuple):
    """A text at a line of a file: a name, a docstring, an import, a string."""

    file: File
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}: {self.text}"


def modules(source: Path) -> list[File]:
    """Return all modules below a folder, in order of their paths."""
    files = []
    for path in sorted(source.rglob("*.py")):
        text, relative = path.read_text("utf-8"), path.relative_to(source)
        room = relative.parts[0] if len(relative.parts) > 1 else "."
        nodes = sorted(ast.walk(ast.parse(text, str(path))), key=lambda node: getattr(node, "lineno", 0))
        files.append(File(path, relative.as_posix(), room, text.count("\n"), nodes))
    return files


# Names


def bindings(file: File) -> Iterator[Occurrence]:
    """Yield each name that a module binds, but for imports, `self`, `cls` and the members of an enum.

    These are variables, loop targets, attributes of `self`, parameters, functions and classes.
    """
    members = {id(node) for body in map(_members, file.nodes) for node in body}
    for node in file.nodes:
        name = None
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in members:
            name = node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.attr if isinstance(node.value, ast.Name) and node.value.id == "self" else None
        elif isinstance(node, ast.arg):
            name = None if node.arg in ("self", "cls") else node.arg
        elif isinstance(node, _Function | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            name = node.name
        if name and name.strip("_"):
            yield Occurrence(file, getattr(node, "lineno", 1), name)


def _members(node: ast.AST) -> list[ast.AST]:
    """Return the targets in the body of an enum: its members are states, and participles are right for these."""
    if not isinstance(node, ast.ClassDef) or not any("Enum" in ast.unparse(base) for base in node.bases):
        return []
    return [target for line in node.body if isinstance(line, ast.Assign) for target in line.targets]


def is_unclear(name: str) -> bool:
    """Return whether a name is a pronoun, a participle or a bare preposition."""
    word = name.strip("_").lower()
    regular = word.endswith("ed") and len(word) > 4 and "_" not in word
    return word not in STANDARD and (regular or word in WORDS)


# Docstrings


def docstrings(file: File) -> Iterator[Occurrence]:
    """Yield the docstrings of a module, its classes and functions, and those below a constant or a field."""
    for node in file.nodes:
        if isinstance(node, ast.Module | ast.ClassDef | _Function):
            for line in node.body:
                if (text := _text(line)) is not None:
                    yield Occurrence(file, line.lineno, text)


def _text(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return statement.value.value if isinstance(statement.value.value, str) else None
    return None


# Functions


def functions(file: File) -> Iterator[tuple[int, Occurrence]]:
    """Yield each function with its length in lines, from `def` to its end."""
    for node in file.nodes:
        if isinstance(node, _Function):
            yield (node.end_lineno or node.lineno) - node.lineno + 1, Occurrence(file, node.lineno, node.name)


def inner_imports(file: File) -> list[Occurrence]:
    """Return the imports of our own modules inside of functions, each once."""
    imports = {}
    for function in file.nodes:
        for node in ast.walk(function) if isinstance(function, _Function) else ():
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = ["orangeday" if node.level else node.module or ""]
            else:
                continue
            if any(name.split(".")[0] == "orangeday" for name in names):
                imports[node.lineno] = Occurrence(file, node.lineno, ast.unparse(node))
    return list(imports.values())


# Words


def texts(file: File) -> Iterator[Occurrence]:
    """Yield the strings of a module that people may read: those with a space, and the help of a command.

    Docstrings, regular expressions, SQL and lists of words are left out. A gap in an f-string is `{}`.
    """
    skip: set[int] = set()
    for node in file.nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skip.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            skip.update(id(part) for part in node.values)
        elif isinstance(node, ast.Call) and re.search(r"^re\.|\btext$|\.split$|^_columns$", ast.unparse(node.func)):
            skip.update(id(part) for part in ast.walk(node))
    for node in file.nodes:
        text = None
        if isinstance(node, ast.JoinedStr) and id(node) not in skip:
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skip:
            text = node.value
        elif isinstance(node, _Function) and file.room == "commands" and node.name == file.path.stem:
            text = ast.get_docstring(node)
        if text and " " in text.strip() and text not in STORED and not _SQL.match(text) and not _REGEX.search(text):
            yield Occurrence(file, getattr(node, "lineno", 1), text)


def retired_words(source: Path) -> list[str]:
    """Return `file:line: word: text` for each retired word that people read, templates included."""
    lines = []
    for file in modules(source):
        for text in texts(file):
            lines += [f"{file.name}:{text.line}: {word}: {_excerpt(text.text, word)}" for word in _retired(text.text)]
    for path in sorted(source.rglob("*.html")):
        # What is cut out leaves its line ends, so that the lines keep their numbers.
        plain = _MARKUP.sub(lambda match: " " + "\n" * match[0].count("\n"), path.read_text("utf-8"))
        for number, line in enumerate(html.unescape(plain).splitlines(), 1):
            name = path.relative_to(source).as_posix()
            lines += [f"{name}:{number}: {word}: {_excerpt(line, word)}" for word in _retired(line)]
    return lines


def _retired(text: str) -> list[str]:
    return [match[0] for match in RETIRED.finditer(text) if match[0] != "Windows"]


def _excerpt(text: str, word: str) -> str:
    """Return the text on one line, and of a long one what stands around the word."""
    line = " ".join(text.split())
    start = max(0, line.find(" ".join(word.split())) - 50)
    return f"{'…' if start else ''}{line[start : start + 110]}{'…' if len(line) > start + 110 else ''}"


# What is printed


class Share(NamedTuple):
    """How many of a kind are as they shouldn't be."""

    name: str
    number: int
    total: int
    limit: float

    @property
    def percent(self) -> float:
        return 100 * self.number / self.total if self.total else 0.0

    def __str__(self) -> str:
        return f"{self.name}: {self.number} of {self.total}, {self.percent:.1f} % (limit {self.limit} %)"


def shares(files: Sequence[File]) -> tuple[Share, Share]:
    """Return the two shares that have a limit: of unclear names, and of indirect docstrings."""
    names = [one.text for file in files for one in bindings(file)]
    docs = [one.text for file in files for one in docstrings(file)]
    return (
        Share("names that are a pronoun, a participle or a preposition", sum(map(is_unclear, names)), len(names),
              MAX_UNCLEAR_NAMES),
        Share("docstrings that open with What, How, Whether or Who", sum(bool(INDIRECT.match(d)) for d in docs),
              len(docs), MAX_INDIRECT_DOCSTRINGS),
    )  # fmt: skip


def drawing(files: Sequence[File]) -> Iterator[str]:
    """Yield the drawing as built, line by line."""
    rooms: dict[str, list[File]] = defaultdict(list)
    for file in files:
        rooms[file.room].append(file)
    yield f"{'room':12} {'files':>5} {'lines':>6} {'docs':>5} {'indirect':>8}"
    for room, members in sorted(rooms.items()):
        docs = [one.text for file in members for one in docstrings(file)]
        indirect = sum(bool(INDIRECT.match(text)) for text in docs)
        share = f"{100 * indirect / len(docs):6.1f} %" if docs else ""
        yield f"{room:12} {len(members):5} {sum(file.lines for file in members):6} {len(docs):5} {share:>8}"
    yield f"{'all':12} {len(files):5} {sum(file.lines for file in files):6}"

    yield "\nLargest files"
    for file in sorted(files, key=lambda file: -file.lines)[:LISTED]:
        yield f"{file.lines:5}  {file.name}"

    lengths = sorted((pair for file in files for pair in functions(file)), key=lambda pair: -pair[0])
    if lengths:
        lines = [length for length, _ in lengths]
        p99 = lines[len(lines) // 100]
        yield f"\nFunctions: {len(lines)}, median {statistics.median(lines):g} lines, p99 {p99}; the longest"
        for length, function in lengths[:LISTED]:
            yield f"{length:5}  {function}"

    imports = [one for file in files for one in inner_imports(file)]
    yield f"\nImports of our own modules inside functions: {len(imports)}"
    yield from (f"{number:5}  {name}" for name, number in Counter(one.file.name for one in imports).most_common(LISTED))

    unclear = Counter(one.text.strip("_").lower() for file in files for one in bindings(file) if is_unclear(one.text))
    yield "\nUnclear names, the most frequent"
    yield "  " + "  ".join(f"{name} {number}" for name, number in unclear.most_common(4 * LISTED))

    yield ""
    yield from map(str, shares(files))


def main(arguments: Sequence[str] | None = None, source: Path = SOURCE) -> int:
    """Print what is asked for. Return 1 if `--check` finds a share over its limit or a retired word, otherwise 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="end with 1 where it is worse than the limits")
    parser.add_argument("--words", action="store_true", help="print the texts with a word that is no longer used")
    options = parser.parse_args(arguments)
    if options.words:
        lines = retired_words(source)
        print(*lines, f"{len(lines)} retired words in texts for people", sep="\n")
        return 0
    files = modules(source)
    if not options.check:
        print(*drawing(files), sep="\n")
        return 0
    retired = retired_words(source)
    print(*retired, *(["Say these in other words."] if retired else []), sep="\n", end="\n" if retired else "")
    violations = [share for share in shares(files) if share.percent > share.limit]
    print(
        *(f"{share}: too many" for share in violations),
        *(share for share in shares(files) if share not in violations),
        sep="\n",
    )
    if violations:
        print("Which they are: scripts/house.py")
    return bool(violations or retired)


if __name__ == "__main__":
    sys.exit(main())
