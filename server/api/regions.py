"""Regions and what there is to see of them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from core import labels
from core.errors import NotFound
from core.models import Image
from server import crops, pictures
from server.crops import Box
from server.deps import Cut, Db, RegionAsAnnotator, Store
from server.problems import responses
from server.schemas.regions import CONTEXT_PX, Region

router = APIRouter(tags=["regions"], responses=responses(NotFound))

Margin = Annotated[int, Query(ge=0, le=512, description="Pixels of context on each side")]


@router.get("/regions/{region_id}")
def show_region(region: RegionAsAnnotator) -> Region:
    """One region."""
    return Region.of(region)


@router.get("/regions/{region_id}/image", response_class=Response, responses=pictures.CONTENT)
def show_image(
    region: RegionAsAnnotator, request: Request, db: Db, store: Store, cut: Cut
) -> Response:
    """The region's pixels, as a PNG of its size."""
    image, box = db.get_one(Image, region.image_id), crops.box_of(region)
    return pictures.drawn(
        request,
        crops.tag(image.key, box),
        f"region-{region.id}",
        lambda: cut.png(store, image, box),
    )


@router.get("/regions/{region_id}/context", response_class=Response, responses=pictures.CONTENT)
def show_context(
    region: RegionAsAnnotator,
    request: Request,
    db: Db,
    store: Store,
    cut: Cut,
    margin_px: Margin = CONTEXT_PX,
) -> Response:
    """The region with its surroundings, clipped at the image's edge.

    X-Region-Left and X-Region-Top say where in the PNG the region begins.
    """
    image = db.get_one(Image, region.image_id)
    box = crops.around(region, image, margin_px)
    return pictures.drawn(
        request,
        crops.tag(image.key, box),
        f"context-{region.id}",
        lambda: cut.png(store, image, box),
        **_position(region.left, region.top, box),
    )


def _position(left: int, top: int, box: Box) -> dict[str, str]:
    return {"X-Region-Left": str(left - box.left), "X-Region-Top": str(top - box.top)}


@router.get("/regions/{region_id}/suggestion", response_class=Response, responses=pictures.CONTENT)
def show_suggestion(
    region: RegionAsAnnotator,
    request: Request,
    store: Store,
    band: Literal["classes", "confidence"] = "classes",
) -> Response:
    """What the model thinks: class values, or its confidence from 0 to 255, as a grey PNG."""
    key = region.suggestion_key if band == "classes" else region.confidence_key
    if key is None:
        raise NotFound(f"Region {region.id} has no suggestion: its cycle had no model.")
    return pictures.stored(request, store, key, f"{band}-{region.id}")


@router.get("/regions/{region_id}/label", response_class=Response, responses=pictures.CONTENT)
def show_label(region: RegionAsAnnotator, request: Request, db: Db, store: Store) -> Response:
    """The region's newest accepted mask, as an index PNG."""
    label = labels.current(db, region)
    answer = pictures.stored(request, store, label.mask_key, f"label-{region.id}")
    # Unlike pixels, a region's label may be followed by a newer one.
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
