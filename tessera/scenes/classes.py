"""The classes of the scenes, with the colours people see them in."""

SKY, BUILDING, ROAD, PAVEMENT, VEGETATION, FENCE, POLE, SIGN, CAR, PERSON = range(10)
VOID = 255

CLASSES: tuple[tuple[int, str, str], ...] = (
    (SKY, "sky", "#6aa9d8"),
    (BUILDING, "building", "#8c5a4b"),
    (ROAD, "road", "#7d5a86"),
    (PAVEMENT, "pavement", "#d77fb4"),
    (VEGETATION, "vegetation", "#5f9e3e"),
    (FENCE, "fence", "#c69c4d"),
    (POLE, "pole", "#b8b8b8"),
    (SIGN, "sign", "#f2d024"),
    (CAR, "car", "#2f4bd6"),
    (PERSON, "person", "#e0392f"),
)


def classes_document() -> dict[str, object]:
    """The content of classes.json."""
    return {
        "name": "tessera-scenes",
        "ignore_index": VOID,
        "classes": [{"id": value, "name": name, "color": color} for value, name, color in CLASSES],
    }
