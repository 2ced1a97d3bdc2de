"""A real browser for the tests: Chromium, without a window and without a network, and the auditor axe inside it.

Both come from npm; where that Chromium can't run (it is made for Linux on x86-64), one that the machine has is taken.
"""

from __future__ import annotations

import platform
import shutil
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Error, Page, ViewportSize, sync_playwright

from ..support.external_tools import ENVIRONMENT, NotHere, do, from_npm, or_skipped

RECIPE = Path(__file__).parent / "chromium"
INSTALLED = ("package.json", "package-lock.json", "unpack.mjs")
ARGUMENTS = ["--no-sandbox", "--no-zygote", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
  <alias binding="strong"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="strong"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
"""
"""So that a page is as long on every machine: in the letters that came along, about as wide as a telephone's."""


@dataclass
class Seen:
    """A page, and what it did that no page of ours may."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    @property
    def untoward(self) -> list[str]:
        return [*self.console, *self.requests, *self.dialogs]


TELEPHONE: ViewportSize = {"width": 390, "height": 844}
"""A telephone's screen, in CSS pixels."""


def screens(seen: Seen) -> float:
    """How many screens of a telephone a page is long; none of it is beside the screen."""
    seen.page.set_viewport_size(TELEPHONE)
    assert seen.page.evaluate("document.documentElement.scrollWidth") == TELEPHONE["width"]
    height: int = seen.page.evaluate("document.documentElement.scrollHeight")
    return height / TELEPHONE["height"]


class Browser:
    """Opens pages, each in a context of its own that remembers nothing."""

    def __init__(self, chromium: Chromium, axe: str) -> None:
        self._chromium = chromium
        self._axe = axe

    @contextmanager
    def open(self, file: Path, width: int = 1280, scheme: Any = "light", **how: Any) -> Iterator[Seen]:
        """The file as a browser shows it; `how` as Playwright's `new_context` takes it."""
        context = self._chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce", **how
        )
        try:
            seen = Seen(context.new_page())
            address = file.resolve().as_uri()
            seen.page.on("console", lambda message: seen.console.append(f"{message.type}: {message.text}"))
            seen.page.on("pageerror", lambda error: seen.console.append(str(error)))
            context.on("request", lambda request: seen.requests.append(request.url))

            def dismiss(dialog: Any) -> None:
                seen.dialogs.append(dialog.message)
                dialog.dismiss()

            seen.page.on("dialog", dismiss)
            seen.page.goto(address, wait_until="load")
            seen.requests[:] = [url for url in seen.requests if url != address and not url.startswith("data:")]
            yield seen
        finally:
            context.close()

    def audit(self, page: Page, colours: str = "*") -> list[str]:
        """What axe finds wrong with it, but for trifles: how bad, by which rule, and the first elements.

        Contrast, most of its work, is looked at in the elements that the selector `colours` names.
        """
        page.evaluate(self._axe)
        page.evaluate("selector => axe.configure({rules: [{id: 'color-contrast', selector}]})", colours)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)")
        return [
            f"{violation['impact']} {violation['id']}: {[node['html'][:200] for node in violation['nodes'][:3]]}"
            for violation in found
            if violation["impact"] in ("moderate", "serious", "critical")
        ]


def installed() -> Path:
    """The folder with Chromium and axe, made if need be. Raises NotHere."""
    return from_npm("a browser for the tests", "300 MB, some seconds", RECIPE, INSTALLED, _unpacked)


def _unpacked(folder: Path) -> None:
    node = shutil.which("node")
    if node is None:
        raise NotHere("Node is not installed, and unpacks the browser")
    archives = ("al2023.tar", "fonts.tar")
    do([node, "unpack.mjs", "chromium", *archives], folder)
    for name in archives:
        with tarfile.open(folder / name) as archive:
            archive.extractall(folder, filter="data")
        (folder / name).unlink()
    shutil.rmtree(folder / "node_modules" / "@sparticuz")  # as large again, and done with
    (folder / "chromium").chmod(0o755)
    (folder / "fonts.conf").write_text(FONTS.format(folder=folder.with_suffix("")))


def _program(folder: Path) -> tuple[Path, dict[str, str]]:
    """A Chromium that runs here, and its environment. Raises NotHere."""
    if sys.platform == "linux" and platform.machine() == "x86_64":
        environment = ENVIRONMENT | {"LD_LIBRARY_PATH": str(folder / "lib")}
        fonts = folder / "fonts.conf"
        current = FONTS.format(folder=folder)
        if fonts.read_text("utf-8") != current:  # it was installed by a version before
            fonts.write_text(current, "utf-8")
        environment["FONTCONFIG_FILE"] = str(fonts)
        return folder / "chromium", environment
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"):
        if found := shutil.which(name):
            return Path(found), ENVIRONMENT
    raise NotHere("no Chromium is installed here, and the one from npm is for Linux on x86-64")


@contextmanager
def running() -> Iterator[Browser]:
    """A browser of one's own. Raises NotHere."""
    folder = installed()
    program, environment = _program(folder)
    axe = (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=program, args=ARGUMENTS, env={**environment})
        except Error as failure:
            raise NotHere(f"{program} does not start: {str(failure)[-2000:]}") from failure
        try:
            yield Browser(chromium, axe)
        finally:
            chromium.close()


@pytest.fixture(scope="module")  # no longer: Playwright keeps an event loop running, which others have to do without
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A browser, or a skipped test."""
    with or_skipped():
        capture = request.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():  # half a minute of silence would look like a hang
            installed()
        with running() as found:
            yield found
