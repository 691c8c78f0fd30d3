"""Users, their tokens, and their roles in projects."""

from datetime import datetime

from sqlalchemy import PrimaryKeyConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified
from core.models.columns import belongs_to, one_of

# In rising order: each may do what the ones before it may.
ROLES = ("annotator", "reviewer", "admin")
# A token is given to a program; a browser's session and an invitation are made by the service.
KINDS = ("token", "session", "invitation")
# In rising order: read anything; also label; whatever its user may.
SCOPES = ("read", "annotate", "all")


class User(Identified):
    """A person or a program that signs in. `password` is an Argon2id digest with its own salt."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(unique=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[datetime | None]
    password: Mapped[str | None]


class Token(Identified):
    """A bearer token; only its SHA-256 is kept. A session ends with the token it was made of."""

    __tablename__ = "tokens"
    __table_args__ = (one_of("kind", KINDS), one_of("scope", SCOPES))

    user_id: Mapped[int] = belongs_to("users", index=True)
    name: Mapped[str] = mapped_column(default="")
    prefix: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(server_default="token")
    scope: Mapped[str] = mapped_column(server_default="all")
    parent_id: Mapped[int | None] = belongs_to("tokens", index=True)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class Member(Base):
    """A user's role in one project."""

    __tablename__ = "members"
    __table_args__ = (PrimaryKeyConstraint("project_id", "user_id"), one_of("role", ROLES))

    project_id: Mapped[int] = belongs_to("projects")
    user_id: Mapped[int] = belongs_to("users", index=True)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
