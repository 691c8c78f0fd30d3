"""What is mutated together, and the tests that have to notice it: no others are run."""

from typing import NamedTuple


class Group(NamedTuple):
    """Modules by path, and their tests; pure ones do without PostgreSQL and Redis."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    pure: bool = False


GROUPS = {
    "masks": Group(("core/masks.py",), ("tests/core/test_masks.py",), pure=True),
    "metrics": Group(("ml/metrics.py",), ("tests/ml/test_metrics.py",), pure=True),
    "reports": Group(
        ("core/reports.py", "core/confusion.py"),
        ("tests/core/test_reports.py", "tests/core/test_tallies.py", "tests/core/test_confusion.py",
         "tests/server/api/test_exploring.py", "tests/server/api/test_cycles.py",
         "tests/server/api/test_models.py"),
    ),
    "leases": Group(
        ("core/grants.py", "core/regions.py", "core/lending.py", "core/labels.py",
         "core/settling.py"),
        ("tests/core/test_regions.py", "tests/core/test_regions_queue.py",
         "tests/core/test_labels.py", "tests/core/test_lending.py",
         "tests/core/test_lease_rows.py", "tests/core/test_lease_machine.py",
         "tests/core/test_lock_order.py",
         "tests/core/test_reviews.py", "tests/core/test_checking.py",
         "tests/server/api/test_leases.py", "tests/server/api/test_label_lists.py",
         "tests/server/api/test_origins.py"),
    ),
    "stages": Group(
        ("core/stages.py", "core/jobs.py", "core/cycles.py", "core/shards.py"),
        ("tests/core/test_stages.py", "tests/core/test_jobs.py", "tests/core/test_cycles.py",
         "tests/core/test_shards.py", "tests/core/test_stage_machine.py",
         "tests/core/test_reconcile.py", "tests/core/test_clock.py", "tests/core/test_bells.py",
         "tests/core/test_lock_order.py", "tests/core/test_job_rows.py",
         "tests/core/test_cycle_rows.py", "tests/server/api/test_cycles.py"),
    ),
}  # fmt: skip
