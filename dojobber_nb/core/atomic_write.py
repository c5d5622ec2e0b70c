"""Replace a file in one step: a reader finds the old content or the new one, never a part."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from secrets import token_hex


def write_atomically(path: Path, data: bytes) -> None:
    """Write the file, or raise OSError and leave what was there. A link stays a link; the mode stays."""
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{token_hex(8)}.tmp")  # in the same folder, as a rename is atomic only there
    exists = target.exists()
    mode = 0o600 if exists else 0o666  # nobody may read a private file's new content before it has the old mode
    try:
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as new:
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
        if exists:
            shutil.copymode(target, temporary)
        temporary.replace(target)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
