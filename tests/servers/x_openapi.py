"""X's OpenAPI document, and what in a request or an answer departs from it.

Where the document says otherwise than X's documentation, the libraries and the answers that people quote, the latter
are right, and the names are put into the document's before they are compared: that is RENAMED.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .faulty_proxy import Seen

RENAMED = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "tweet.fields": "post.fields",
}
_OLD_HOST, _NEW_HOST = "https://api.twitter.com/", "https://api.x.com/"

_KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


class OpenApi:
    """The document."""

    def __init__(self, file: Path) -> None:
        self._document = json.loads(file.read_text("utf-8"))

    def request_wrongs(self, seen: Seen) -> Iterator[str]:
        """What is wrong with a request."""
        operation, in_path = self._operation(seen)
        given: dict[str, str] = {**in_path}
        given |= {RENAMED.get(name, name): value for name, value in parse_qsl(urlsplit(seen.path).query)}
        for parameter in map(self._resolved, operation.get("parameters", [])):
            name, schema = parameter["name"], self._resolved(parameter["schema"])
            if name in given:
                yield from self.wrongs(schema, _as(schema["type"], given.pop(name)), name)
            elif parameter.get("required"):
                yield f"{name}: missing"
        yield from (f"{name}: not in the document" for name in given)
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"][seen.headers["Content-Type"]]["schema"]
            yield from self.wrongs(schema, json.loads(seen.body), "body")
        elif seen.body:
            yield "body: not in the document"

    def answer_wrongs(self, seen: Seen, status: int, body: bytes) -> Iterator[str]:
        """What is wrong with an answer."""
        responses = self._operation(seen)[0]["responses"]
        said = json.loads(body)
        if str(status) in responses:
            yield from self.wrongs(responses[str(status)]["content"]["application/json"]["schema"], said, "answer")
        elif status < 400:
            yield f"{status}: not in the document"
        else:
            schemas = responses["default"]["content"]
            problem = self._resolved(schemas["application/problem+json"]["schema"])
            type_ = said["type"].replace(_OLD_HOST, _NEW_HOST)
            if type_ in problem["discriminator"]["mapping"]:
                yield from self.wrongs(problem, said, "answer", open_=True)
            else:  # about:blank and the like, which the document doesn't list
                yield from (f"answer.{name}: missing" for name in ("title", "detail", "type") if not said.get(name))

    def wrongs(self, schema: Mapping[str, Any], value: object, where: str, open_: bool = False) -> Iterator[str]:
        """What is wrong with a value; with `open_`, it may have more than is documented."""
        schema = self._resolved(schema)
        if value is None and schema.get("nullable"):
            return
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                tried = [list(self.wrongs(one, value, where, open_)) for one in schema[choice]]
                if all(tried):
                    yield min(tried, key=len)[0]
        for part in schema.get("allOf", ()):
            yield from self.wrongs(part, value, where, open_)
        kind = schema.get("type")
        if kind and (not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")):
            yield f"{where}: {value!r} is no {kind}"
        elif isinstance(value, str):
            yield from _text_wrongs(schema, value, where)
        elif isinstance(value, int | float):
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                yield f"{where}: {value} is out of bounds"
        elif isinstance(value, list):
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                yield f"{where}: {len(value)} items"
            for number, item in enumerate(value):
                yield from self.wrongs(schema.get("items", {}), item, f"{where}[{number}]", open_)
        elif isinstance(value, dict):
            known = schema.get("properties", {})
            renamed = {RENAMED.get(name, name): item for name, item in value.items()}
            yield from (f"{where}.{name}: missing" for name in schema.get("required", ()) if name not in renamed)
            for name, item in renamed.items():
                if name in known:
                    yield from self.wrongs(known[name], item, f"{where}.{name}", open_)
                elif known and not open_:
                    yield f"{where}.{name}: not in the document"

    def _operation(self, seen: Seen) -> tuple[dict[str, Any], dict[str, str]]:
        called = urlsplit(seen.path).path
        for pattern, verbs in sorted(self._document["paths"].items(), key=lambda item: "{" in item[0]):
            match = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern), called)
            if match and seen.method.lower() in verbs:
                return verbs[seen.method.lower()], match.groupdict()
        raise AssertionError(f"{seen.method} {called} is not in the document")

    def _resolved(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            found = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return dict(schema)


def _text_wrongs(schema: Mapping[str, Any], value: str, where: str) -> Iterator[str]:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} is not {schema['pattern']}"
    if "enum" in schema and value.replace(_OLD_HOST, _NEW_HOST) not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield f"{where}: {len(value)} characters"
    if schema.get("format") == "date-time" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value):
        yield f"{where}: {value!r} is no moment"


def _as(kind: str, value: str) -> object:
    """A parameter of a query as its schema has it."""
    if kind == "integer":
        return int(value)
    return value.split(",") if kind == "array" else value
