"""The command line for a Python whose scripts are not on PATH: python -m dojobber_nb."""

from dojobber_nb.cli import main

main(prog_name="dojobber-nb")
