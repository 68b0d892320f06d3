"""The page in a real browser: a person's way from the token to a fetched data set."""

from __future__ import annotations

import shutil
import zipfile

import pytest
import trimesh

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def page(start):
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    server = start(FAKE_FRAME_S="0.05")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1300, "height": 1000})
        opened.faults = []
        opened.on("pageerror", lambda error: opened.faults.append(str(error)))
        opened.on("console", lambda message: "Content Security" in message.text and opened.faults.append(message.text))
        opened.on("dialog", lambda dialog: dialog.accept())
        opened.goto(str(server.client.base_url).split("/api")[0])
        yield opened
        browser.close()


def test_the_page_from_the_token_to_the_data_set(page, token, tmp_path):
    page.fill("#token", "not the token at all")
    page.click("#login-form button")
    expect(page.locator("#login-error")).to_have_text("the token is wrong")
    page.fill("#token", token)
    page.click("#login-form button")
    page.wait_for_selector("#verdict.ok")
    assert "48 pictures of 640 x 480, 7 classes" in page.inner_text("#verdict")

    text = page.input_value("#yaml")
    page.fill("#yaml", text.replace("seed: 0", "sead: 0"))
    page.wait_for_selector("#verdict.wrong")
    line = text.split("\n").index("seed: 0") + 1
    assert page.inner_text("#problems code") == f"line {line}"
    assert page.inner_text("#gutter b") == str(line)
    page.click("#submit")
    expect(page.locator("#submit-note")).to_have_text("not submitted")
    page.click("#problems button")
    expect(page.locator("#yaml")).to_be_focused()

    page.fill("#yaml", text)
    page.fill("[data-key=frames]", "60")
    page.wait_for_selector("#verdict.ok")
    page.click("#submit")
    page.wait_for_selector(".job.running .pictures img")
    page.click("[data-do=stop]")
    page.wait_for_selector(".job.stopped")
    page.click("[data-do=resume]")
    page.wait_for_selector(".job.done")
    assert page.inner_text(".facts") == "60 of 60 pictures"
    page.click("[data-do=log]")
    expect(page.locator(".log")).to_contain_text("starting with 0 of 60")
    page.click(".pictures button >> nth=0")
    page.wait_for_selector("#big[open]")
    assert page.inner_text("#big-caption") == "quickstart, frame 59"
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.click("[data-do=zip]")
    download.value.save_as(tmp_path / "set.zip")
    with zipfile.ZipFile(tmp_path / "set.zip") as bundle:
        assert sum(name.endswith(".png") for name in bundle.namelist()) == 60
    page.click("[data-do=delete]")
    page.wait_for_selector(".job", state="detached")
    assert page.is_visible("#no-jobs")

    (tmp_path / "My Bracket.glb").write_bytes(trimesh.creation.box(extents=(0.1, 0.2, 0.3)).export(file_type="glb"))
    page.set_input_files("#pack-file", tmp_path / "My Bracket.glb")
    assert page.input_value("#pack-name") == "my-bracket"
    page.click("#upload")
    page.wait_for_selector("#packs li")
    assert "packs: [my-bracket]" in page.inner_text("#upload-note")
    page.click("#packs button")
    page.wait_for_selector("#packs li", state="detached")
    assert page.faults == []
