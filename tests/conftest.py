"""What all tests share: how hypothesis looks for cases, and that no secret is known to begin with."""

import os
import signal

import pytest
from hypothesis import settings

from dojobber_nb.core import secrets
from dojobber_nb.core.known_secrets import KnownSecrets

# No deadline: a busy machine must not fail a test. CI tries the same cases every time, a developer new ones.
settings.register_profile("project", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("project")


# What a shell starts in the background ignores SIGINT, and so would the processes that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_secret_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets are known for as long as the process lives; no test is to be told of those of another."""
    monkeypatch.setattr(secrets, "_KNOWN", KnownSecrets())
