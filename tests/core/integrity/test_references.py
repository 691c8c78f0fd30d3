"""Every column that names a file is known as one."""

from core.integrity import references
from core.models import Base


def test_every_column_that_names_a_file_is_walked():
    named = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name == "key" or column.name.endswith(("_key", "_digest"))
    }
    # A key of a repeated request is its sender's word, and no file.
    assert named - {("idempotency_keys", "key")} - TEXT == {
        *references.COLUMNS,
        *references.DIGESTS,
    }


TEXT = {("classes", "key")}  # on the keyboard
