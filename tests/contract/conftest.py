"""What is rendered once and looked at by many tests."""

import os
from pathlib import Path
from typing import Any

import pytest
from syncline_stack.release.manifests import OVERLAYS, NoKustomizeError, kustomize, render

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture(scope="session")
def overlays() -> dict[str, list[dict[str, Any]]]:
    try:
        kustomize()
    except NoKustomizeError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(f"NO MANIFEST IS TESTED. {error}")
    return {name: render(DEPLOY / "overlays" / name) for name in OVERLAYS}
