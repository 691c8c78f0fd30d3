"""`python -m tessera` is the command line, for where the script is not on the PATH."""

from tessera.cli import app

app()
