"""Regions and what there is to see of them."""

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from core import boxes, labels, neighbours, notes, suggestions, superpixels
from core.boxes import Box
from core.errors import Invalid, LeaseSuperseded, NotFound
from core.masks import to_png
from core.models import Image
from server import crops, nouns, pictures
from server.deps import Cut, Db, Segmented, Store
from server.problems import responses
from server.rights import LeaseOnRegion, RegionAsAnnotator
from server.schemas.regions import CONTEXT_PX, Note, Region
from server.segments import Wanted

router = nouns.router("regions", NotFound)

SizePx = Annotated[
    int | None, Query(ge=4, le=256, description="Side of a segment; left out: it suits the region")
]
Bounded = Annotated[bool, Query(description="Cut segments at the suggestion's borders too")]
Margin = Annotated[int, Query(ge=0, le=512, description="Pixels of context on each side")]
# Unlike pixels, labels may be followed by newer ones.
NEWEST = "private, no-cache"


@router.get("/regions/{region_id}")
def show_region(region: RegionAsAnnotator) -> Region:
    """One region."""
    return Region.of(region)


@router.get("/regions/{region_id}/image", response_class=Response, responses=pictures.PICTURE)
def show_image(
    region: RegionAsAnnotator, request: Request, db: Db, store: Store, cut: Cut
) -> Response:
    """The region's pixels, as a PNG of its size."""
    image, box = db.get_one(Image, region.image_id), boxes.box_of(region)
    return pictures.drawn(
        request,
        crops.tag(image.key, box),
        f"region-{region.id}",
        lambda: cut.png(store, image, box),
    )


@router.get("/regions/{region_id}/context", response_class=Response, responses=pictures.PICTURE)
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
    box = boxes.around(region, image, margin_px)
    return pictures.drawn(
        request,
        crops.tag(image.key, box),
        f"context-{region.id}",
        lambda: cut.png(store, image, box),
        headers=_position(region.left, region.top, box),
    )


def _position(left: int, top: int, box: Box) -> dict[str, str]:
    return {"X-Region-Left": str(left - box.left), "X-Region-Top": str(top - box.top)}


@router.get("/regions/{region_id}/suggestion", response_class=Response, responses=pictures.MASK)
def show_suggestion(
    region: RegionAsAnnotator,
    request: Request,
    store: Store,
    band: suggestions.Band = "classes",
    form: pictures.Form = "png",
) -> Response:
    """What the model thinks: class values, or its confidence from 0 to 255.

    404 in a cold start, and for the share of regions that is asked without a suggestion.
    """
    key = suggestions.key_of(region, band)
    return pictures.stored(request, store, key, f"{band}-{region.id}", form=form)


@router.get("/regions/{region_id}/label", response_class=Response, responses=pictures.MASK)
def show_label(
    region: RegionAsAnnotator,
    request: Request,
    db: Db,
    store: Store,
    *,
    band: Literal["classes", "origins"] = "classes",
    form: pictures.Form = "png",
) -> Response:
    """The region's newest accepted mask, or how its pixels came about where that was told."""
    label = labels.current(db, region)
    key = label.mask_key if band == "classes" else label.origin_key
    if key is None:
        raise NotFound(f"Nobody told how the pixels of label {label.id} came about.")
    answer = pictures.stored(request, store, key, f"label-{region.id}", form=form)
    answer.headers["Cache-Control"] = NEWEST
    return answer


@router.get("/regions/{region_id}/neighbours", response_class=Response, responses=pictures.MASK)
def show_neighbours(
    region: RegionAsAnnotator,
    request: Request,
    db: Db,
    store: Store,
    *,
    margin_px: Margin = CONTEXT_PX,
    form: pictures.Form = "png",
) -> Response:
    """What is labelled already around the region, in the same window as its context.

    Class values, 255 for void, 254 where nothing is labelled yet and in the region itself.
    """
    image, own = db.get_one(Image, region.image_id), boxes.box_of(region)
    window = boxes.around(region, image, margin_px)
    found = neighbours.patches(db, region, image, window)

    def draw() -> bytes:
        painted = neighbours.paint(store, found, window, own)
        return to_png(painted) if form == "png" else painted.tobytes()

    return pictures.drawn(
        request,
        crops.tag("neighbours", found, window, own, form),
        f"neighbours-{region.id}",
        draw,
        kind=pictures.PNG if form == "png" else pictures.RAW,
        headers=_position(region.left, region.top, window) | {"Cache-Control": NEWEST},
    )


@router.get(
    "/regions/{region_id}/superpixels",
    response_class=Response,
    responses=pictures.content("uint16 ids, little-endian, row by row", pictures.RAW)
    | responses(Invalid),
)
def show_superpixels(
    region: RegionAsAnnotator,
    request: Request,
    db: Db,
    store: Store,
    *,
    segmented: Segmented,
    size_px: SizePx = None,
    with_suggestion: Bounded = False,
) -> Response:
    """Connected segments of the region that follow its edges, numbered from 0.

    X-Segments is their number. With the suggestion, each lies in one of its classes, where one is
    shown.
    """
    side = size_px or superpixels.usual_size_px(region.width, region.height)
    bounded = with_suggestion and suggestions.shown(region)
    wanted = Wanted(side, region.suggestion_key if bounded else None)
    image = db.get_one(Image, region.image_id)
    tag, name = wanted.tag(region, image), f"superpixels-{region.id}"
    if pictures.has(request, tag):
        return pictures.unchanged(tag, name, pictures.RAW)
    found = segmented.of(store, region, image, wanted)
    headers = {"X-Segments": str(found.number)}
    return pictures.drawn(request, tag, name, lambda: found.ids, kind=pictures.RAW, headers=headers)


@router.put("/regions/{region_id}/note", responses=responses(LeaseSuperseded))
def put_note(held: LeaseOnRegion, wanted: Note, db: Db) -> Region:
    """Leave a remark or a flag for the reviewer on a region that one has leased.

    It replaces what was there. The text is kept as it is and never interpreted.
    """
    return Region.of(notes.write(db, held, text=wanted.text, flagged=wanted.flagged))
