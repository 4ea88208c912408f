"""The tests of http run over both ways to a server: the lean one, and httpx with CacheControl."""

from dataclasses import replace

import pytest

from frazil.settings import Settings


@pytest.fixture(params=["lean", "general"])
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    return replace(settings, lean=request.param == "lean")
