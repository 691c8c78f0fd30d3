"""Typed, synchronous client of Tessera's HTTP interface.

`Client(url, token)` has one method per route. What can be repeated safely is repeated when the
network or the server has a moment of weakness; what the server refuses is a ProblemError.
"""

from tessera.client.client import Client
from tessera.client.models import (
    Cycle,
    CyclePreview,
    Image,
    Job,
    Label,
    LearningMethod,
    Lease,
    Project,
    Region,
    SegmentClass,
)
from tessera.client.problems import (
    ClientError,
    Conflict,
    CycleOpen,
    CycleUnsuccessful,
    Forbidden,
    Invalid,
    JobUnsuccessful,
    LeaseSuperseded,
    NotFound,
    NotSignedIn,
    ProblemError,
    ServerFault,
    TooManyRequests,
    Unreachable,
    WaitedTooLong,
)
from tessera.client.webhooks import verified

__all__ = [
    "Client",
    "ClientError",
    "Conflict",
    "Cycle",
    "CycleOpen",
    "CyclePreview",
    "CycleUnsuccessful",
    "Forbidden",
    "Image",
    "Invalid",
    "Job",
    "JobUnsuccessful",
    "Label",
    "LearningMethod",
    "Lease",
    "LeaseSuperseded",
    "NotFound",
    "NotSignedIn",
    "ProblemError",
    "Project",
    "Region",
    "SegmentClass",
    "ServerFault",
    "TooManyRequests",
    "Unreachable",
    "WaitedTooLong",
    "verified",
]
