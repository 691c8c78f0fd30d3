"""The pages with which admins and reviewers look after a project."""

from fastapi import APIRouter

from server.pages.admin import (
    audit,
    images,
    models,
    overview,
    people,
    quality,
    review,
    start,
    webhooks,
    wizard,
)

router = APIRouter()
# /projects/new before what takes any word for a project's number.
for page in (*(wizard, overview, start, images, review, quality, models, people, webhooks, audit),):
    router.include_router(page.router)
