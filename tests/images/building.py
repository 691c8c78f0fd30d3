"""The Dockerfile's steps as a script in an empty folder, where there is no container engine.

    python -m tests.images.building FOLDER server [ARGUMENT=VALUE ...]

makes the server's (or the worker's) image from the registry, as a build does. Each `RUN` is given
to a shell that finds nothing but the folder's own commands; `/app` and `/data` lie below the
folder. Accounts are the engine's business: `useradd` is written down, and files keep their owner.
The base image's Python is this one.
"""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.images.linking import link

ROOT = Path(__file__).resolve().parents[2]
SH = shutil.which("sh") or "/bin/sh"
# What the shell finds; {pip} is a pip that installs into the folder's environment.
COMMANDS = {
    "pip": 'exec {pip} "$@"',
    "useradd": 'echo "$@" >> {prefix}/accounts',
    "install": 'for last; do :; done; {mkdir} -p -m 0700 "{prefix}$last"',
}


class Step(NamedTuple):
    word: str
    rest: str


def stages() -> dict[str, list[Step]]:
    """Each stage's steps, after those of the stage that it begins from."""
    found: dict[str, list[Step]] = {}
    for step in _steps():
        if step.word == "FROM":
            base, _, name = step.rest.split()
            current = found[name] = list(found.get(base, ()))
        else:
            current.append(step)
    return found


def _steps() -> Iterator[Step]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield Step(word, rest.strip())


class Image:
    """A stage being made below `prefix`. `linked`: what it installs must be what this Python has,
    as links, and no registry is asked."""

    def __init__(self, prefix: Path, *, linked: bool, **arguments: str) -> None:
        self.prefix, self._linked, self._arguments = prefix.resolve(), linked, arguments
        self.venv, self._bin = self.prefix / "usr", self.prefix / "bin"
        self.workdir, self.command = self.prefix, list[str]()
        self.user, self.port = "root", 0
        self.environment = {"PATH": f"{self._bin}:{self.venv / 'bin'}", "HOME": str(self.prefix)}
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.venv], check=True)
        self._bin.mkdir()
        pip = shlex.join([sys.executable, "-m", "pip", "--python", str(self.venv / "bin/python")])
        for name, script in COMMANDS.items():
            filled = script.format(pip=pip, prefix=self.prefix, mkdir=shutil.which("mkdir"))
            (self._bin / name).write_text(f"#!{SH}\n{filled}\n")
            (self._bin / name).chmod(0o755)
        if linked:
            # "no isolation" is said by 0: the build takes setuptools from the links
            about = {"NO_INDEX": 1, "NO_DEPS": 1, "NO_BUILD_ISOLATION": 0, "QUIET": 1}
            self.environment |= {f"PIP_{name}": str(value) for name, value in about.items()}

    def make(self, steps: list[Step]) -> None:
        for step in steps:
            getattr(self, f"_{step.word.lower()}")(step.rest)

    def run(self, script: str) -> str:
        """What the shell says to it, in the image's folder and environment."""
        told = subprocess.run(
            [SH, "-ec", script], cwd=self.workdir, env=self.environment, text=True, check=True,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        return told.stdout

    def _env(self, rest: str) -> None:
        self.environment |= dict(each.split("=", 1) for each in shlex.split(rest))

    def _arg(self, rest: str) -> None:
        self._env(rest)
        name = rest.partition("=")[0]
        self.environment[name] = self._arguments.get(name, self.environment[name])

    def _workdir(self, rest: str) -> None:
        self.workdir = self.prefix / rest.lstrip("/")
        self.workdir.mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        *sources, target = rest.split()
        for source in sources:
            _copied(ROOT / source, self.workdir / (source if target == "./" else target))

    def _run(self, rest: str) -> None:
        if self._linked and rest.startswith("pip "):
            link(shlex.split(rest)[-1], self.venv)
        self.run(rest)

    def _user(self, rest: str) -> None:
        self.user = rest

    def _volume(self, rest: str) -> None:
        assert (self.prefix / rest.lstrip("/")).is_dir(), f"nothing made {rest}"

    def _expose(self, rest: str) -> None:
        self.port = int(rest)

    def _cmd(self, rest: str) -> None:
        self.command = json.loads(rest)


def _copied(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


if __name__ == "__main__":
    folder, stage, *arguments = sys.argv[1:]
    given = dict(each.split("=", 1) for each in arguments)
    Image(Path(folder), linked=False, **given).make(stages()[stage])
