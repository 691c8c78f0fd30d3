"""Users and their tokens."""

from collections.abc import Iterator

from tessera.client.models import Scope, Token, User
from tessera.client.transport import API, Transport


class Accounts(Transport):
    def me(self) -> User:
        return self.get("/users/me", User)

    def users(self) -> Iterator[User]:
        return self.pages("/users", User)

    def create_user(self, name: str, *, is_admin: bool = False) -> User:
        return self.post("/users", User, {"name": name, "is_admin": is_admin})

    def create_token(
        self,
        user_id: int,
        *,
        name: str = "",
        scope: Scope = "all",
        expires_in_days: int | None = None,
    ) -> Token:
        """The only answer that shows the secret."""
        body = {"name": name, "scope": scope, "expires_in_days": expires_in_days}
        return self.post(f"/users/{user_id}/tokens", Token, body)

    def tokens(self, user_id: int) -> Iterator[Token]:
        return self.pages(f"/users/{user_id}/tokens", Token)

    def invite(self, user_id: int) -> Token:
        """An invitation, with which the user chooses a password at `/welcome`, once."""
        return self.post(f"/users/{user_id}/invitations", Token)

    def change_password(self, password: str, *, current: str = "") -> None:
        """Choose one's own; `current` is the one before, if there was one."""
        body = {"password": password, "current": current}
        self.send("PUT", f"{API}/users/me/password", json=body)

    def revoke_token(self, token_id: int) -> None:
        self.delete(f"/tokens/{token_id}")
