"""Exports: a project's images and labels as one archive, in a format that others read.

An export names a manifest, so it can be made again: equal manifests give equal bytes.
"""

from core.exports.contract import Item
from core.exports.exporter import Exporter
from core.exports.formats import FORMATS
from core.exports.orders import ARCHIVE, Order, Wanted, archive_of, forget_old, request

__all__ = [
    "ARCHIVE",
    "FORMATS",
    "Exporter",
    "Item",
    "Order",
    "Wanted",
    "archive_of",
    "forget_old",
    "request",
]
