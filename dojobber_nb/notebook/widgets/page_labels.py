"""Labels that the page shows by name, in the order in which it shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dojobber_nb.view import words

PAGE_LABELS: Final[Mapping[str, Any]] = {
    "modes": {
        "dry": ("Dry run", "Only Checks are called: nothing is changed"),
        "act": ("Act", "Runs and Cleanups are called: they change things"),
    },
    "views": {"graph": "Graph", "joblist": "List", "timeline": "Timeline", "inspector": "Job"},
    "panes": {"attempts": "Attempts", "output": "Output", "error": "Error", "storage": "Storage", "source": "Source"},
    "attempt_panes": ("output", "error", "storage"),  # what these show belongs to one attempt
    "orders": {"failures": "Failures first", "visiting": "Visiting order"},
    "changes": {"added": "+ added", "changed": "~ changed", "removed": "− removed"},
    "counted": {key: word for key, (_, word) in words.COUNTED.items()},
}
