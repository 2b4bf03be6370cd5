"""Settings that all tests share."""

from __future__ import annotations

from hypothesis import settings

# The machine may be busy: a test fails by what it finds, not by how long one example took.
settings.register_profile("wenju", deadline=None)
settings.load_profile("wenju")
