"""Whatever is sent to any route: the answer is one that the OpenAPI document promises."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as budget
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from syncline_portal.app import create_app

from tests.unit.portal.answers import answer_all
from tests.unit.portal.fakes import FakePortal, settings

FAKES = FakePortal(settings())
answer_all(FAKES.bus)
APP = create_app(FAKES.portal)
TOKEN = FAKES.tokens.give(operator=True)
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP).exclude(path_regex=r"/events$")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@SCHEMA.parametrize()
@budget(max_examples=6, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_one_that_is_promised(case: Any) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"}, checks=CHECKS)
