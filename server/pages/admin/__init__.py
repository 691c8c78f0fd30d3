"""The pages with which admins and reviewers look after a project."""

from fastapi import APIRouter

from server.pages.admin import overview

router = APIRouter()
for page in (overview,):
    router.include_router(page.router)
