"""Uploaded archives (zip, tar) unpacked member by member into an empty folder, or not at all.

Nothing of what an archive says about itself is believed: names are checked before anything is
written, and bytes are counted while they come.
"""

from core.archives.unpack import Limits, unpack

__all__ = ["Limits", "unpack"]
