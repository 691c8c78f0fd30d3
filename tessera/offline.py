"""Work on rows and files beside the server: on the database of the settings, the one of a running
local stack, or the embedded one, which is started for as long as it takes.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from core.settings import Settings
from tessera import local, postgres, stack
from tessera.family import Family, ending_raises
from tessera.local import FolderInUse
from tessera.processes import StackError

Event = dict[str, Any]
FINDINGS = 2
"""How the work ends when it has found something wrong."""


class WorkFailed(StackError):
    """A process that worked on rows and files ended badly."""


@contextmanager
def with_database(settings: Settings, *, new: bool = False) -> Iterator[Settings]:
    """The settings with a database's URL; an embedded one may be `new`, else it has to be there.

    Raises StackError when there is none to be had.
    """
    settings = stack.absolute(settings)
    if settings.database_url is not None:
        postgres.check(settings.database_url)
        yield settings
        return
    if not new and not (settings.data_dir / "pgdata").exists():
        raise StackError(
            f"There is no Tessera in {settings.data_dir}. Say where it is with TESSERA_DATA_DIR, "
            "or with TESSERA_DATABASE_URL and TESSERA_STORE_URL."
        )
    local.prepare(settings.data_dir)
    with ExitStack() as held:
        try:
            held.enter_context(local.locked(settings.data_dir))
        except FolderInUse:
            url = postgres.running_url(settings.data_dir / "pgdata")
        else:
            url = held.enter_context(_embedded(settings.data_dir))
        yield settings.model_copy(update={"database_url": url})


@contextmanager
def _embedded(data_dir: Path) -> Iterator[str]:
    with ending_raises(), stack.runtime_folder() as sockets, Family() as family:
        family.remove_after(sockets)
        options = postgres.Options(data_dir / "logs" / "postgres.log")
        yield postgres.start(family, data_dir / "pgdata", sockets, options)


def migrate(settings: Settings, *words: str) -> None:
    """Run `python -m migrations WORDS`. Raises WorkFailed with what it says last."""
    ended = subprocess.run(
        [sys.executable, "-m", "migrations", *words],
        cwd=stack.ROOT,
        env=stack.environment(settings, os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        said = ended.stderr.strip().splitlines() or [f"status {ended.returncode}"]
        raise WorkFailed(f"The schema could not be brought to where it has to be: {said[-1]}")


def events(settings: Settings, *words: str) -> Iterator[Event]:
    """What `python -m core.integrity WORDS` tells, line by line.

    The last event is `{"event": "ended", "code": ...}`. Raises WorkFailed when the process says
    that it failed, or breaks.
    """
    command = [sys.executable, "-m", "core.integrity", *words]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=stack.ROOT,
        env=stack.environment(settings, os.environ),
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                event: Event = json.loads(line)
                if event["event"] == "failed":
                    raise WorkFailed(event["text"])
                yield event
        except BaseException:
            process.terminate()
            raise
        code = process.wait()
    if code not in (0, FINDINGS):
        raise WorkFailed(f"The work ended with status {code}; see the message above.")
    yield {"event": "ended", "code": code}
