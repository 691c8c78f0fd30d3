"""What the server answers, as frozen models.

Pixels are native pixels of the image, times are aware datetimes, `_s` seconds, `_ms` milliseconds.
"""

from tessera.client.models.base import Answer, Failure
from tessera.client.models.cycles import (
    Budget,
    ClassIou,
    Cost,
    Cycle,
    CycleMetrics,
    CycleRow,
    CycleState,
    Evaluation,
    Event,
    Manifest,
    ModelSummary,
    ProjectMetrics,
    RegionCounts,
    SplitMetrics,
    Stage,
    Strategy,
)
from tessera.client.models.jobs import FileReport, Job, JobState
from tessera.client.models.projects import (
    Classes,
    Image,
    ImageCounts,
    Member,
    Project,
    Recipe,
    Role,
    SegmentClass,
    Split,
    Token,
    User,
)
from tessera.client.models.queue import Box, Label, LabelPixels, Lease, LeasedImage, Leases, Region
from tessera.client.models.service import Health

__all__ = [
    "Answer",
    "Box",
    "Budget",
    "ClassIou",
    "Classes",
    "Cost",
    "Cycle",
    "CycleMetrics",
    "CycleRow",
    "CycleState",
    "Evaluation",
    "Event",
    "Failure",
    "FileReport",
    "Health",
    "Image",
    "ImageCounts",
    "Job",
    "JobState",
    "Label",
    "LabelPixels",
    "Lease",
    "LeasedImage",
    "Leases",
    "Manifest",
    "Member",
    "ModelSummary",
    "Project",
    "ProjectMetrics",
    "Recipe",
    "Region",
    "RegionCounts",
    "Role",
    "SegmentClass",
    "Split",
    "SplitMetrics",
    "Stage",
    "Strategy",
    "Token",
    "User",
]
