"""Shows the picture of a run: in the notebook, or in the viewer of the desktop."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from IPython.display import Image, display

from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.ipython.kernel import in_kernel
from dojobber_nb.view import picture

VIEWERS = {"darwin": "open", "win32": "explorer"}


def show_picture(state: RunState) -> None:
    """Show the picture. Without a viewer, print the path of the file to stderr."""
    if in_kernel():
        into = io.BytesIO()
        picture.write(state, into)
        display(Image(into.getvalue(), retina=True))  # type: ignore[no-untyped-call]
        return
    file = Path(tempfile.mkdtemp(prefix="dojobber-")) / "graph.png"
    picture.write(state, file)
    if not _open(file):
        sys.stderr.write(f"There is no viewer on this machine to show the graph; it lies in {file}\n")


def _open(file: Path) -> bool:
    """Open the file in the viewer of the desktop; False if there is none."""
    viewer = shutil.which(VIEWERS.get(sys.platform, "xdg-open"))
    desktop = sys.platform in VIEWERS or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if not viewer or not desktop:
        return False
    subprocess.Popen([viewer, file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return True
