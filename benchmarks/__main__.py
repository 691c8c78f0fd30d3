"""Run every benchmark."""

from benchmarks import canvas, growth, loader, main, memory, page, pages, queue, score, train_step

EACH = (queue, train_step, loader, score, memory, growth, page, pages, canvas)

if __name__ == "__main__":
    main([each.figures for each in EACH], __doc__)
