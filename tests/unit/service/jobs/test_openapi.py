"""The OpenAPI document against the service: requests made from the one must be answered as it says by the other."""

from __future__ import annotations

import pytest

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from hypothesis.errors import Unsatisfiable  # noqa: E402

from synthvision.service.jobs.app import make_app  # noqa: E402

#: A job that is well formed and means nothing is refused, as is a pack's name that is taken; and a body of YAML can
#: hold any text, so that what schemathesis takes for wrong may be right.
OWN_RULES = [schemathesis.checks.positive_data_acceptance, schemathesis.checks.negative_data_rejection]


def test_every_operation_says_what_it_does_and_how_it_refuses(client):
    document = client.get("/api/v1/openapi.json").json()
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(operations) == 24
    for path, method, operation in operations:
        assert operation["description"], path
        for status in ("400", "401", "403", "413", "421"):
            content = operation["responses"][status]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Fault"}}}, (
                path,
                method,
            )
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (path, parameter["name"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("described")


@pytest.fixture(scope="module")
def described(folder, new_settings):
    """The document of a service that schemathesis starts itself, and calls without a network."""
    settings = new_settings(folder / "service", names=("testserver",), queue=3)
    headers = {"Authorization": f"Bearer {settings.token}"}
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", make_app(settings), headers=headers)


MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_answers_are_as_the_document_says(described, folder, token, mode):
    """Requests by the document, and against it, to every operation."""
    tried = 0
    for result in described.get_all_operations():
        operation = result.ok()
        try:
            cases = operation.as_strategy(generation_mode=mode)
        except schemathesis.errors.SchemathesisError:
            continue

        @settings(max_examples=3, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=cases)
        def attempt(case):
            nonlocal tried
            if case.path.endswith("/events"):
                case.query = {**(case.query or {}), "seconds": 0.1}
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=OWN_RULES)
            tried += 1

        try:
            attempt()
        except Unsatisfiable:
            continue  # there is nothing about it that could be wrong
    assert tried > 30
    assert [path.name for path in folder.iterdir()] == ["service"]
