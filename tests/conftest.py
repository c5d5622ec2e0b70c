"""What all tests share: how hypothesis looks for cases."""

import os

from hypothesis import settings

# No deadline: a busy machine must not fail a test. CI tries the same cases every time, a developer new ones.
settings.register_profile("project", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("project")
