"""Projects, their classes, members and images."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tessera.client.models import (
    Classes,
    Image,
    LearningMethod,
    LearningMethods,
    Member,
    Project,
    Role,
    SegmentClass,
    Split,
)
from tessera.client.models.projects import CellSize, CellSizes
from tessera.client.transport import API, Transport, given


class Projects(Transport):
    def methods(self) -> list[LearningMethod]:
        """How models can learn, in the order in which to think of them."""
        return self.get("/methods", LearningMethods).items

    def projects(self) -> Iterator[Project]:
        return self.pages("/projects", Project)

    def project(self, project_id: int) -> Project:
        return self.get(f"/projects/{project_id}", Project)

    def create_project(
        self,
        name: str,
        *,
        cell_px: int,
        classes: Sequence[SegmentClass | Mapping[str, Any]],
        recipe: str,
        overrides: Mapping[str, Any] | None = None,
        title: str = "",
    ) -> Project:
        """`recipe` is a recipe's name, `overrides` the nested fields that differ from it."""
        body = {
            "name": name,
            "title": title,
            "cell_px": cell_px,
            "classes": plain_classes(classes),
            "recipe": {"name": recipe, "overrides": dict(overrides or {})},
        }
        return self.post("/projects", Project, body)

    def update_project(
        self,
        project_id: int,
        *,
        title: str | None = None,
        recipe: str | None = None,
        overrides: Mapping[str, Any] | None = None,
        cell_px: int | None = None,
    ) -> Project:
        """The size of cells may change before the first cycle."""
        body = given({"title": title, "cell_px": cell_px})
        if recipe is not None:
            body["recipe"] = {"name": recipe, "overrides": dict(overrides or {})}
        answer = self.send("PATCH", f"{API}/projects/{project_id}", json=body)
        return Project.model_validate_json(answer.content)

    def cell_sizes(self, project_id: int, sizes: Sequence[int] = ()) -> list[CellSize]:
        """What sizes of cells would mean: cells in the pool, and clicks that one takes."""
        found = self.get(f"/projects/{project_id}/cell-sizes", CellSizes, size=list(sizes))
        return found.items

    def classes(self, project_id: int) -> list[SegmentClass]:
        return self.get(f"/projects/{project_id}/classes", Classes).items

    def put_classes(
        self, project_id: int, classes: Sequence[SegmentClass | Mapping[str, Any]]
    ) -> list[SegmentClass]:
        """Replaces the whole list; Conflict `classes_in_use` when labels would be orphaned."""
        body = {"items": plain_classes(classes)}
        return self.put(f"/projects/{project_id}/classes", Classes, body).items

    def members(self, project_id: int) -> Iterator[Member]:
        return self.pages(f"/projects/{project_id}/members", Member)

    def put_member(self, project_id: int, user_id: int, role: Role) -> Member:
        return self.put(f"/projects/{project_id}/members/{user_id}", Member, {"role": role})

    def remove_member(self, project_id: int, user_id: int) -> None:
        self.delete(f"/projects/{project_id}/members/{user_id}")

    def images(self, project_id: int, *, split: Split | None = None) -> Iterator[Image]:
        return self.pages(f"/projects/{project_id}/images", Image, split=split)

    def image(self, image_id: int) -> Image:
        return self.get(f"/images/{image_id}", Image)

    def put_tags(self, image_id: int, tags: Sequence[int] | None) -> Image:
        """The values of the classes somewhere in the image; None takes back that anybody said."""
        body = {"tags": None if tags is None else list(tags)}
        return self.put(f"/images/{image_id}/tags", Image, body)

    def image_pixels(self, image_id: int) -> bytes:
        """The encoded image, upright."""
        return self.blob(f"/images/{image_id}/pixels")

    def image_thumbnail(self, image_id: int) -> bytes:
        """The image as a small JPEG, for looking."""
        return self.blob(f"/images/{image_id}/thumbnail")

    def image_crop(self, image_id: int, *, left: int, top: int, width: int, height: int) -> bytes:
        """A rectangle of the image in native pixels, as a PNG."""
        box = {"left": left, "top": top, "width": width, "height": height}
        return self.blob(f"/images/{image_id}/crop", **box)

    def image_mask(self, image_id: int) -> bytes:
        """Index PNG of the ground truth; NotFound without one."""
        return self.blob(f"/images/{image_id}/mask")


def plain_classes(classes: Sequence[SegmentClass | Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [c.model_dump() if isinstance(c, SegmentClass) else dict(c) for c in classes]
