"""A real JupyterLab server that touches nothing of its user's."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
PAGE_CONFIG = {
    "disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True},  # its toast covers what a test clicks
    "buildCheck": False,  # else each page has the server run yarn
    "buildAvailable": False,
}
OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--IdentityProvider.token=",
    "--ServerApp.password=",
    "--ServerApp.disable_check_xsrf=True",
    "--LabApp.expose_app_in_browser=True",
)


class Server:
    """A running JupyterLab: its address, its notebooks' folder and its users' settings."""

    def __init__(self, home: Path, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.home = home
        self.notebooks = home / "notebooks"
        self.log = home / "server.log"

    def set(self, settings: dict[str, dict[str, object]]) -> None:
        """What the next page that opens finds as its user's settings, by plugin; all else as it comes."""
        shutil.rmtree(self.home / "settings", ignore_errors=True)
        for plugin, values in settings.items():
            package, name = plugin.split(":")
            file = self.home / "settings" / package / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))

    def api(self, path: str, method: str = "GET") -> list[dict[str, str]]:
        """What the server answers, from JSON."""
        request = urllib.request.Request(f"{self.url}/api/{path}", method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"[]")

    def close_sessions(self) -> None:
        """Ends every kernel."""
        for session in self.api("sessions"):
            self.api(f"sessions/{session['id']}", "DELETE")


def environment(home: Path) -> dict[str, str]:
    """Variables that send all that Jupyter reads and writes to `home`, and let kernels import this checkout."""
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "MPLCONFIGDIR": "matplotlib",
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    return {**clean, **{name: str(home / folder) for name, folder in folders.items()}, "PYTHONPATH": str(ROOT)}


@contextlib.contextmanager
def running(home: Path) -> Iterator[Server]:
    """A server with its files in `home`, until the block ends."""
    server = Server(home, free_port())
    server.notebooks.mkdir()
    write_page_config(home)
    where = (f"--port={server.port}", f"--ServerApp.root_dir={server.notebooks}")
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS, *where]
    with server.log.open("w") as log:
        process = subprocess.Popen(command, env=environment(home), cwd=home, stdout=log, stderr=log)
    try:
        await_start(server, process)
        yield server
    finally:
        stop(process)


def write_page_config(home: Path) -> None:
    """Lab reads it at each page load."""
    folder = home / "config" / "labconfig"
    folder.mkdir(parents=True)
    (folder / "page_config.json").write_text(json.dumps(PAGE_CONFIG))


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_start(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Comes back when the server answers; raises with its log when it died."""
    while True:
        with contextlib.suppress(OSError):
            server.api("status")
            return
        if process.poll() is not None:
            raise RuntimeError(f"JupyterLab did not start:\n{server.log.read_text()}")
        time.sleep(0.1)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the server and every kernel that it leaves behind."""
    family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    process.wait(timeout=60)
    for left in psutil.wait_procs(family, timeout=5)[1]:
        left.kill()
