"""Who may ask, by what name, from which page, and how much."""

from __future__ import annotations

import json

import pytest

from synthvision.core.errors import UsageError
from synthvision.service.jobs.settings import ServiceSettings, is_loopback, read_token

JOBS = "/api/v1/jobs"


def problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    data = answer.json()
    assert data["status"] == status
    assert data["type"] == "about:blank"
    return data["detail"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "Bearer a-token-for-tests-012345678", "bearer\u00e9"],
)
def test_without_the_token_nothing_is_told(client, header):
    answer = client.get(JOBS, headers={"Authorization": header.encode("latin-1")})
    assert "Authorization: Bearer TOKEN" in problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_whether_it_lives_needs_no_token(client):
    assert client.get("/api/v1/health", headers={"Authorization": ""}).json()["status"] == "ok"


def test_the_description_needs_the_token(client):
    assert client.get("/api/v1/openapi.json", headers={"Authorization": ""}).status_code == 401
    document = client.get("/api/v1/openapi.json").json()
    assert document["components"]["securitySchemes"] == {"token": {"scheme": "bearer", "type": "http"}}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8700", "", "[::1"])
def test_another_name_is_refused(client, host):
    assert "by its address" in problem(client.get(JOBS, headers={"Host": host}), 421)
    assert client.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8700", "127.0.0.1:1", "[::1]:8700", "10.0.0.7"])
def test_addresses_are_answered(client, host):
    assert client.get(JOBS, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
    ],
)
def test_pages_of_other_sites_are_refused(client, headers):
    answer = client.post(f"{JOBS}/check", json={"builtin": "quickstart"}, headers=headers)
    assert "pages of other sites" in problem(answer, 403)
    assert "access-control-allow-origin" not in answer.headers


def test_its_own_page_is_not(client):
    own = {"Origin": "http://127.0.0.1:8700", "Sec-Fetch-Site": "same-origin"}
    assert client.post(f"{JOBS}/check", json={"builtin": "quickstart"}, headers=own).status_code == 200


def test_a_form_of_another_page_has_no_type_that_is_taken(client):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = client.post(JOBS, content=b'{"builtin": "quickstart"}', headers={"Content-Type": kind})
        assert "must be sent as application/json" in problem(answer, 415)


def test_every_answer_has_the_headers_of_safety(client):
    for answer in (
        client.get("/"),
        client.get(JOBS),
        client.get("/nothing"),
        client.get(JOBS, headers={"Host": "x.y"}),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_large_body_is_refused_by_its_length_and_by_its_bytes(client):
    large = b"x" * (2**20 + 1)
    kind = {"Content-Type": "application/yaml"}
    assert "at most 1048576 bytes" in problem(client.post(JOBS, content=large, headers=kind), 413)
    blocks = (large[:65536] for _ in range(40))
    assert "at most 1048576 bytes" in problem(client.post(JOBS, content=blocks, headers=kind), 413)


def test_headers_given_twice_are_refused(client):
    for name in ("Host", "Authorization", "Content-Type"):
        answer = client.get(JOBS, headers=[(name, "127.0.0.1"), (name, "localhost")])
        assert "given once" in problem(answer, 400)


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/page/app.py",
        "/index.html/../api.py",
        "/api/v1/jobs/../../../etc/passwd",
        "/api/v1/jobs/..%2f..%2fservice.sqlite3/config",
        "/api/v1/jobs/000000000000%00/log",
        "/api/v1/builtin-jobs/..%2f..%2fpyproject",
        "/api/v2/jobs",
    ],
)
def test_no_path_leads_out(client, path):
    answer = client.get(path)
    assert answer.status_code in (404, 405, 422)
    assert "root:" not in answer.text


def test_a_method_that_is_none_is_told_which_are(client):
    answer = client.request("PATCH", JOBS)
    problem(answer, 405)
    assert "GET" in answer.headers["allow"]


def test_a_fault_of_ours_is_not_shown(client, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(client.service.store, "find", fail)
    answer = client.get(JOBS)
    assert "internal error" in problem(answer, 500)
    assert "secret" not in answer.text


def test_without_a_token_it_listens_on_this_machine_only(tmp_path):
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"):
        with pytest.raises(UsageError, match="must have a token"):
            ServiceSettings(root=tmp_path, host=host)
        assert ServiceSettings(root=tmp_path, host=host, token="x" * 16).host == host
    assert ServiceSettings(root=tmp_path, host="::1").token is None
    assert is_loopback("127.8.9.1")


def test_without_a_token_this_machine_is_answered(open_client):
    client = open_client(token=None)
    assert client.get(JOBS).status_code == 200
    assert "security" not in client.get("/api/v1/openapi.json").json()


def test_a_token_must_be_worth_its_name(tmp_path, monkeypatch):
    for token in ("short", "x" * 15, "spaces in the middle of it", "ümlaut" * 5):
        with pytest.raises(UsageError, match="at least 16 visible ASCII"):
            ServiceSettings(root=tmp_path, token=token)
    file = tmp_path / "token"
    file.write_text("  0123456789abcdef\n")
    file.chmod(0o600)
    assert read_token(file) == "0123456789abcdef"
    file.chmod(0o666)
    with pytest.raises(UsageError, match="chmod go-w"):
        read_token(file)
    file.chmod(0o600)
    file.write_text("\n")
    with pytest.raises(UsageError, match="must not be empty"):
        read_token(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_token(tmp_path / "none")
    monkeypatch.setenv("SYNTHVISION_TOKEN", "from the environment")
    assert read_token(None) == "from the environment"
    monkeypatch.delenv("SYNTHVISION_TOKEN")
    assert read_token(None) is None


def test_the_token_shows_in_no_text_of_the_settings(tmp_path):
    assert "0123456789abcdef" not in repr(ServiceSettings(root=tmp_path, token="0123456789abcdef"))


def test_names_are_answered_when_they_are_given(open_client):
    client = open_client(names=("render.lab",))
    assert client.get(JOBS, headers={"Host": "Render.lab:8700"}).status_code == 200
    assert json.loads(client.get(JOBS).text)["jobs"] == []
