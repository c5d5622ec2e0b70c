"""The command line: dojobber-nb."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dojobber_nb.core.errors import ShareError
from dojobber_nb.share import check as share
from dojobber_nb.share import files


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dojobber-nb")
def main() -> None:
    """Interactive runbooks: what can be done with them from a terminal."""


@main.command("check-share")
@click.argument("notebooks", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strip", is_flag=True, help="Take widget state and the outputs at fault out of the files.")
def check_share(notebooks: tuple[Path, ...], *, strip: bool) -> None:
    """Tell what in NOTEBOOKS must not be handed on: widget state, and what looks like a secret, wherever it stands.

    Of a folder all notebooks are looked at, hidden folders and checkpoints left out; - is standard input, which
    --strip writes to standard output, without what it takes out.

    Exits with 0 if there is nothing (left), with 1 if there is something, with 2 if a file cannot be read or written.
    """
    aside = strip and files.STDIN in notebooks
    sys.exit(max(_checked(path, strip=strip, aside=aside) for path in notebooks))


def _checked(path: Path, *, strip: bool, aside: bool) -> int:
    """The exit code for that file, or the worst in that folder."""
    found = files.notebooks_in(path)
    if not found:
        click.echo(f"{path}: no notebook in this folder", err=True)
    return max((_checked_file(file, strip=strip, aside=aside) for file in found), default=0)


def _checked_file(path: Path, *, strip: bool, aside: bool) -> int:
    """The exit code for that file; what is told goes aside, to stderr, where a notebook is on stdout."""
    try:
        done = share.checked(path, strip=strip)
    except ShareError as error:
        click.echo(str(error), err=True)
        return 2
    for finding in done.taken:
        click.echo(f"{done.name}: removed from {finding.place}: {finding.told}", err=aside)
    for finding in done.left:
        click.echo(f"{done.name}: {finding.place}: {finding.told}; {finding.way}", err=aside)
    return int(bool(done.left))
