"""All formats by name."""

from core.exports.camvid import CamVidColor, CamVidLists
from core.exports.cityscapes import Cityscapes
from core.exports.coco import Coco
from core.exports.contract import Format
from core.exports.cvat import Cvat
from core.exports.index import Index
from core.exports.label_studio import LabelStudio
from core.exports.voc import Voc

_ALL: tuple[type[Format], ...] = (
    *(Index, Voc, Cityscapes, CamVidLists, CamVidColor, Coco, LabelStudio, Cvat),
)
FORMATS = {each.NAME: each for each in _ALL}
