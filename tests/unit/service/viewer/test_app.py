"""The viewer's answers: what is asked for, what is refused, what is never sent."""

import json
import re
import socket
import warnings
from importlib.resources import files

import pytest

from synthvision.core.errors import MissingExtraError, UsageError
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.browse.browser import Browser
from synthvision.service.viewer.app import _OWN_KEYS, CONTENT_SECURITY_POLICY, STATIC_FILES, create_app
from synthvision.service.viewer.server import bind_socket, is_loopback

STATIC = files("synthvision.service.viewer").joinpath("static")


def client_of(*folders, host="127.0.0.1"):
    with warnings.catch_warnings():
        # Starlette says which HTTP client it would rather have; that is no matter of ours.
        warnings.simplefilter("ignore")
        from fastapi.testclient import TestClient

        return TestClient(create_app([Browser(folder) for folder in folders], host=host), base_url="http://127.0.0.1")


@pytest.fixture
def client(make_dataset):
    return client_of(make_dataset(frames=4))


def test_sets_frames_and_histograms(client):
    (about,) = client.get("/api/sets").json()["sets"]
    assert about["frames"] == 4
    page = client.get("/api/sets/0/frames", params={"class": "disc", "start": 1, "limit": 1}).json()
    overview = client.get("/api/sets/0/overview", params=[("class", "disc"), ("class", "card")]).json()
    assert page["total"] >= len(page["frames"]) == 1
    assert overview["histograms"]["total"] == overview["page"]["total"] == len(overview["page"]["frames"])
    assert client.get("/api/sets/0/histograms").json()["counts"]["class"]


def test_no_filter_has_a_name_that_answers_use_otherwise(client):
    (about,) = client.get("/api/sets").json()["sets"]
    assert _OWN_KEYS.isdisjoint(facet["key"] for facet in about["facets"])
    assert client.get("/api/sets/0/overview?count=0..1").json()["page"]["total"] == 1


def test_labels_frame_record_and_pixel(client, tmp_path):
    answer = client.get("/api/sets/0/labels", params={"frames": "0,3", "parts": "masks,solids"}).json()
    assert [item["frame"] for item in answer["frames"]] == [0, 3]
    detail = client.get("/api/sets/0/frames/1").json()
    assert detail["command"].startswith("synthvision replay ")
    tree = client.get("/api/sets/0/frames/1/record", params=[("path", "scene"), ("path", "camera")]).json()
    assert "focal_xy_px" in [child["key"] for child in tree["children"]]
    values = client.get("/api/sets/0/frames/1/pixel", params={"x": 5, "y": 5}).json()
    assert set(values) == {"depth", "ids", "normals", "semantic"}


def test_pictures(client, tmp_path):
    thumbnail = client.get("/api/sets/0/frames/0/thumbnail")
    assert thumbnail.headers["content-type"] == "image/png"
    dataset = open_dataset(tmp_path / "set")
    assert client.get("/api/sets/0/frames/0/layers/image").content == dataset.frame(0).path("image").read_bytes()
    depth = client.get("/api/sets/0/frames/0/layers/depth")
    assert depth.headers["x-note"].startswith("red: ")
    assert depth.content.startswith(b"\x89PNG")


WRONG = [
    ("/api/sets/1/frames", 422, "less than or equal to 0"),
    ("/api/sets/0/frames/77", 404, "frame 77 is not in"),
    ("/api/sets/0/frames/123456789", 422, "less than or equal to 99999999"),
    ("/api/sets/0/frames/-1", 422, "greater than or equal to 0"),
    ("/api/sets/0/frames/0/layers/flow_forward", 404, "must have flow_forward images"),
    ("/api/sets/0/frames/0/layers/passwd", 422, "'image', 'render', 'depth'"),
    ("/api/sets/0/frames?klass=disc", 400, "there is no filter 'klass' here; did you mean 'class'"),
    ("/api/sets/0/frames?limit=9999", 400, "a page must be 1 to 1000 frames"),
    ("/api/sets/0/labels?frames=../../x", 400, "frames must be at most 64 frame indices"),
    ("/api/sets/0/labels?frames=" + ",".join(["1"] * 65), 400, "at most 64"),
    ("/api/sets/0/labels?frames=1&parts=secrets", 400, "parts must be among masks"),
    ("/api/sets/0/frames/0/record?path=scene&path=nothing", 400, "a record has nothing at scene / nothing"),
    ("/api/sets/0/frames/0/pixel?x=96&y=0", 404, "a pixel of depth must be inside 96 x 64"),
    ("/static/app.py", 404, "the viewer has no file 'app.py'"),
    ("/static/..%2Fapp.py", 404, ""),
    ("/static/%2e%2e/%2e%2e/server.py", 404, ""),
    ("/docs", 404, ""),
]


def test_what_is_wrong_is_refused_in_words(client):
    for path, status, words in WRONG:
        answer = client.get(path)
        assert answer.status_code == status, path
        assert words in answer.text, path


PATHS = [
        "/etc/passwd", "/static//etc/passwd", "/static/....//....//app.py", "/%2e%2e/%2e%2e/etc/passwd",
        "/api/sets/0/frames/..%2f..%2fmanifest/thumbnail", "/api/sets/0/frames/0/layers/..%2f..%2f..%2fmanifest.json",
        "/api/sets/0/frames/0/layers/image%00.png", "/manifest.json", "/records/00000.jsonl",
    ]  # fmt: skip


def test_no_path_leads_to_a_file(client):
    for path in PATHS:
        answer = client.get(path)
        assert answer.status_code in (400, 404, 422), path
        assert "schema_version" not in answer.text
        assert "root:" not in answer.text


def test_every_answer_has_the_security_headers(client):
    for path in (
        "/",
        "/static/main.js",
        "/api/sets",
        "/api/sets/0/frames/0/thumbnail",
        "/nowhere",
        "/api/sets/9/frames",
    ):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
    assert (
        "access-control-allow-origin"
        not in client.options("/api/sets", headers={"Origin": "http://evil.example"}).headers
    )


def test_on_loopback_only_its_own_host_names_are_answered(client):
    for host in ("evil.example", "evil.example:8600", "127.0.0.1.evil.example", "localhost.evil", ""):
        answer = client.get("/api/sets", headers={"Host": host})
        assert answer.status_code == 403, host
        assert answer.json() == {"error": "this viewer answers on loopback only"}
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    for host in ("127.0.0.1:8600", "localhost", "LOCALHOST:80", "[::1]:8600", "[::1]"):
        assert client.get("/api/sets", headers={"Host": host}).status_code == 200, host


def test_elsewhere_any_name_of_the_machine_is_answered(make_dataset):
    client = client_of(make_dataset(frames=1), host="0.0.0.0")
    assert client.get("/api/sets", headers={"Host": "workstation.lan:8600"}).status_code == 200


def test_nothing_can_be_changed(client):
    for path in ("/api/sets", "/api/sets/0/frames/0", "/"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert client.request(method, path).status_code == 405


def test_two_data_sets_and_no_third(make_dataset):
    first, second = make_dataset(frames=2), make_dataset(frames=3, folder="other")
    client = client_of(first, second)
    assert [about["frames"] for about in client.get("/api/sets").json()["sets"]] == [2, 3]
    assert client.get("/api/sets/1/frames/2").json()["frame"] == 2
    for browsers in ([], [Browser(first)] * 3):
        with pytest.raises(UsageError, match="one data set or two"):
            create_app(browsers)


def test_empty_and_broken_data_sets_are_answered(make_dataset):
    empty = client_of(make_dataset(frames=0, folder="empty", export=False))
    assert empty.get("/api/sets/0/overview").json()["page"]["total"] == 0
    folder = make_dataset(frames=2, folder="broken")
    path = open_dataset(folder).frame(1).path("image")
    path.write_bytes(b"no picture")
    client = client_of(folder)
    assert client.get("/api/sets/0/frames/0/thumbnail").status_code == 200
    answer = client.get("/api/sets/0/frames/1/thumbnail")
    assert (answer.status_code, "must be a whole png image" in answer.text) == (404, True)


def test_answers_hold_no_infinity(client):
    text = client.get("/api/sets/0/frames/0").text + client.get("/api/sets/0/frames/0/pixel?x=0&y=0").text
    json.loads(text.split("}{")[0] + "}" if "}{" in text else text, parse_constant=pytest.fail)


def test_the_page_loads_nothing_from_elsewhere():
    names = {path.name for path in STATIC.iterdir() if path.is_file()}
    assert names == set(STATIC_FILES)
    for name in names:
        text = STATIC.joinpath(name).read_text(encoding="utf-8")
        # A comment cites the layout of run lengths, and SVG names itself; nothing else has an address.
        links = set(re.findall(r"(?:https?:)?//[\w.]+\.\w+", text))
        assert links <= {"https://github.com", "http://www.w3.org"}, name
        if name.endswith(".js"):
            assert not re.search(r"\b(eval|innerHTML|outerHTML|insertAdjacentHTML|document\.write)\b", text), name
    page = STATIC.joinpath("index.html").read_text(encoding="utf-8")
    assert not re.search(r"\son\w+=|\sstyle=|<script(?![^>]*\ssrc=)", page)
    assert set(re.findall(r"/static/([\w.]+)", page)) >= names - {"index.html"}


def test_every_labelled_element_of_the_page_has_words():
    page = STATIC.joinpath("index.html").read_text(encoding="utf-8")
    for tag in re.findall(r"<(?:input|select|canvas|aside|nav|section)\b[^>]*>", page):
        name = re.search(r'id="([\w-]+)"', tag)[1]
        assert "aria-label" in tag or f'for="{name}"' in page, tag


def test_without_the_extra_the_pip_command_is_told(monkeypatch, make_dataset):
    import builtins

    real = builtins.__import__

    def refuse(name, *rest, **options):
        if name.split(".")[0] == "fastapi":
            raise ImportError(name)
        return real(name, *rest, **options)

    browser = Browser(make_dataset(frames=1))
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=r"pip install 'synthvision\[service\]'"):
        create_app([browser])


def test_a_port_in_use_is_told_and_the_next_one_taken_where_none_was_named(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} is in use on 127.0.0.1; name another with --port"):
            bind_socket("127.0.0.1", port)
        monkeypatch.setattr("synthvision.service.viewer.server.DEFAULT_PORT", port)
        with bind_socket("127.0.0.1", None) as free:
            assert port < free.getsockname()[1] < port + 20
    with pytest.raises(UsageError, match=r"--host 192\.0\.2\.1 must be an address of this machine"):
        bind_socket("192.0.2.1", 0)
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")] == [
        True, True, True, False, False,
    ]  # fmt: skip
