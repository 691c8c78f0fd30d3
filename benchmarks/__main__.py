"""Run every benchmark."""

from benchmarks import (
    authors,
    canvas,
    growth,
    imports,
    loader,
    main,
    memory,
    methods,
    page,
    pages,
    queue,
    queue_load,
    resume,
    scale,
    score,
    train_step,
)

EACH = (
    queue,
    queue_load,
    resume,
    scale,
    train_step,
    authors,
    loader,
    score,
    memory,
    methods,
    growth,
    imports,
    page,
    pages,
    canvas,
)

if __name__ == "__main__":
    main([each.figures for each in EACH], __doc__)
