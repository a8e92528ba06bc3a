"""Reads what connectors announce; a change is stored, and whoever uses it is evaluated anew."""

from pydantic import ValidationError
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.stream import CONNECTORS_BUCKET

from syncline_mapping.domain.manifest import ConnectorManifest
from syncline_mapping.repository.connectors import Connectors
from syncline_mapping.repository.marks import Marks
from syncline_mapping.repository.partners import Partners


class Manifests:
    """The worker. A connector that is away keeps the manifest that it announced last."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._unreadable: dict[str, bytes] = {}

    async def work(self) -> None:
        """Compare the bucket with what is stored."""
        announced = await self._service.bus.kv_all(CONNECTORS_BUCKET)
        known = await Connectors(self._service.reading()).all()
        for name, data in announced.items():
            manifest = self._read(name, data)
            if manifest is not None and manifest != known.get(name):
                await self._service.in_transaction(
                    lambda uow, one=manifest: _take_in(uow, one)  # type: ignore[misc]
                )
                self._service.log.info("connector announced", connector=name)

    def _read(self, name: str, data: bytes) -> ConnectorManifest | None:
        try:
            return ConnectorManifest.model_validate_json(data).model_copy(update={"name": name})
        except ValidationError as error:
            if self._unreadable.get(name) != data:  # said once
                self._unreadable[name] = data
                self._service.log.error(
                    "a connector's manifest cannot be read", connector=name, error=str(error)
                )
            return None


async def _take_in(uow: UnitOfWork, manifest: ConnectorManifest) -> None:
    await Connectors(uow).save(manifest)
    for partner_id in await Partners(uow).using(manifest.name):
        await Marks(uow).partner(partner_id)
