"""Users and tokens."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr

from core import models
from server.schemas.common import Given, Line, Name, Taken


class NewUser(Taken):
    name: Annotated[Name, Field(examples=["mira"])]
    is_admin: bool = False


class User(Given):
    id: int
    name: str
    is_admin: bool
    created_at: datetime
    disabled_at: datetime | None

    @classmethod
    def of(cls, user: models.User) -> Self:
        return cls.model_validate(user, from_attributes=True)


Scope = Annotated[
    Literal["read", "annotate", "all"],
    Field(description="`read`: look only; `annotate`: also lease and label; `all`: as the user"),
]


class NewToken(Taken):
    name: Annotated[Line, Field(examples=["laptop"])] = ""
    scope: Scope = "all"
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class Token(Given):
    id: int
    user_id: int
    name: str
    prefix: Annotated[str, Field(description="The first characters, to tell tokens apart")]
    kind: Annotated[
        Literal["token", "session", "invitation"],
        Field(description="A session is a browser's; an invitation is good for a password, once"),
    ]
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: models.Token) -> Self:
        return cls.model_validate(token, from_attributes=True)


class NewPassword(Taken):
    """Who has a password already shows it."""

    password: Annotated[SecretStr, Field(max_length=1024)]
    current: Annotated[SecretStr, Field(max_length=1024)] = SecretStr("")


class SecretToken(Token):
    token: Annotated[str, Field(description="The secret itself, shown this once")]

    @classmethod
    def shown(cls, token: models.Token, secret: str) -> Self:
        return cls(token=secret, **Token.of(token).model_dump())
