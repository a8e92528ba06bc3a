"""Write the JSON Schema of every message to `schemas/`; `python -m syncline_contracts.schema`."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from syncline_contracts.catalog import MESSAGES, QUERIES
from syncline_contracts.query import Query

FOLDER = Path(__file__).resolve().parent.parent / "schemas"


def schema_files() -> dict[str, str]:
    """File name -> text, as they should be. The validation schema: what a consumer accepts."""
    models: dict[str, type[BaseModel]] = {message.type_name: message for message in MESSAGES}
    for query in QUERIES:
        name = query_name(query)
        models[name] = query
        models[f"{name.removesuffix('.v1')}.answer.v1"] = query.answer_type()
    return {
        f"{name}.json": json.dumps(model.model_json_schema(), indent=1, sort_keys=True) + "\n"
        for name, model in models.items()
    }


def query_name(query: type[Query[Any]]) -> str:
    """Such as `query.mapping.holds.v1`; what several services answer is a connector's."""
    owner = query.services[0] if len(query.services) == 1 else "connector"
    return f"query.{owner}.{query.name}.v1"


def main() -> None:
    """Bring the folder to what the models say."""
    FOLDER.mkdir(exist_ok=True)
    files = schema_files()
    for stale in FOLDER.glob("*.json"):
        if stale.name not in files:
            stale.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text)
    sys.stdout.write(f"{len(files)} schemas\n")


if __name__ == "__main__":
    main()
