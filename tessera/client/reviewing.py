"""What reviewers do: judge labels, and look at how good people's are."""

from collections.abc import Iterator
from typing import Literal

from tessera.client.models.reviews import Quality, Review, Shares
from tessera.client.transport import Transport


class Reviewing(Transport):
    def reviews(
        self,
        project_id: int,
        *,
        state: str | None = None,
        source: str | None = None,
        author_id: int | None = None,
    ) -> Iterator[Review]:
        """Labels that wait for a look (`state="pending"`) and those that were judged."""
        query = {"state": state, "source": source, "author_id": author_id}
        return self.pages(f"/projects/{project_id}/reviews", Review, **query)

    def review(self, review_id: int) -> Review:
        return self.get(f"/reviews/{review_id}", Review)

    def judged_mask(self, review_id: int, *, form: Literal["png", "raw"] = "png") -> bytes:
        """The label that is judged: class values as a PNG, or bytes row by row."""
        return self.blob(f"/reviews/{review_id}/mask", format=form)

    def ask_for_review(self, region_id: int) -> Review:
        """Let somebody look at the region's label."""
        return self.post(f"/regions/{region_id}/reviews", Review)

    def judge(
        self, review_id: int, verdict: Literal["accepted", "rejected"], *, reason: str = ""
    ) -> Review:
        """Accept the label, or send it back to its author, who is told the reason."""
        body = {"verdict": verdict, "reason": reason}
        return self.put(f"/reviews/{review_id}/verdict", Review, body)

    def quality(self, project_id: int) -> Quality:
        """Agreement of second opinions; of each person verdicts, checks, confusion and pace."""
        return self.get(f"/projects/{project_id}/quality", Quality)

    def set_quality_shares(
        self, project_id: int, *, review: float = 0, second: float = 0, check: float = 0
    ) -> Shares:
        """Shares of the labels to review and to ask twice, and of leases that are checks."""
        body = {"review": review, "second": second, "check": check}
        return self.put(f"/projects/{project_id}/quality/shares", Shares, body)
