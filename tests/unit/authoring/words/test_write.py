"""Scenarios from words: the real client against a server, the real decoder over a model that knows nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from synthvision.authoring.words.catalogue import read_catalogue
from synthvision.authoring.words.draft import Draft, scenario_data, scenario_text
from synthvision.authoring.words.endpoint import Endpoint, endpoint_from
from synthvision.authoring.words.prompt import first_messages
from synthvision.authoring.words.writing import check_scenario, schema_of, write_scenario
from synthvision.core.errors import ConfigError, EndpointError, MissingExtraError, UsageError
from synthvision.library.assets import AssetLibrary

WISH = "a mug hidden behind a box, seen from above"
GOOD = {
    "description": "A mug half hidden by a crate",
    "extends": "tabletop",
    "weather": None,
    "changes": [{"key": "exposure.compensation_ev", "value": {"low": -1, "high": 0.5}}],
    "groups": [
        {"name": "hidden_mugs", "asset": "mug", "fewest": 1, "most": 2, "role": "thing", "relative_to": None,
         "side": None, "gap_m": None, "strip": None},
        {"name": "blocks", "asset": "crate", "fewest": 1, "most": 1, "role": "distractor", "relative_to": "hidden_mugs",
         "side": "front", "gap_m": {"low": 0.02, "high": 0.1}, "strip": None},
    ],
    "camera": {"look_at": "hidden_mugs", "distance_m": {"low": 0.6, "high": 1.2}, "height_m": None, "bearing_deg": None,
               "fov_deg": {"low": 40, "high": 55}},
    "constraints": [
        {"kind": "occlusion", "of": "hidden_mugs", "other": "blocks", "low": 0.2, "high": 0.7},
        {"kind": "count", "of": "hidden_mugs", "other": None, "low": 1, "high": None},
    ],
}  # fmt: skip


def changed(**keys):
    return json.dumps({**GOOD, **keys})


@pytest.fixture(scope="module")
def library():
    return AssetLibrary.open()


@pytest.fixture
def ask(chat):
    """Ask the server for a scenario with short waits."""

    def write(out=None, *, said=None, **options):
        said = [] if said is None else said
        endpoint = endpoint_from(chat.environment, **{"timeout_s": 20.0, "wait_s": 0.01, "say": said.append, **options})
        return write_scenario(WISH, endpoint, out, say=said.append)

    return write


def test_a_good_answer_becomes_a_checked_scene_file(chat, ask, tmp_path, library):
    chat.answers = [json.dumps(GOOD)]
    out = tmp_path / "hidden.yaml"
    written = ask(out)
    assert out.read_text() == written.text
    assert not written.repaired
    spec = check_scenario(out.read_text(), tmp_path, library)
    assert spec.objects["blocks"].role == "distractor"
    assert len(spec.constraints) == 2
    told = "\n".join(written.explanation)
    assert "It builds on 'tabletop'." in told
    assert "It adds 1 to 2 hidden_mugs (model mug)." in told
    assert "It adds 1 blocks (model crate) in front of hidden_mugs, which have no labels." in told
    assert "exposure.compensation_ev is -1 to 0.5." in told
    assert "The camera looks at one of hidden_mugs: distance 0.6 to 1.2 m, fov 40 to 55 degrees." in told
    assert "Every picture holds: occlusion of hidden_mugs by blocks 0.2..0.7." in told
    assert "Every picture holds: count of hidden_mugs 1 or more." in told


def test_the_question_holds_the_wish_the_catalogue_the_key_and_the_schema(chat, ask):
    chat.answers = [json.dumps(GOOD)]
    ask()
    request = chat.requests[0]
    assert request["model"] == "little"
    assert chat.headers[0]["Authorization"] == "Bearer secret"
    assert request["messages"][-1] == {"role": "user", "content": WISH}
    system = request["messages"][0]["content"]
    assert "- tabletop:" in system
    assert "heavy_rain" in system
    schema = request["response_format"]["json_schema"]["schema"]
    assert set(schema["required"]) == set(GOOD)
    assert "mug" in schema["properties"]["groups"]["items"]["properties"]["asset"]["enum"]
    assert "multipleOf" not in json.dumps(schema)


def test_nothing_is_written_without_a_file(chat, ask, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chat.answers = [f"Here you are:\n```json\n{json.dumps(GOOD)}\n```"]
    assert "extends: tabletop" in ask().text
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (changed(changes=[{"key": "exposure.brightness", "value": 3}]), "brightness"),
        (changed(constraints=[{"kind": "occlusion", "of": "mug", "other": None, "low": 0.2, "high": 0.7}]), "'mug'"),
        (changed(groups=[{**GOOD["groups"][0], "asset": "mugg"}], camera=None, constraints=[]), "mugg"),
        (changed(extends="table"), "tabletop"),
        (changed(weather="rainy"), "rainy"),
        (changed(camera={**GOOD["camera"], "distance_m": {"low": -3, "high": 1}}), "above 0"),
        (json.dumps({"extends": "tabletop"}), "description"),
        ("I cannot do that.", "must be one JSON object"),
    ],
)
def test_a_fault_is_sent_back_once_and_repaired(chat, ask, tmp_path, bad, why):
    chat.answers = [bad, json.dumps(GOOD)]
    said = []
    written = ask(tmp_path / "new.yaml", said=said)
    assert written.repaired
    assert len(chat.requests) == 2
    sent_back = chat.requests[1]["messages"]
    assert sent_back[-2] == {"role": "assistant", "content": bad}
    assert why in sent_back[-1]["content"]
    assert why in said[0]


def test_nonsense_twice_is_an_error_and_the_last_good_file_stays(chat, ask, tmp_path):
    out = tmp_path / "kept.yaml"
    chat.answers = [json.dumps(GOOD)]
    good = ask(out).text
    chat.answers = ["Certainly! Rain is lovely."]
    with pytest.raises(
        EndpointError, match=r"neither its answer nor its repair does; .*kept.yaml is as it was"
    ) as caught:
        ask(out)
    assert "Rain is lovely" in str(caught.value)
    assert caught.value.exit_code == 1
    assert len(chat.requests) == 3
    assert out.read_text() == good
    assert [item.name for item in tmp_path.iterdir()] == ["kept.yaml"]


def test_a_busy_endpoint_is_asked_again_and_then_given_up(chat, ask):
    chat.answers = [503, json.dumps(GOOD)]
    said = []
    assert not ask(said=said).repaired
    assert "503" in said[0]
    chat.answers = [500]
    before = len(chat.requests)
    with pytest.raises(EndpointError, match=r"answered 500: out of order; 3 tries were made"):
        ask()
    assert len(chat.requests) - before == 3


def test_an_endpoint_without_schemas_is_asked_without_one(chat, ask):
    chat.answers = [(400, '{"error": "response_format json_schema is not supported"}'), json.dumps(GOOD)]
    said = []
    ask(said=said)
    assert "takes no schema" in said[0]
    assert "response_format" not in chat.requests[1]


def test_a_refusal_is_no_schema_fault(chat, ask):
    chat.answers = [(401, '{"error": "wrong key"}')]
    with pytest.raises(EndpointError, match=r"refused with 401: .*wrong key.*SYNTHVISION_LLM_KEY"):
        ask()
    assert len(chat.requests) == 1


@pytest.mark.parametrize("body", ["<html>hello</html>", "[]", '{"choices": []}', '{"choices": [{"message": 3}]}'])
def test_another_protocol_is_named(chat, ask, body):
    chat.answers = [(200, body)]
    with pytest.raises(EndpointError, match="must answer in the chat protocol"):
        ask()


def test_a_model_that_says_nothing_or_refuses(chat, ask):
    for message, why in (({"content": ""}, "said nothing"), ({"content": None, "refusal": "No."}, r"No\.")):
        chat.answers = [(200, json.dumps({"choices": [{"message": message}]}))]
        with pytest.raises(EndpointError, match=why):
            ask()


def test_a_slow_endpoint_is_left_after_the_timeout(chat, ask, drip):
    chat.answers = [drip]
    with pytest.raises(EndpointError, match=r"must answer within 0.4 s"):
        ask(timeout_s=0.4)
    assert len(chat.requests) == 1


def test_a_flood_is_cut(chat, ask):
    chat.answers = [(200, " " * (2**20 + 10))]
    with pytest.raises(EndpointError, match="sent more than"):
        ask()


def test_an_endpoint_that_is_down(chat):
    chat.answers = [200]
    url = chat.url
    chat.close()
    said = []
    endpoint = Endpoint(url, "little", timeout_s=5, wait_s=0.01, say=said.append)
    with pytest.raises(EndpointError, match=r"cannot be reached.*3 tries.*is the server up"):
        write_scenario(WISH, endpoint)
    assert len(said) == 2


def test_what_must_be_set_is_said():
    with pytest.raises(UsageError, match=r"set SYNTHVISION_LLM_URL and SYNTHVISION_LLM_MODEL"):
        endpoint_from({})
    with pytest.raises(UsageError, match=r"set SYNTHVISION_LLM_MODEL: "):
        endpoint_from({"SYNTHVISION_LLM_URL": "http://localhost"})
    with pytest.raises(UsageError, match=r"must be a URL such as .*, got 'localhost:80'"):
        endpoint_from({"SYNTHVISION_LLM_URL": "localhost:80", "SYNTHVISION_LLM_MODEL": "m"})


def test_wishes_and_files_are_checked_before_anyone_is_asked(chat, ask, tmp_path):
    chat.answers = [json.dumps(GOOD)]
    with pytest.raises(UsageError, match=r"must be a file that ends in \.yaml"):
        ask(tmp_path / "new.txt")
    with pytest.raises(UsageError, match="must say what the pictures shall show"):
        write_scenario("  ", endpoint_from(chat.environment))
    assert not chat.requests


def test_the_catalogue_is_bounded(library):
    catalogue = read_catalogue(library)
    whole = catalogue.told(10**6)
    for most in (500, 2_000, 8_000):
        told = catalogue.told(most)
        assert len(told) <= most
        assert len(told) < len(whole)
        assert "(and more that is not listed)" in told
    assert all(world.name in whole for world in catalogue.worlds)
    messages = first_messages(WISH, catalogue, schema_of(catalogue), 3_000, with_schema=True)
    assert len(messages[0]["content"]) < 9_000


def test_a_draft_becomes_a_scene_file(library):
    draft = Draft.model_validate(
        {
            **GOOD,
            "extends": "street",
            "weather": "rain",
            "changes": [{"key": "objects.trees.count", "value": {"low": 0, "high": 3}}, {"key": "sky", "value": None}],
            "groups": [{**GOOD["groups"][0], "asset": "bicycle", "strip": "lane"}],
            "constraints": [
                {"kind": "in_front_of", "of": "hidden_mugs", "other": "parked", "low": None, "high": None},
                {"kind": "distance", "of": "hidden_mugs", "other": None, "low": 3, "high": 12.5},
            ],
        }
    )
    data = scenario_data(draft)
    assert data["weather"] == {"kind": "rain"}
    assert data["objects"]["trees"] == {"count": {"uniform_int": [0, 3]}}
    assert data["objects"]["hidden_mugs"]["placement"] == {"kind": "along", "strips": "lane"}
    assert data["sky"] is None
    assert data["constraints"][0] == {"kind": "in_front_of", "of": "hidden_mugs", "than": "parked"}
    assert data["constraints"][1] == {"kind": "distance", "of": "hidden_mugs", "between": [3, 12.5]}
    with pytest.raises(ConfigError):
        check_scenario(scenario_text(draft).replace("trees", "treess"), Path(), library)


class TestLocalModel:
    """The decoder lets only valid answers through, whatever the weights say."""

    def test_a_model_that_knows_nothing_answers_by_the_schema(self, tiny_model, library):
        from synthvision.authoring.words.local import LocalModel

        catalogue = read_catalogue(library)
        model = LocalModel(tiny_model)
        answers = set()
        for wish in ("rain", "a dog on the road"):
            answer = model.answer([{"role": "user", "content": wish}], schema_of(catalogue))
            draft = Draft.model_validate_json(answer)
            assert draft.extends in {world.name for world in catalogue.worlds}
            assert {group.asset for group in draft.groups} <= {name for name, _ in catalogue.models}
            assert scenario_text(draft)
            answers.add(answer)
        assert len(answers) == 2

    def test_what_it_says_is_checked_all_the_same(self, tiny_model, tmp_path):
        from synthvision.authoring.words.local import LocalModel

        out = tmp_path / "new.yaml"
        said = []
        try:
            written = write_scenario("rain", LocalModel(tiny_model, most_characters=600), out, say=said.append)
        except EndpointError as error:
            assert "neither its answer nor its repair" in str(error)  # noqa: PT017
            assert len(said) == 1
            assert not out.exists()
        else:
            assert out.read_text() == written.text

    def test_a_question_that_does_not_fit(self, tiny_model):
        from synthvision.authoring.words.local import LocalModel

        with pytest.raises(EndpointError, match="the question must fit into the model"):
            LocalModel(tiny_model).answer([{"role": "user", "content": "rain " * 4_000}], {"type": "object"})

    def test_an_answer_that_is_too_long(self, tiny_model, library):
        from synthvision.authoring.words.local import LocalModel

        with pytest.raises(EndpointError, match="must end within 12 tokens"):
            LocalModel(tiny_model, most_tokens=12).answer(
                [{"role": "user", "content": "rain"}], schema_of(read_catalogue(library))
            )

    def test_a_folder_without_a_model(self, tmp_path):
        from synthvision.authoring.words.local import LocalModel

        with pytest.raises(UsageError, match="must be the folder of a model"):
            LocalModel(tmp_path / "nothing")
        with pytest.raises(UsageError, match="must hold a language model that transformers can load"):
            LocalModel(tmp_path)


def test_missing_extras_answer_with_their_command(monkeypatch, tmp_path, chat):
    import sys

    from synthvision.authoring.words.local import LocalModel

    monkeypatch.setitem(sys.modules, "httpx", None)
    monkeypatch.setitem(sys.modules, "llguidance", None)
    with pytest.raises(MissingExtraError, match=r"synthvision\[words\]"):
        endpoint_from(chat.environment).answer([], {})
    with pytest.raises(MissingExtraError, match=r"synthvision\[words-local\]"):
        LocalModel(tmp_path)


def test_the_command_shows_explains_and_writes(chat, tmp_path, monkeypatch, capsys):
    from synthvision.cli.main import main

    for name, value in chat.environment.items():
        monkeypatch.setenv(name, value)
    chat.answers = [json.dumps(GOOD)]
    out = tmp_path / "hidden.yaml"
    assert main(["scenario", "write", WISH, "--out", str(out)]) == 0
    shown = capsys.readouterr()
    assert shown.out == out.read_text()
    assert "It builds on 'tabletop'." in shown.err
    assert f"written to {out}" in shown.err
    monkeypatch.delenv("SYNTHVISION_LLM_URL")
    assert main(["scenario", "write", WISH]) == 2
    assert "SYNTHVISION_LLM_URL" in capsys.readouterr().err
    assert os.environ["SYNTHVISION_LLM_MODEL"] == "little"
