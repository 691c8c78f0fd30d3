"""One frozen settings object, read from the environment by entry points and by core.

Every variable is prefixed TESSERA_, so `TESSERA_DATABASE_URL` is `database_url`. Nothing deeper
in the code reads the environment: functions get values.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What a process of the service needs to know. Times in seconds, sizes in bytes or pixels."""

    # An empty variable means unset, as deployment files often write it.
    model_config = SettingsConfigDict(
        env_prefix="TESSERA_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    database_url: str | None = None
    redis_url: str | None = None
    # Where the URLs have none, as secrets of container engines come: by themselves, in files.
    database_password: SecretStr | None = None
    redis_password: SecretStr | None = None
    data_dir: Path = Path(".tessera")
    store_url: str | None = None
    import_roots: Annotated[tuple[Path, ...], NoDecode] = ()
    import_buckets: Annotated[tuple[str, ...], NoDecode] = ()
    # Objects of buckets that images refer to are kept so far, in each data folder.
    linked_cache_mb: int = Field(default=4096, ge=1)
    host: str = "127.0.0.1"
    port: int = Field(default=8642, ge=0, le=65535)
    # Of the HTTP server; each has threads, connections, caches and a pace of its own.
    server_processes: int = Field(default=2, ge=1)
    bootstrap_token: SecretStr | None = None
    # Names by which a browser may know the server; "*" for any.
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = ("localhost", "127.0.0.1", "[::1]")
    log_level: str = "INFO"

    # Requests that a token may make a second, after so many at once; 0 sets no limit.
    token_rate: float = Field(default=20, ge=0)
    token_burst: int = Field(default=40, ge=1)
    sign_ins_per_minute: int = Field(default=5, ge=1)
    sign_ins_per_minute_and_address: int = Field(default=20, ge=1)
    session_s: int = Field(default=12 * 3600, ge=60)

    lease_ttl_s: int = Field(default=900, ge=5)
    # How long a rejected label waits for its author alone.
    return_to_author_h: float = Field(default=24.0, ge=0)
    skips_to_settle: int = Field(default=2, ge=1)
    image_ceiling_px: int = Field(default=50_000_000, ge=1)
    file_ceiling_bytes: int = Field(default=200 * 2**20, ge=1)
    # Of processor time, for one image of an import.
    decode_ceiling_s: int = Field(default=60, ge=1)
    # An archive as it is sent, what it may unpack to, in how many files; parts of an upload.
    archive_ceiling_bytes: int = Field(default=50 * 2**30, ge=1)
    unpacked_ceiling_bytes: int = Field(default=100 * 2**30, ge=1)
    archive_ceiling_files: int = Field(default=200_000, ge=1)
    upload_part_bytes: int = Field(default=16 * 2**20, ge=2**16)
    # Uploads that nobody has gone on with for so long are given up.
    upload_age_h: float = Field(default=7 * 24, ge=1)
    # Archives of exports are let go of after so long.
    export_age_h: float = Field(default=7 * 24, ge=1)
    mask_ceiling_bytes: int = Field(default=32 * 2**20, ge=1)
    body_ceiling_bytes: int = Field(default=2**20, ge=1)

    # Below this, nothing new is begun: no stage, no upload, no label; 0 switches it off.
    disk_floor_mb: int = Field(default=1024, ge=0)
    disk_wait_s: float = Field(default=60, gt=0)
    # Unreferenced files younger than this may belong to a row that is still to be written.
    garbage_age_h: float = Field(default=24, ge=1)

    # Whether webhooks may lead to addresses inside, and by plain http.
    webhooks_private: bool = False
    webhook_timeout_s: float = Field(default=10, gt=0, le=60)
    # Before the second attempt; each further pause is four times as long, six hours at most.
    webhook_pause_s: float = Field(default=5, gt=0)
    webhook_attempts: int = Field(default=9, ge=1)

    job_lease_s: float = Field(default=60, gt=0)
    heartbeat_s: float = Field(default=10, gt=0)
    reconcile_s: float = Field(default=5, gt=0)
    ring_again_s: float = Field(default=60, gt=0)
    stall_s: float = Field(default=600, gt=0)
    # Pool images that one job of a score stage takes: smaller pools are scored by one job.
    score_shard_images: int = Field(default=10_000, ge=1)
    checkpoint_s: float = Field(default=60, gt=0)
    stop_grace_s: float = Field(default=30, gt=0)
    job_memory_bytes: int | None = Field(default=None, gt=0)

    @model_validator(mode="before")
    @classmethod
    def join_passwords(cls, values: dict[str, Any]) -> dict[str, Any]:
        """A password that is a secret of its own goes into the URL that lacks it."""
        for name in ("database", "redis"):
            password, url = values.get(f"{name}_password"), values.get(f"{name}_url")
            if isinstance(password, str) and isinstance(url, str) and password and url:
                values = {**values, f"{name}_url": with_password(url, password.strip())}
        return values

    @field_validator("import_roots", mode="before")
    @classmethod
    def split_roots(cls, value: object) -> object:
        """A list of folders is written as PATH is: separated by colons."""
        return tuple(filter(None, value.split(os.pathsep))) if isinstance(value, str) else value

    @field_validator("import_buckets", mode="before")
    @classmethod
    def split_buckets(cls, value: object) -> object:
        """URLs, separated by commas or spaces."""
        if isinstance(value, str):
            value = value.replace(",", " ").split()
        if isinstance(value, list | tuple):
            return tuple(str(each).rstrip("/") for each in value)
        return value

    @field_validator("trusted_hosts", mode="before")
    @classmethod
    def split_hosts(cls, value: object) -> object:
        """Names are separated by commas: an IPv6 address has colons of its own."""
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @property
    def linked_cache(self) -> Path:
        """Where objects of buckets are kept for a while."""
        return self.data_dir.absolute() / "linked"

    @property
    def store(self) -> str:
        """Where files live: a folder, or an fsspec URL such as s3://bucket/prefix."""
        return self.store_url or str(self.data_dir.absolute() / "store")


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once: from the environment, and from the files of
    TESSERA_SECRETS_DIR, which are named as variables are, in small letters.
    """
    return Settings(_secrets_dir=os.environ.get("TESSERA_SECRETS_DIR") or None)


def with_password(url: str, password: str) -> str:
    """The URL with the password, unless it has one."""
    parts = urlsplit(url)
    if parts.password:
        return url
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}"))
