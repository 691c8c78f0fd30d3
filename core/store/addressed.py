"""What stores have in common: content is written under its hash, and only once."""

from abc import ABC, abstractmethod
from pathlib import Path

from core.store.keys import content_key, file_key


class Addressed(ABC):
    """A store that knows whether it holds a file already, and how to write one as a whole."""

    def put(self, data: bytes) -> str:
        """Keep the bytes; their key."""
        key = content_key(data)
        if not self._kept(key, len(data)):
            self.put_bytes_as(key, data)
        return key

    def put_file(self, path: Path) -> str:
        """Keep the file's bytes; their key."""
        key = file_key(path)
        if not self._kept(key, path.stat().st_size):
            self.put_as(key, path)
        return key

    @abstractmethod
    def put_bytes_as(self, key: str, data: bytes) -> None:
        """Write the bytes under this name."""

    @abstractmethod
    def put_as(self, key: str, path: Path) -> None:
        """Write the file's bytes under this name."""

    @abstractmethod
    def _kept(self, key: str, size: int) -> bool:
        """Whether the file is there already, at its full size, and safe from being collected."""
