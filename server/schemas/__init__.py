"""What the HTTP interface takes and gives: pydantic models, one file per noun."""
