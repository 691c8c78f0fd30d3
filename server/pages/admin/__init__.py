"""The pages with which admins and reviewers look after a project."""

from fastapi import APIRouter

from server.pages.admin import audit, models, overview, people, quality, review, start

router = APIRouter()
for page in (overview, start, review, quality, models, people, audit):
    router.include_router(page.router)
