"""Known vulnerabilities of the pinned packages: `python -m tests.audit`, part of `make check`.

Ends with status 1 when there are any. Where the data cannot be reached it says so and ends well:
without a network the other checks still count.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
WITHIN_S = 120


def main() -> int:
    try:
        packages = audited()
    except (subprocess.TimeoutExpired, ValueError) as error:
        return skipped(f"pip-audit gave no answer ({type(error).__name__})")
    known = [each for each in packages if "skip_reason" not in each]
    found = [f"{each['name']} {each['version']}: {bug['id']}, mended in {bug['fix_versions']}"
             for each in known for bug in each["vulns"]]  # fmt: skip
    for line in found:
        say(line)
    if not known:
        return skipped("its data cannot be reached from here")
    say(f"{len(known)} of {len(packages)} packages audited, {len(found)} vulnerabilities.")
    return 1 if found else 0


def audited() -> list[dict[str, Any]]:
    """A row per pinned package. Raises TimeoutExpired, ValueError."""
    ended = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--requirement", str(CONSTRAINTS), "--no-deps",
         "--disable-pip", "--progress-spinner", "off", "--format", "json"],
        capture_output=True, text=True, timeout=WITHIN_S, check=False,
    )  # fmt: skip
    rows: list[dict[str, Any]] = json.loads(ended.stdout)["dependencies"]
    return rows


def skipped(why: str) -> int:
    say(f"No audit of packages: {why}.")
    return 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
