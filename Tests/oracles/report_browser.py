"""Opens a report in a real browser without a screen, as a reader would: narrow and wide, light and dark, and
as a print.

usage: python3 report_browser.py REPORT.html [--screenshots DIR] [--browser PATH]

Needs a Chromium (`apt-get install chromium`) and nothing of Python but its library. Prints a line for each
thing that is wrong and ends with status 1 if there is one: a message on the console, anything that the page
asks the network for, a page wider than its window, a picture or text that is not to be seen, a print without
pages. Status 2 says that the check itself could not be made. With --screenshots the four views and the print
are kept in DIR.
"""

import argparse
import base64
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

VIEWS = [(width, scheme) for width in (400, 1600) for scheme in ("light", "dark")]
NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
SECONDS = 60

# What a reader would trip over, as the page itself tells it.
LOOK = """
(() => {
  const root = document.documentElement;
  const contrast = (a, b) => {
    const light = (color) => {
      const [r, g, b] = color.match(/[\\d.]+/g).map((v) => {
        const c = v / 255;
        return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const paper = getComputedStyle(document.body).backgroundColor;
  const faint = [...document.querySelectorAll("h1, h2, p, li, td, th, figcaption, svg text")]
    .filter((e) => e.checkVisibility())
    .map((e) => {
      const style = getComputedStyle(e);
      const ink = e.tagName === "text" ? style.fill : style.color;
      return [e.textContent.trim().slice(0, 40), ink, contrast(ink, paper)];
    })
    .filter(([, , ratio]) => ratio < 4.5);
  return {
    width: root.scrollWidth,
    window: root.clientWidth,
    paper,
    text: document.body.innerText.length,
    faint: faint.slice(0, 3),
    rows: document.querySelectorAll("tbody tr").length,
    pictures: [...document.querySelectorAll("figure svg")].map((e) => {
      const box = e.getBoundingClientRect();
      return [e.getAttribute("aria-label"), box.width, box.height, e.querySelectorAll("path").length];
    }),
    ids: [...document.querySelectorAll("[id]")].map((e) => e.id)
      .filter((id, place, all) => all.indexOf(id) !== place).slice(0, 3),
  };
})()
"""


class Browser:
    """A Chromium, spoken to over its DevTools protocol."""

    def __init__(self, program, folder):
        arguments = [
            program, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}",
            "--no-first-run", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking",
            "--disable-dev-shm-usage", "about:blank",
        ]
        if os.geteuid() == 0:  # Chromium refuses its sandbox to root.
            arguments.insert(1, "--no-sandbox")
        log = open(pathlib.Path(folder) / "log", "wb")
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        port = self._port(pathlib.Path(folder) / "DevToolsActivePort")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=SECONDS) as answer:
            page = next(target for target in json.load(answer) if target["type"] == "page")
        self.socket = self._connect(port, page["webSocketDebuggerUrl"])
        self.events = []
        self.number = 0

    def _port(self, file):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if file.exists() and (lines := file.read_text().splitlines()):
                return int(lines[0])
            if self.process.poll() is not None:
                raise RuntimeError(f"the browser ended with status {self.process.returncode}")
            time.sleep(0.05)
        raise RuntimeError("the browser does not answer")

    def _connect(self, port, address):
        connection = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        path = address.split(str(port), 1)[1]
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self.reader = connection.makefile("rb")
        if b"101" not in self.reader.readline():
            raise RuntimeError("the browser refuses the connection")
        while self.reader.readline() not in (b"\r\n", b""):
            pass
        return connection

    def _send(self, text):
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        head = struct.pack("!BB", 0x81, 0x80 | min(size, 126)) if size < 126 else (
            struct.pack("!BBH", 0x81, 0xFE, size) if size < 65536 else struct.pack("!BBQ", 0x81, 0xFF, size))
        self.socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    def _receive(self):
        parts = b""
        while True:
            first, size = self.reader.read(2)
            size &= 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self.reader.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self.reader.read(8))
            parts += self.reader.read(size)
            if first & 0x80 and first & 0x0F in (0, 1):
                return json.loads(parts)
            if first & 0x80:  # a ping or the like
                parts = b""

    def call(self, method, **parameters):
        """Sends a command and waits for its answer; what happens meanwhile is kept."""
        self.number += 1
        self._send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = self._receive()
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]
            self.events.append(message)

    def wait(self, method):
        """Waits for an event."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._receive())

    def close(self):
        self.process.kill()
        self.process.wait()


def complaints(events):
    """What the console and the network were told."""
    for event in events:
        method, data = event.get("method"), event.get("params", {})
        if method == "Runtime.consoleAPICalled":
            yield f"console: {data['type']}: {[value.get('value') for value in data['args']]}"
        elif method == "Runtime.exceptionThrown":
            yield f"script: {data['exceptionDetails']['text']}"
        elif method == "Log.entryAdded":
            yield f"log: {data['entry']['level']}: {data['entry']['text']}"
        elif method == "Network.requestWillBeSent" and data.get("type") != "Document":
            yield f"network: the page asks for {data['request']['url'][:80]}"


def faults(view):
    """What is wrong with a view of the page."""
    if view["width"] > view["window"]:
        yield f"the page is {view['width']} pixels wide"
    if view["text"] < 500 or view["rows"] < 3:
        yield f"there is next to nothing on the page: {view['text']} characters, {view['rows']} rows"
    for text, ink, ratio in view["faint"]:
        yield f"{text!r} in {ink} on {view['paper']} has a contrast of {ratio:.1f} only"
    for name, width, height, paths in view["pictures"]:
        if width < 200 or height < 100 or paths < 3:
            yield f"the picture {name!r} is {width:.0f} by {height:.0f} pixels, of {paths} paths"
    for name in view["ids"]:
        yield f"the identifier {name!r} occurs twice"


def look(browser, page, screenshots):
    """Opens the page in each view; yields what is wrong."""
    papers = {}
    for domain in ("Page", "Runtime", "Log", "Network"):
        browser.call(f"{domain}.enable")
    for width, scheme in VIEWS:
        browser.events.clear()
        browser.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        browser.call(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.call("Page.navigate", url=page.resolve().as_uri())
        browser.wait("Page.loadEventFired")
        view = browser.call("Runtime.evaluate", expression=LOOK, returnByValue=True)["result"]["value"]
        where = f"{width} pixels, {scheme}"
        yield from (f"{where}: {text}" for text in [*complaints(browser.events), *faults(view)])
        papers[scheme] = view["paper"]
        if screenshots:
            height = browser.call("Page.getLayoutMetrics")["cssContentSize"]["height"]
            clip = {"x": 0, "y": 0, "width": width, "height": min(height, 16000), "scale": 1}
            shot = browser.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"]
            (screenshots / f"{width}-{scheme}.png").write_bytes(base64.b64decode(shot))
    if papers["light"] == papers["dark"]:
        yield "light and dark do not differ"
    printed = base64.b64decode(browser.call("Page.printToPDF", preferCSSPageSize=True)["data"])
    if printed.count(b"/Type /Page") < 2:
        yield "the print has no pages"
    if screenshots:
        (screenshots / "print.pdf").write_bytes(printed)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0])
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    parser.add_argument("--browser")
    options = parser.parse_args()
    program = options.browser or next(filter(None, map(shutil.which, NAMES)), None)
    if not program:
        print("there is no Chromium; install the package chromium", file=sys.stderr)
        return 2
    if not options.report.is_file():
        print(f"there is no {options.report}", file=sys.stderr)
        return 2
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = None
        try:
            browser = Browser(program, folder)
            problems = list(look(browser, options.report, options.screenshots))
        except (OSError, RuntimeError) as error:
            print(f"the check could not be made: {error}", file=sys.stderr)
            return 2
        finally:
            if browser:
                browser.close()
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
