"""The page in headless Chromium: it is opened, clicked, typed into and read back."""

import json
import os
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco

from synthvision.dataset.reader import open_dataset
from synthvision.inspect.browse.browser import Browser
from synthvision.service.viewer.app import create_app

# NumPy 2 warns about how pycocotools 2.0 makes arrays.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


@pytest.fixture
def chromium():
    """A started browser; a machine without one fails the test, since nothing else tries the page."""
    if not CHROMIUM.is_file():
        pytest.fail(f"these tests need Chromium at {CHROMIUM}: apt-get install chromium, or name it by CHROMIUM")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def serve():
    """Serve data sets on a free port of loopback; gives the address."""
    import uvicorn

    running = []

    def start(*folders):
        bound = socket.create_server(("127.0.0.1", 0))
        app = create_app([Browser(folder) for folder in folders])
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        running.append((server, thread, bound))
        return f"http://127.0.0.1:{bound.getsockname()[1]}/"

    yield start
    for server, thread, bound in running:
        server.should_exit = True
        thread.join(20)
        bound.close()


class Tab:
    """One tab, and the errors that the page reported."""

    def __init__(self, browser, address, width=1300):
        context = browser.new_context(viewport={"width": width, "height": 800})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.faults = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        self.address = address

    def open(self, query=""):
        self.page.goto(self.address + query)
        self.until("document.documentElement.dataset.settled > 0")

    def until(self, expression):
        # The page's policy forbids the evaluation that Playwright's own waiting needs.
        last = time.monotonic() + 20
        while not self.page.evaluate(expression):
            assert time.monotonic() < last, (
                f"never came: {expression}; {self.summary()!r}, {self.query()!r}, {self.faults}"
            )
            time.sleep(0.02)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def summary(self):
        return self.page.inner_text("#summary")

    def query(self):
        return self.page.evaluate("window.location.search")


def test_filters_by_clicks_by_words_and_by_address(chromium, serve, make_dataset):
    folder = make_dataset(frames=8)
    tab = Tab(chromium, serve(folder))
    tab.open()
    assert tab.page.locator(".tile").count() == 8
    total = sum(item.status == "labelled" for record in open_dataset(folder).records() for item in record.instances)
    assert tab.summary() == f"8 pictures · {total} objects"
    tab.page.click('[data-key="class"] [data-level="disc"]')
    browser = Browser(folder)
    with_disc = browser.page([("class", "disc")], 0, 100)
    tab.until(f'document.getElementById("summary").textContent.includes(" {with_disc["objects"]} objects")')
    assert tab.query() == "?class=disc"
    assert tab.page.inner_text("#chips") == "class: disc"
    shown = tab.page.eval_on_selector_all(".tile .caption :first-child", "all => all.map((one) => one.textContent)")
    assert shown == [f"frame {frame}" for frame in with_disc["frames"]]
    # The histogram of the class itself still counts the others, that of the size only discs.
    counts = browser.histograms([("class", "disc")])["counts"]
    for key in ("class", "size"):
        texts = tab.page.eval_on_selector_all(
            f'[data-key="{key}"] .count', "all => all.map((one) => Number(one.textContent))"
        )
        assert texts == counts[key]
    tab.press("/")
    tab.page.keyboard.type("area<300")
    tab.press("Enter")
    both = browser.page([("class", "disc"), ("area", "..300")], 0, 100)
    tab.until(f'document.getElementById("summary").textContent.startsWith("{both["total"]} of 8")')
    assert "area=..300" in tab.query()
    other = Tab(chromium, tab.address)
    other.open(tab.query())
    assert other.summary() == tab.summary()
    tab.press("r")
    tab.until('document.getElementById("summary").textContent.startsWith("8 pictures")')
    assert tab.query() == ""
    tab.page.click('[data-key="count"] [data-bin="3"]')
    three = browser.page([("count", "3..4")], 0, 100)["total"]
    tab.until(f'document.getElementById("summary").textContent.startsWith("{three} of 8")')
    assert tab.faults + other.faults == []


def test_single_view_keys_readout_and_command(chromium, serve, make_dataset):
    folder = make_dataset(frames=5)
    tab = Tab(chromium, serve(folder))
    tab.open()
    tab.press("ArrowRight", " ")
    tab.until("document.documentElement.dataset.frame === '1'")
    tab.press("ArrowRight")
    tab.until("document.documentElement.dataset.frame === '2'")
    tab.press("ArrowLeft", "ArrowLeft")
    tab.until("document.documentElement.dataset.frame === '0'")
    assert "view=single" in tab.query()
    tab.press("c")
    tab.until('!document.getElementById("toast").hidden')
    assert tab.page.evaluate("navigator.clipboard.readText()") == f"synthvision replay {folder} --frame 0"
    # The pixel under the cursor: where the picture is fitted, pixel (x, y) lies at a known place of the canvas.
    box = tab.page.locator("#canvas").bounding_box()
    frame = open_dataset(folder).frame(0)
    label = max((item for item in frame.labels()), key=lambda item: item.visible_pixels)
    rows, columns = np.nonzero(frame.ids() == label.instance_id)
    middle = len(rows) // 2
    x, y = int(columns[middle]), int(rows[middle])
    scale = min((box["width"] - 16) / 96, (box["height"] - 16) / 64)
    left, top = (box["width"] - 96 * scale) / 2, (box["height"] - 64 * scale) / 2
    tab.page.mouse.move(box["x"] + left + (x + 0.5) * scale, box["y"] + top + (y + 0.5) * scale)
    tab.until(f'document.getElementById("readout").textContent.includes("x {x}  y {y}")')
    tab.until(f'document.getElementById("readout").textContent.endsWith(" {frame.depth()[y, x]:.2f} m")')
    text = tab.page.inner_text("#readout")
    assert f"#{label.instance_id} {label.category}" in text
    tab.press("Escape")
    tab.until('!document.getElementById("grid").hidden')
    tab.press("?")
    assert tab.page.locator("#help").is_visible()
    tab.press("Escape")
    assert tab.faults == []


def test_toggles_change_the_picture_and_layers_come_with_a_note(chromium, serve, make_dataset):
    tab = Tab(chromium, serve(make_dataset(frames=1)))
    tab.open("?view=single&at=0&show=")
    tab.until("document.documentElement.dataset.frame === '0'")
    before = tab.page.locator("#canvas").screenshot()
    seen = {before}
    for key in "123456":
        tab.press(key)
        tab.page.wait_for_timeout(150)
        seen.add(tab.page.locator("#canvas").screenshot())
    # Keypoints are only on tiles; every other overlay shows on any object.
    assert len(seen) >= 6
    tab.press("7")
    tab.until('document.getElementById("note").textContent.startsWith("red: ")')
    assert "layer=depth" in tab.query()
    tab.press("9")
    tab.until('document.getElementById("toast").textContent.includes("has no flow")')
    tab.press("7", *"123456")
    tab.until('document.getElementById("note").hidden && document.getElementById("toast").hidden')
    tab.page.wait_for_timeout(200)
    assert tab.page.locator("#canvas").screenshot() == before
    assert tab.faults == []


def test_masks_are_drawn_on_exactly_their_pixels(chromium, serve, make_dataset):
    folder = make_dataset(frames=3)
    tab = Tab(chromium, serve(folder))
    tab.open()
    for record in open_dataset(folder).records():
        for item in record.instances:
            if item.rle is None:
                continue
            height, width = item.rle.size
            spans = tab.page.evaluate(
                """async ([text, height]) => (await import("/static/rle.js")).maskSpans(text, height)""",
                [item.rle.counts, height],
            )
            mask = np.zeros((height, width), np.uint8)
            for column, first, stop in spans:
                mask[first:stop, column] = 1
            whole = coco.decode({"size": [height, width], "counts": item.rle.counts.encode()})
            assert np.array_equal(mask, whole), (record.frame, item.name)


def test_the_border_runs_along_the_edges_of_the_mask(chromium, serve, make_dataset):
    tab = Tab(chromium, serve(make_dataset(frames=1)))
    tab.open()
    # Columns 1 and 2 of a picture 4 high: rows 1 and 2, then rows 1 to 3. The border is 4 + 6 edges long.
    lines = tab.page.evaluate(
        """async () => {
          const found = [];
          let pen = null;
          window.Path2D = class {
            moveTo(x, y) { pen = [x, y]; }
            lineTo(x, y) { found.push([...pen, x, y]); }
          };
          const { borderPath } = await import("/static/rle.js");
          borderPath([[1, 1, 3], [2, 1, 4]]);
          return found;
        }"""
    )
    edges = set()
    for x1, y1, x2, y2 in lines:
        for step in range(max(abs(x2 - x1), abs(y2 - y1))):
            here = (min(x1, x2) + (step if y1 == y2 else 0), min(y1, y2) + (step if x1 == x2 else 0))
            edges.add((*here, "across" if y1 == y2 else "down"))
    assert edges == {
        (1, 1, "across"), (2, 1, "across"), (1, 3, "across"), (2, 4, "across"),
        (1, 1, "down"), (1, 2, "down"), (2, 3, "down"), (3, 1, "down"), (3, 2, "down"), (3, 3, "down"),
    }  # fmt: skip


def test_two_data_sets_side_by_side(chromium, serve, make_dataset):
    first = make_dataset(frames=3)
    second = make_dataset(frames=2, folder="after", change=lambda scene, captured: (scene, captured))
    tab = Tab(chromium, serve(first, second))
    tab.open("?side=both&view=single&at=1")
    tab.until("document.documentElement.dataset.frame === '1'")
    divider = tab.page.locator("#divider")
    assert divider.is_visible()
    assert divider.get_attribute("aria-valuenow") == "50"
    box = tab.page.locator("#stage").bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 200)
    tab.page.mouse.up()
    tab.until('document.getElementById("divider").getAttribute("aria-valuenow") === "25"')
    divider.focus()
    tab.press("ArrowRight")
    tab.until('document.getElementById("divider").getAttribute("aria-valuenow") === "27"')
    tab.press("Escape", "s")
    tab.until('!document.getElementById("grid").hidden && !window.location.search.includes("side")')
    tab.press("s")
    tab.until('document.getElementById("summary").textContent.startsWith("2 pictures")')
    # Frame 2 is only in the first set: the second half of its picture says so.
    tab.open("?side=both&view=single&at=2")
    tab.until("document.documentElement.dataset.frame === '2'")
    assert [fault for fault in tab.faults if "404" not in fault] == []


def test_a_running_data_set_grows_on_the_page(chromium, serve, make_dataset, tmp_path):
    folder = make_dataset(frames=3, merge=False, export=False)
    layout = open_dataset(folder).layout
    aside = tmp_path / "part.json"
    layout.part(2).rename(aside)
    tab = Tab(chromium, serve(folder))
    tab.open()
    assert "3 to come in all" in tab.summary()
    aside.rename(layout.part(2))
    tab.until('document.getElementById("summary").textContent.startsWith("3 pictures")')
    assert tab.page.locator(".tile").count() == 3


def test_empty_and_broken_are_told_on_the_page(chromium, serve, make_dataset):
    tab = Tab(chromium, serve(make_dataset(frames=0, folder="empty", export=False)))
    tab.open()
    assert "There is no frame yet" in tab.page.inner_text("#empty")
    folder = make_dataset(frames=2, folder="broken")
    dataset = open_dataset(folder)
    dataset.frame(0).path("image").write_bytes(b"no picture")
    shard = dataset.layout.shard(0)
    lines = shard.read_bytes().splitlines(keepends=True)
    shard.write_bytes(lines[0] + json.dumps({"frame": 1}).encode() + b"\n")
    tab = Tab(chromium, serve(folder))
    tab.open()
    tab.until('document.querySelectorAll(".picture.broken").length === 1')
    assert tab.page.get_attribute("#tile-0 .picture", "data-message") == "picture missing or broken"
    assert "broken" in tab.page.inner_text("#tile-1 .caption")
    tab.open("?class=nothing")
    tab.until('document.getElementById("empty").textContent.includes("no frame has")')
