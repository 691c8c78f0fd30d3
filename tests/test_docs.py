"""What the documentation says can be done can be done: commands parse, snippets compile, links lead
somewhere, the key sheet is the page's own. Examples and the API guide's snippets are run by
tests/e2e/test_examples.py.
"""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer

from tessera.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]
NODE = shutil.which("node")
# Words of other programs, which are not ours to check.
OTHERS = {"cp", "docker", "export", "kubectl", "tensorboard"}
LARGEST_PICTURE = 150_000


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)


def commands(page: Path) -> Iterator[list[str]]:
    """Every command of a page's shell blocks, without comments and variables before it."""
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.replace("&&", ";"), comments=True)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            if words:
                yield words


def refusal(words: list[str]) -> str | None:
    """Why this command would not even begin; None when it would."""
    program = words[0].removeprefix(".venv/bin/")
    if program == "tessera":
        return parsed(words[1:])
    if program == "make":
        targets = [word for word in words[1:] if "=" not in word]
        return next((f"no target {each}" for each in targets if each not in TARGETS), None)
    if program in ("python", "torchrun"):
        module = words[words.index("-m") + 1] if "-m" in words else ""
        return None if module and find_spec(module) else f"no module {module}"
    return None if program in OTHERS else f"what is {program}?"


TARGETS = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))


def parsed(words: list[str]) -> str | None:
    """What the command line itself says against the words."""
    command: Any = typer.main.get_command(app)
    context = None
    try:
        while hasattr(command, "commands"):
            context = command.make_context("tessera", words, parent=context)
            rest = [*context._protected_args, *context.args]
            _, command, words = command.resolve_command(context, rest)
        command.make_context("tessera", words, parent=context)
    except Exception as error:  # its errors are classes of several packages
        said = getattr(error, "message", None) or f"{type(error).__name__}: {error}"
        # a file of the reader's
        return None if said.endswith("does not exist.") else str(said)
    return None


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_begin(page: Path):
    found = [(" ".join(words), refusal(words)) for words in commands(page)]
    assert [each for each in found if each[1]] == []


def test_a_command_that_does_not_exist_is_found():
    """The check itself: an unknown word, option and value are each refused."""
    for words in (["cycle"], ["cycles", "start"], ["users", "add", "mira", "--roll", "admin"]):
        assert parsed(words) is not None


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_snippets_compile(page: Path):
    for block in blocks(page, "python"):
        compile(block, named(page), "exec")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path):
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


def test_every_page_is_reached_from_the_first():
    seen, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        links = re.findall(r"\]\(([^)#\s]+)", page.read_text())
        found = [(page.parent / link).resolve() for link in links if "://" not in link]
        pages = [
            each for link in found for each in ([link] if link.is_file() else link.glob("*.md"))
        ]
        waiting += [each for each in pages if each.suffix == ".md" and each not in seen]
    assert set(PAGES) - seen == set()


@pytest.mark.skipif(NODE is None, reason="The key sheet needs node; `make browser` installs it.")
def test_the_key_sheet_is_the_pages_own():
    assert NODE
    script = ["tests/js/sheet.js"]
    told = subprocess.run([NODE, *script], cwd=ROOT, capture_output=True, text=True, check=True)
    text = (ROOT / "docs" / "annotating.md").read_text()
    shown = text.partition("sheet.js -->\n")[2].partition("<!-- end of keys -->")[0]
    assert shown.strip() == told.stdout.strip(), "paste what `node tests/js/sheet.js` prints"


def test_pictures_are_small_and_shown():
    shown = "".join(page.read_text() for page in PAGES)
    for picture in (ROOT / "docs" / "pictures").glob("*.png"):
        assert picture.stat().st_size < LARGEST_PICTURE, picture.name
        assert f"pictures/{picture.name}" in shown, picture.name
