"""The whole product as a newcomer starts it: `tenantry demo`, and a real browser in front of it."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
_ASKED_OF_AXE = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations']}"
Scheme = Literal["light", "dark"]
WIDTHS = (1440, 390)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: where it is, where its simulated cloud is, and how to sign in."""

    url: str
    simulator: str
    email: str
    password: str
    home: Path


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tenantry", "demo", "--users", "60", "--port", str(port)]
    environment = {**os.environ, "COLUMNS": "300", "NO_COLOR": "1"}
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
    reader.start()
    try:
        password = _found(lines, r"Password: (\S+)", process)
        simulator = _found(lines, r"Simulated cloud at (\S+)", process)
        _until_open(port)
        yield Demo(f"http://localhost:{port}", simulator, "admin@demo.example", password, folder / "var" / "demo")
    finally:
        process.terminate()
        process.wait(20)
        reader.join(5)
        if process.stdout:
            process.stdout.close()


def _found(lines: list[str], pattern: str, process: subprocess.Popen[str]) -> str:
    for _ in range(1800):
        match = re.search(pattern, "".join(list(lines)))
        if match:
            return match.group(1)
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError("the demo did not come up:\n" + "".join(lines[-60:]))


def _until_open(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


@dataclass(slots=True)
class Person:
    """Somebody at a browser, what their console complained about, and which hosts were asked for anything."""

    page: Page
    demo: Demo
    complaints: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def opens(self, path: str) -> Page:
        self.page.goto(self.demo.url + path)
        return self.page

    def violations(self) -> list[str]:
        """What axe finds on the page as it is."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(f"{AXE};0")
        found = self.page.evaluate(f"axe.run(document, {_ASKED_OF_AXE})")
        return [f"{item['id']}: {item['nodes'][0]['html'][:160]}" for item in found["violations"]]

    def faults(self) -> list[str]:
        """What is wrong with the page as it is, at a desk and on a phone, by day and by night."""
        return [
            f"{width} {scheme} {fault}" for width in WIDTHS for scheme in SCHEMES for fault in self._at(width, scheme)
        ]

    def _at(self, width: int, scheme: Scheme) -> list[str]:
        self.page.set_viewport_size({"width": width, "height": 844})
        self.page.emulate_media(color_scheme=scheme)
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return [*self.violations(), *([f"the page scrolls sideways by {wide} px"] if wide > 0 else [])]


@pytest.fixture(scope="module")
def signed_in(browser: Browser, demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored session, so that each test need not sign in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(demo.url + "/")
    page.get_by_label("Email address").fill(demo.email)
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()
    path = tmp_path_factory.mktemp("session") / "state.json"
    context.storage_state(path=path)
    context.close()
    return path


@pytest.fixture
def person(browser: Browser, demo: Demo, signed_in: Path) -> Iterator[Person]:
    context = browser.new_context(
        storage_state=signed_in, reduced_motion="reduce", viewport={"width": 1440, "height": 900}
    )
    yield at_browser(context, demo)
    context.close()


@pytest.fixture
def stranger(browser: Browser, demo: Demo) -> Iterator[Person]:
    """Somebody who has not signed in."""
    context = browser.new_context(reduced_motion="reduce")
    yield at_browser(context, demo)
    context.close()


def at_browser(context: BrowserContext, demo: Demo) -> Person:
    someone = Person(context.new_page(), demo)
    someone.page.on("console", lambda m: someone.complaints.append(m.text) if m.type == "error" else None)
    someone.page.on("pageerror", lambda error: someone.complaints.append(str(error)))
    someone.page.on("request", lambda request: someone.asked.add(request.url.split("/")[2]))
    return someone
