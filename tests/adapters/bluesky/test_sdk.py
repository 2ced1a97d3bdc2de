"""What we load of Bluesky's SDK, in processes of their own: what is loaded once stays loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

USED = "from orangeday.adapters.bluesky.sdk import ClientBase, RequestBase, Response\n"
WHOLE = (
    "from atproto import Client, models\nimport atproto_client, httpx, pydantic_core\n"
    "record = {'$type': 'app.bsky.feed.post', 'text': 'Day 1.', 'createdAt': '2026-11-25T09:00:00.000Z'}\n"
    "assert models.AppBskyFeedPost.Record.model_validate(record).text == 'Day 1.'\n"
    "assert Client().com.atproto.repo.put_record.__name__ == 'put_record' and atproto_client.Client is Client\n"
    "assert issubclass(atproto_client.models.utils.BaseModel, pydantic_core.from_json('[1]') and object)\n"
)


def python(code: str, folder: Path | None = None) -> str:
    """What it prints; what it imports from `folder` comes before all else."""
    first = f"import sys; sys.path.insert(0, {str(folder)!r})\n" if folder else ""
    done = subprocess.run([sys.executable, "-c", first + code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_not_used_is_not_loaded() -> None:
    unused = {"pydantic", "pydantic_core", "atproto_client.models", "atproto_client.client.client", "atproto_core.cid"}
    assert python(f"{USED}import sys; print({unused} & sys.modules.keys())") == "set()\n"


@pytest.mark.parametrize("code", [USED + WHOLE, WHOLE + USED + WHOLE])
def test_whoever_wants_the_whole_of_it_has_the_whole_of_it(code: str) -> None:
    python(code)


def test_its_own_reading_of_an_answer_is_loaded_when_it_is_wanted() -> None:
    said = python(
        f"{USED}import httpx\nfrom atproto_client import exceptions\nfrom atproto_client.request import Request\n"
        "answer = httpx.Response(400, json={'error': 'InvalidRequest', 'message': 'no'})\n"
        "request = Request(transport=httpx.MockTransport(lambda _: answer))\n"
        "try:\n    request.get('https://example.org')\n"
        "except exceptions.BadRequestError as failure:\n    print(failure)\n"
    )
    assert "InvalidRequest" in said


BASES = {
    "as it is": "from atproto_client.models.utils import thing\nclass ClientBase: made = staticmethod(thing)\n",
    "with a class of its models": "from atproto_client.models.utils import Thing\nclass ClientBase(Thing): pass\n",
    "with what its package makes": "import atproto_client\nclass ClientBase: made = atproto_client.made\n",
    "with its models at work": "from atproto_client.models.utils import things\nclass ClientBase: made = sum(things)\n",
}


@pytest.mark.parametrize("base", BASES.values(), ids=[*BASES])
def test_one_that_is_built_otherwise_is_imported_as_ever(base: str, tmp_path: Path) -> None:
    files = {
        "__init__.py": "made = 1\nfrom atproto_client.client.base import ClientBase\n",
        "client/__init__.py": "",
        "client/base.py": base,
        "models/__init__.py": "",
        "models/utils.py": "class Thing: made = 1\ndef thing(): return 1\nthings = [1]\n",
        "request.py": "class RequestBase: pass\nclass Response: pass\n",
    }
    for name, content in files.items():
        file = tmp_path / "atproto_client" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    made = "made = ClientBase.made() if callable(ClientBase.made) else ClientBase.made\n"
    code = f"{USED}{made}import atproto_client, atproto_client.models.utils as utils\n"
    assert python(f"{code}print(made, atproto_client.made, utils.things)", tmp_path) == "1 1 [1]\n"


def test_one_that_is_not_there_is_an_import_error(tmp_path: Path) -> None:
    (tmp_path / "atproto_client.py").write_text("", encoding="utf-8")
    code = f"try:\n    {USED}except ImportError as failure:\n    print(failure.name)"
    assert python(code, tmp_path) == "atproto_client.client\n"
