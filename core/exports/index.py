"""`index`: {pool,val,test}/{images,masks}/NAME.png, class values, 255 where there is none."""

from collections.abc import Iterator

from core import masks
from core.exports.contract import Entry, Format, Item


class Index(Format):
    NAME = "index"

    def item(self, item: Item) -> Iterator[Entry]:
        yield from self.picture(item, f"{item.split}/images/{item.name}.png")
        if (mask := item.labelled) is not None:
            yield Entry(f"{item.split}/masks/{item.name}.png", masks.to_png(mask))
