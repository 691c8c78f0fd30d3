"""Archives sent in parts, and imports of them."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from tessera.client.models import Upload
from tessera.client.problems import Conflict
from tessera.client.transport import API, Transport

PIECE = 1 << 20
OUT_OF_ORDER = "upload_out_of_order"


class Uploads(Transport):
    def upload(
        self,
        project_id: int,
        path: str | Path,
        *,
        on_progress: Callable[[Upload], None] | None = None,
    ) -> Upload:
        """Send a zip or tar of this machine; what an earlier call has sent is not sent again."""
        path = Path(path)
        size_bytes = path.stat().st_size
        about = {"name": path.name, "size_bytes": size_bytes, "sha256": sha256(path)}
        upload = self.post(f"/projects/{project_id}/uploads", Upload, about)
        with path.open("rb") as file:
            while upload.received_bytes < size_bytes:
                if on_progress:
                    on_progress(upload)
                file.seek(upload.received_bytes)
                upload = self._put_part(upload, file.read(upload.part_bytes))
        return upload

    def uploads(self, project_id: int) -> Iterator[Upload]:
        """Those that no import has consumed, newest first."""
        return self.pages(f"/projects/{project_id}/uploads", Upload)

    def discard_upload(self, upload_id: int) -> None:
        """Conflict `upload_in_use` while an import reads it."""
        self.delete(f"/uploads/{upload_id}")

    def _put_part(self, upload: Upload, data: bytes) -> Upload:
        url = f"{API}/uploads/{upload.id}/parts/{upload.received_bytes}"
        kind = {"Content-Type": "application/octet-stream"}
        try:
            answer = self.send("PUT", url, content=data, headers=kind)
        except Conflict as error:  # somebody else sends the same file
            if error.code != OUT_OF_ORDER:
                raise
            return self.get(f"/uploads/{upload.id}", Upload)
        return Upload.model_validate_json(answer.content)


def sha256(path: Path) -> str:
    """Of the file's bytes, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()
