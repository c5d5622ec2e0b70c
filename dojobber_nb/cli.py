"""The command line: dojobber-nb."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dojobber_nb.core.errors import ShareError
from dojobber_nb.share import notebook as share


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dojobber-nb")
def main() -> None:
    """Interactive runbooks: what can be done with them from a terminal."""


@main.command("check-share")
@click.argument("notebooks", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strip", is_flag=True, help="Take widget state and the outputs at fault out of the files.")
def check_share(notebooks: tuple[Path, ...], *, strip: bool) -> None:
    """Tell what in NOTEBOOKS must not be handed on: widget state, and what looks like a secret in outputs and code.

    Exits with 0 if there is nothing (left), with 1 if there is something, with 2 if a file cannot be read or written.
    """
    sys.exit(max(_checked(path, strip=strip) for path in notebooks))


def _checked(path: Path, *, strip: bool) -> int:
    try:
        notebook = share.read(path)
        taken = share.strip(notebook) if strip else []
        if taken:
            share.write(notebook, path)
    except ShareError as error:
        click.echo(str(error), err=True)
        return 2
    for finding in taken:
        click.echo(f"{path}: removed from {finding.place}: {finding.what}")
    left = share.findings(notebook)
    for finding in left:
        click.echo(f"{path}: {finding.place}: {finding.what}; {finding.way}")
    return int(bool(left))
