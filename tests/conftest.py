"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# How long one example takes says more about how busy the machine is than about the code.
settings.register_profile("fourthwall", deadline=None)
settings.load_profile("fourthwall")
