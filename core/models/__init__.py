"""All tables. Only regions that a cycle chose are rows; the pool is implicit."""

from core.db import Base
from core.models.audit import Event, IdempotencyKey
from core.models.cycles import Cycle, Metric, Model
from core.models.jobs import Job
from core.models.people import Member, Token, User
from core.models.projects import Image, LabelClass, Project
from core.models.regions import Label, Lease, Region
from core.models.reviews import Review
from core.models.uploads import Upload, UploadPart
from core.models.webhooks import Delivery, Webhook

__all__ = [
    "Base",
    "Cycle",
    "Delivery",
    "Event",
    "IdempotencyKey",
    "Image",
    "Job",
    "Label",
    "LabelClass",
    "Lease",
    "Member",
    "Metric",
    "Model",
    "Project",
    "Region",
    "Review",
    "Token",
    "Upload",
    "UploadPart",
    "User",
    "Webhook",
]
