"""What a product of the billing profile means."""

import pytest
from syncline_autotask.catalogue import Catalogue
from syncline_autotask.schemas import AtCode, AtService
from syncline_chassis.errors import NotBillableError

MATERIAL = frozenset({21})
CODES = (
    AtCode(id=60, name="Azure", external_number="AZ", use_type=21),
    AtCode(id=61, name="Other", use_type=21),
    AtCode(id=62, name="Hours", use_type=22),
    AtCode(id=63, name="Old", use_type=21, is_active=False),
    AtCode(id=64, name="Twin", use_type=21),
)
SERVICES = (
    AtService(id=70, name="Azure plan", sku="PLAN", billing_code_id=60),
    AtService(id=71, name="Hourly", billing_code_id=62),
    AtService(id=72, name="Twin", billing_code_id=60),
    AtService(id=73, name="Gone", billing_code_id=60, is_active=False),
)


def catalogue(default_code: str = "") -> Catalogue:
    return Catalogue(SERVICES, CODES, MATERIAL, default_code)


@pytest.mark.parametrize(
    ("product", "code", "service"),
    [
        ("code:60", 60, None),
        ("azure", 60, None),
        ("az", 60, None),
        ("service:70", 60, 70),
        ("Azure plan", 60, 70),
        ("plan", 60, 70),
        ("service:72", 60, 72),
        ("code:64", 64, None),
    ],
)
def test_an_id_or_a_name_that_only_one_has(product: str, code: int, service: int | None) -> None:
    found = catalogue().find(product)
    assert (found.code.id, found.service.id if found.service else None) == (code, service)


@pytest.mark.parametrize("default", ["Other", "61", "code:61", " other "])
def test_a_service_is_billed_by_the_code_that_the_connection_names(default: str) -> None:
    assert catalogue(default).find("service:71").code.id == 61
    assert catalogue(default).find("code:60").code.id == 60


@pytest.mark.parametrize(
    ("product", "words"),
    [
        ("nothing", "no service and no material code 'nothing'"),
        ("", "No service and no material code is named"),
        ("code:62", "no service and no material code"),
        ("code:99", "no service and no material code"),
        ("Old", "'Old' is inactive"),
        ("Gone", "'Gone' is inactive"),
        ("Twin", "2 services or material codes"),
        ("service:71", "No single material code bills the service 'Hourly'"),
    ],
)
def test_what_cannot_be_billed_says_why(product: str, words: str) -> None:
    with pytest.raises(NotBillableError, match=words):
        catalogue().find(product)


def test_an_inactive_namesake_does_not_count() -> None:
    codes = (*CODES, AtCode(id=65, name="Azure", use_type=21, is_active=False))
    assert Catalogue(SERVICES, codes, MATERIAL).find("Azure").code.id == 60
