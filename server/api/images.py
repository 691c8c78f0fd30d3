"""Images of a project: pixels and masks as they were imported."""

from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy import select

from core import linked, models, paging, tags
from core.boxes import Box
from core.errors import Invalid, NotFound
from server import crops, nouns, pictures, thumbnails
from server.deps import Caller, Cut, Db, Pages, Store
from server.problems import responses
from server.rights import ImageAsAdmin, ImageAsAnnotator, ImageAsReviewer, ProjectAsAnnotator
from server.schemas.common import PageOf, page_of
from server.schemas.projects import Image, Split, Tags

Edge = Annotated[int, Query(ge=0, le=2**31, description="Native pixels")]
Side = Annotated[int, Query(ge=1, le=4096, description="Native pixels")]

router = nouns.router("images", NotFound)


@router.get("/projects/{project_id}/images")
def list_images(
    project: ProjectAsAnnotator, page: Pages, db: Db, split: Split | None = None
) -> PageOf[Image]:
    """The project's images, of all splits or of one."""
    query = select(models.Image).where(models.Image.project_id == project.id)
    if split is not None:
        query = query.where(models.Image.split == split)
    return page_of(paging.page(db, query, models.Image.id, **page.asked()), Image.of)


@router.get("/images/{image_id}")
def show_image(image: ImageAsAnnotator) -> Image:
    """One image's facts."""
    return Image.of(image)


@router.put("/images/{image_id}/tags", responses=responses(Invalid))
def put_tags(image: ImageAsAdmin, wanted: Tags, caller: Caller, db: Db) -> Image:
    """Say which classes are somewhere in the image. Admins."""
    return Image.of(tags.put(db, image, wanted.tags, by=caller))


@router.get("/images/{image_id}/pixels", response_class=Response, responses=pictures.PICTURE)
def show_pixels(image: ImageAsAnnotator, request: Request, store: Store) -> Response:
    """The image itself, upright, as a PNG."""
    name = f"image-{image.id}"
    if linked.stands_alone(store, image.key):
        return pictures.stored(request, store, image.key, name)
    tag = pictures.sha256_of(image.key)
    return pictures.drawn(request, tag, name, lambda: linked.png(store, image.key))


@router.get("/images/{image_id}/thumbnail", response_class=Response, responses=pictures.SMALL)
def show_thumbnail(image: ImageAsAnnotator, request: Request, store: Store) -> Response:
    """The image as a small JPEG, at most 320 pixels wide and high: to look at, not to label."""
    return pictures.drawn(
        request, thumbnails.tag(image), f"thumbnail-{image.id}",
        lambda: thumbnails.jpeg(store, image), kind=pictures.JPEG,
    )  # fmt: skip


@router.get(
    "/images/{image_id}/crop",
    response_class=Response,
    responses=pictures.PICTURE | responses(Invalid),
)
def show_crop(
    image: ImageAsAnnotator,
    request: Request,
    store: Store,
    cut: Cut,
    *,
    left: Edge,
    top: Edge,
    width: Side,
    height: Side,
) -> Response:
    """A rectangle of the image, as a PNG."""
    box = Box(left, top, width, height)
    if box.right > image.width or box.bottom > image.height:
        raise Invalid(
            f"Expected a rectangle within {image.width}x{image.height} pixels; given one that ends "
            f"at {box.right}, {box.bottom}."
        )
    name = f"crop-{image.id}"
    return pictures.drawn(
        request, crops.tag(image.key, box), name, lambda: cut.png(store, image, box)
    )


@router.get("/images/{image_id}/mask", response_class=Response, responses=pictures.CONTENT)
def show_mask(image: ImageAsReviewer, request: Request, store: Store) -> Response:
    """The mask that came with the image, as an index PNG. Reviewers and admins."""
    if image.mask_key is None:
        raise NotFound(f"Image {image.id} came without a mask.")
    return pictures.stored(request, store, image.mask_key, f"mask-{image.id}")
