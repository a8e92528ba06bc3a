"""What a charge is billed as: a material code, or a service with the code that bills it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from syncline_chassis.errors import NotBillableError

from syncline_autotask.schemas import AtCode, AtService

SERVICE, CODE = "service:", "code:"


@dataclass(frozen=True, slots=True)
class Sold:
    """What a charge is billed as."""

    code: AtCode
    service: AtService | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Services and codes that some products may mean."""

    services: Sequence[AtService] = ()
    codes: Sequence[AtCode] = ()
    material: frozenset[int] = field(default_factory=frozenset)
    """Use types of codes that charges may bear; empty where the database does not say."""
    default_code: str = ""
    """Name or id of the code for services that have none of this use."""

    def find(self, product: str) -> Sold:
        """What a product of the billing profile means. Raises `NotBillableError`.

        A pick list's id (`service:29`, `code:31`), or a name, number or SKU that only one has.
        """
        if not product.strip():
            raise NotBillableError(
                "No service and no material code is named. Choose one in the billing profile."
            )
        services = [one for one in self.services if _is_service(one, product)]
        codes = [one for one in self.codes if _is_code(one, product) and self._is_material(one)]
        if not product.startswith((SERVICE, CODE)) and len(services) + len(codes) > 1:
            services = [one for one in services if one.is_active]
            codes = [one for one in codes if one.is_active]
        if len(services) + len(codes) > 1:
            raise NotBillableError(
                f"{len(services) + len(codes)} services or material codes in Autotask are called "
                f"{product!r}. Choose one from the list in the billing profile."
            )
        if services:
            return self._service(services[0])
        if codes:
            return Sold(_active(codes[0], f"The material code {codes[0].name!r}"))
        raise NotBillableError(
            f"Autotask has no service and no material code {product!r}. Choose another one in the "
            "billing profile."
        )

    def _service(self, service: AtService) -> Sold:
        if not service.is_active:
            raise NotBillableError(
                f"The service {service.name!r} is inactive in Autotask. Activate it there, or "
                "choose another one in the billing profile."
            )
        wanted = self.default_code.strip() or f"{CODE}{service.billing_code_id}"
        named = [
            one
            for one in self.codes
            if self._is_material(one) and (_is_code(one, wanted) or str(one.id) == wanted)
        ]
        if len(named) != 1:
            raise NotBillableError(
                f"No single material code bills the service {service.name!r}. Name one in the "
                "connection, or choose a material code in the billing profile."
            )
        return Sold(_active(named[0], f"The material code {named[0].name!r}"), service)

    def _is_material(self, code: AtCode) -> bool:
        return not self.material or code.use_type in self.material


def ids_of(products: Iterable[str], prefix: str) -> list[int]:
    """Ids that products of this kind name."""
    found = (one.removeprefix(prefix) for one in products if one.startswith(prefix))
    return sorted({int(one) for one in found if one.isdecimal()})


def names_of(products: Iterable[str]) -> list[str]:
    """Products that are names."""
    return sorted({one for one in products if one and not one.startswith((SERVICE, CODE))})


def _active(code: AtCode, what: str) -> AtCode:
    if not code.is_active:
        raise NotBillableError(
            f"{what} is inactive in Autotask. Activate it there, or choose another one."
        )
    return code


def _is_service(service: AtService, product: str) -> bool:
    if product.startswith((SERVICE, CODE)):
        return product == f"{SERVICE}{service.id}"
    return product.casefold() in (service.name.casefold(), service.sku.casefold())


def _is_code(code: AtCode, product: str) -> bool:
    if product.startswith((SERVICE, CODE)):
        return product == f"{CODE}{code.id}"
    return product.casefold() in (code.name.casefold(), code.external_number.casefold())
