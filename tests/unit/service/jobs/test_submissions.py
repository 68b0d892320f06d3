"""What is sent as a job, in whatever form: taken as it is, or refused with every fault."""

from __future__ import annotations

import json

import pytest

from synthvision.core.yaml_file import parse_yaml
from synthvision.service.jobs.confinement import file_faults, override_faults
from synthvision.service.jobs.faults import RequestError
from synthvision.service.jobs.messages import Submission
from synthvision.service.jobs.submissions import job_text, read_submission

CLASSES = "classes:\n  - {name: mug, match: {category: mug}}\n"


def check(client, body, status=422, **options):
    answer = client.post("/api/v1/jobs/check", json=body, **options)
    assert answer.status_code == status, answer.text
    return answer.json()


def only_problem(client, text, **more):
    problems = check(client, {"yaml": text, **more})["problems"]
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.parametrize(
    ("text", "key", "line", "words"),
    [
        (f"{CLASSES}scene: other.yaml\n", "scene", 3, "no files beside it"),
        (f"{CLASSES}scene: ../../other.yml\n", "scene", 3, "no files beside it"),
        (f"{CLASSES}scene: /etc/passwd.yaml\n", "scene", 3, "no files beside it"),
        (f"{CLASSES}scene: {{file: other.yaml}}\n", "scene.file", 3, "no files beside it"),
        (f"{CLASSES}scene:\n  extends: ../x.yaml\n", "scene.extends", 4, "no files beside it"),
        (f"{CLASSES}scene: tabletop\nplan: plan.yaml\n", "plan", 4, "must be the plan itself"),
        (f"{CLASSES}scene: tabletop\nassets: {{roots: [.]}}\n", "assets.roots", 4, "finds packs by name"),
        (f"{CLASSES}scene: tabletop\nout: /tmp/elsewhere\n", "out", 4, "there is no such key"),
        (f"{CLASSES}scene: tabletop\nassets: {{packs: [nowhere]}}\n", "assets.packs.0", 4, "no asset pack named"),
        (f"{CLASSES}scene: !!python/object/apply:os.system [id]\n", "scene", 3, "tags are not supported"),
        ("scene: tabletop\n- x\n", "", 2, "must be valid YAML"),
        ("a: [" + "[" * 60, "", 1, "nested at most 50 deep"),
    ],
)
def test_a_job_that_is_wrong_is_told_where(client, text, key, line, words):
    problem = only_problem(client, text)
    assert (problem["file"], problem["key_path"], problem["line"]) == ("job.yaml", key, line)
    assert words in problem["message"]


def test_an_alias_bomb_is_refused(client):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "200,000 values" in only_problem(client, "\n".join(lines))["message"]


def test_every_fault_is_told_at_once(client):
    problems = check(client, {"yaml": f"{CLASSES}scene: tabletop\nframes: many\nseeed: 3\nimage: {{width: 5}}\n"})
    assert [(item["key_path"], item["line"]) for item in problems["problems"]] == [
        ("frames", 4),
        ("seeed", 5),
        ("image.width", 6),
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"plan": "../../etc/passwd"}, "must be the plan itself"),
        ({"scene": "x.yaml"}, "no files beside it"),
        ({"scene": {"file": "../x.yaml"}}, "no files beside it"),
        ({"scene.extends": "x.yml"}, "no files beside it"),
        ({"extends": "x.yml"}, "no files beside it"),
        ({"assets.roots": ["."]}, "finds packs by name"),
        ({"assets": {"roots": ["x=/etc"]}}, "finds packs by name"),
        ({"out": "/tmp"}, "there is no such key"),
        ({"frames": 0}, "from 1 to"),
    ],
)
def test_changes_lead_nowhere_else_either(client, changes, words):
    problems = check(client, {"builtin": "quickstart", "set": changes})["problems"]
    assert any(words in item["message"] for item in problems), problems


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "exactly one of yaml, job and builtin"),
        ({"builtin": "quickstart", "yaml": "x"}, "exactly one of"),
        ({"builtin": "quickstart", "out": "/tmp"}, "no such key"),
        ({"builtin": "quickstart", "set": {"a=b": 1}}, "pattern"),
        ({"builtin": "quickstart", "frames": 0}, "greater than or equal to 1"),
        ({"builtin": "quickstart", "frames": True}, "valid integer"),
    ],
)
def test_a_request_of_another_form_is_refused(client, body, words):
    assert words in json.dumps(check(client, body)["problems"])


def test_what_json_can_hold_and_a_job_cannot(client):
    def post(text):
        return client.post("/api/v1/jobs/check", content=text, headers={"Content-Type": "application/json"})

    deep = '{"job":' + '{"a":' * 100 + "1" + "}" * 101
    assert "nested at most 50" in post(deep).json()["detail"]
    assert post('{"job":' + "[" * 200_000).status_code == 400
    assert post('{"job": {"frames": 1e999}}').json()["detail"] == "job: numbers must be finite"
    assert "surrogate" in post('{"job": {"frames": "\\ud800"}}').json()["detail"]
    assert post('{"yaml": "\\ud800"}').status_code == 422
    assert post('{"job": {"frames": ' + "9" * 5000 + "}}").status_code == 400
    assert post('{"job": [1]}').status_code == 422
    assert post("").status_code == 400
    assert post(b"\xff\xfe").status_code == 400


def test_a_built_in_job_that_is_none(client):
    assert "did you mean 'quickstart'" in check(client, {"builtin": "quikstart"})["detail"]
    assert "no built-in job" in check(client, {"builtin": "../../etc/passwd"})["detail"]


def test_yaml_that_is_no_text(client):
    answer = client.post("/api/v1/jobs/check", content=b"\xff\xfe", headers={"Content-Type": "text/yaml"})
    assert (answer.status_code, answer.json()["detail"]) == (400, "the job must be UTF-8 text, got the byte 0xff")


@pytest.mark.parametrize(
    "value", [3, 1e-5, "no", "5", "", None, [1, "a: b"], {"uniform": [0, 1]}, "\u2028 ü \x85", True]
)
def test_a_change_travels_exactly(value):
    job = job_text(Submission(yaml="x", set={"objects.a b".replace(" ", "_"): value}))
    key, _, text = job.overrides[0].partition("=")
    assert key == "objects.a_b"
    assert (parse_yaml(text, "x").data if text.strip() else None) == value


def test_names_become_plain():
    names = {"../../x": "x", "Büro 3": "b-ro-3", "-": "job", "a" * 90: "a" * 40, "CON/\x00": "con"}
    assert {name: job_text(Submission(yaml="x", name=name)).name for name in names} == names
    assert job_text(Submission(builtin="quickstart")).name == "quickstart"


def test_changes_are_bounded():
    with pytest.raises(RequestError, match="at most 64000 bytes"):
        job_text(Submission(yaml="x", set={"a": "x" * 64_001}))


def test_a_name_beside_json_is_refused():
    with pytest.raises(RequestError, match="must stand in the JSON"):
        read_submission("application/json", b"{}", "x")


def test_files_are_found_in_data_of_any_form():
    for text in ("[]", "null", "7", "scene: [x]", "assets: 3", "scene: {file: [x.yaml]}"):
        assert file_faults(parse_yaml(text, "x")) == []
    assert override_faults("scene", "tabletop", "--set") == []
    assert override_faults("scene.file", "x.yaml", "--set")[0].key_path == "scene.file"
