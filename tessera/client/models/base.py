"""What answers have in common: frozen, and fields that this version doesn't know are ignored."""

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Failure(Answer):
    kind: str = Field(alias="class")
    text: str
