"""Every error that a user can meet.

TesseraError 500
├── Unauthorized 401 ── NoToken, InvalidToken, WrongPassword
├── Forbidden 403
├── NotFound 404
├── Conflict 409 ── CycleOpen, ProjectEmpty, LeaseSuperseded, AlreadyLabelled, ...
├── TooLarge 413 ── ImageTooLarge
├── UnsupportedMediaType 415
├── Invalid 422 ── MaskSizeMismatch, UnknownClass, BudgetExceedsPool, ...
├── TooManyRequests 429
├── Unavailable 503
└── DiskFull 507

The class name in snake_case is the stable code that clients match on, the docstring is the title,
`detail` says what was expected, what was given and what to do.
"""

import re
from typing import Any

# The statuses from here on say that a repeat may succeed, without a change by whoever asked.
OUR_FAULT = 500


class TesseraError(Exception):
    """Something went wrong on our side."""

    status = 500
    # In how many seconds a repeat may succeed, where that is known.
    retry_after_s: int | None = None

    def __init__(self, detail: str = "", **extras: Any) -> None:
        super().__init__(detail or self.title())
        self.detail = detail or self.title()
        self.extras = extras

    @classmethod
    def code(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]


class Unauthorized(TesseraError):
    """The request does not say who asks."""

    status = 401


class NoToken(Unauthorized):
    """No bearer token was sent."""


class InvalidToken(Unauthorized):
    """The bearer token is unknown, expired or revoked."""


class WrongPassword(Unauthorized):
    """The name and the password do not belong together."""


class Forbidden(TesseraError):
    """Your role does not allow this."""

    status = 403


class NotFound(TesseraError):
    """There is no such thing, or it is not yours to see."""

    status = 404


class Conflict(TesseraError):
    """The thing is not in a state that allows this."""

    status = 409


class NameTaken(Conflict):
    """Something with this name exists already."""


class ClassesInUse(Conflict):
    """The change of classes would orphan labels."""


class CycleOpen(Conflict):
    """The project has an open cycle already."""


class CycleState(Conflict):
    """The cycle is not in a state that allows this."""


class ProjectEmpty(Conflict):
    """The project has no pool images."""


class NothingLabelled(Conflict):
    """A cycle that only trains needs labels, and there are none."""


class LeaseSuperseded(Conflict):
    """The lease is over and the region has gone on without it."""


class AlreadyLabelled(Conflict):
    """This lease has submitted another label already."""


class UploadOutOfOrder(Conflict):
    """These bytes are not the ones that come next."""


class UploadUnfinished(Conflict):
    """Parts of the upload are still missing."""


class UploadInUse(Conflict):
    """An import is reading this upload."""


class JobOver(Conflict):
    """The job has ended."""


class NoModel(Conflict):
    """The project has no model yet."""


class ExportRefused(Conflict):
    """The project cannot be exported in this way."""


class ControlRefused(Conflict):
    """A random control of this cycle would tell nothing, or has been asked for."""


class ObjectLost(Conflict):
    """The object in a bucket that an image refers to is gone or has changed."""


class TooLarge(TesseraError):
    """What was sent is too large."""

    status = 413


class ImageTooLarge(TooLarge):
    """The image has more pixels than the ceiling allows."""


class UnsupportedMediaType(TesseraError):
    """This kind of content is not accepted here."""

    status = 415


class Invalid(TesseraError):
    """What was sent does not make sense."""

    status = 422


class ImageUndecodable(Invalid):
    """The file is not an image that can be decoded to its end."""


class ArchiveRejected(Invalid):
    """The archive is damaged, or holds what none should hold."""


class MaskSizeMismatch(Invalid):
    """The mask has another size than what it labels."""


class MaskNotIndexed(Invalid):
    """The mask holds colours where class ids are expected."""


class UnknownClass(Invalid):
    """The mask holds a value that is no class of the project."""


class OriginsRefused(Invalid):
    """The origins of the pixels do not fit the mask or the suggestion."""


class MaskWithoutImage(Invalid):
    """A mask has no image of the same name."""


class DuplicateImage(Invalid):
    """Two files hold the same pixels or claim the same name."""


class LayoutUnknown(Invalid):
    """The folder has none of the layouts that can be imported."""


class PathNotAllowed(Invalid):
    """The path is outside the folders that may be imported."""


class ImportRejected(Invalid):
    """The import found problems, so nothing was imported."""


class BudgetExceedsPool(Invalid):
    """The budget asks for more than the pool has open."""


class StrategyRefused(Invalid):
    """The strategy cannot work with the project's recipe."""


class RecipeRefused(Invalid):
    """The recipe names something that does not exist or cannot work."""


class WebhookRefused(Invalid):
    """The webhook's address cannot be used."""


class PasswordRefused(Invalid):
    """The password is too short, too long or easily guessed."""


class IdempotencyKeyReused(Invalid):
    """The idempotency key came with another request before."""


class CursorInvalid(Invalid):
    """The cursor is not one of ours."""


class TooManyRequests(TesseraError):
    """More was asked than is allowed in this time."""

    status = 429

    def __init__(self, detail: str = "", *, retry_after_s: int = 1) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class Unavailable(TesseraError):
    """A part that this needs is not reachable now."""

    status = 503
    retry_after_s = 1


class Crowded(Unavailable):
    """More requests are waiting than can be answered soon."""

    # The line moves within a second or two; those who all came back that soon would hold it up.
    retry_after_s = 3


class DiskFull(TesseraError):
    """There is too little room on the disk to write anything new."""

    status = 507
    retry_after_s = 30


class Fenced(Exception):
    """The job was taken over: nothing of this attempt may be written any more."""
