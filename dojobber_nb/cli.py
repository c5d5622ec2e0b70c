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
    """Commands for interactive runbooks."""


@main.command("check-share")
@click.argument("notebooks", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strip", is_flag=True, help="Remove widget state, and outputs with a secret, from the files.")
def check_share(notebooks: tuple[Path, ...], *, strip: bool) -> None:
    """Find widget state and secrets in NOTEBOOKS before they are shared.

    A folder stands for all notebooks in it, without hidden folders and checkpoints. - is standard input; with --strip
    the cleaned notebook is written to standard output.

    Exit code: 0 if nothing is found (or left), 1 if something is, 2 if a file cannot be read or written.
    """
    aside = strip and files.STDIN in notebooks
    sys.exit(max(_checked(path, strip=strip, aside=aside) for path in notebooks))


def _checked(path: Path, *, strip: bool, aside: bool) -> int:
    """The exit code for that file, or the highest one for the notebooks in that folder."""
    found = files.notebooks_in(path)
    if not found:
        click.echo(f"{path}: no notebook in this folder", err=True)
    return max((_checked_file(file, strip=strip, aside=aside) for file in found), default=0)


def _checked_file(path: Path, *, strip: bool, aside: bool) -> int:
    """The exit code for that file. aside: print to stderr, as a notebook is written to stdout."""
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
