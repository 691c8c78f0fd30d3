"""Run every benchmark."""

from benchmarks import loader, main, memory, page, queue, score, train_step

if __name__ == "__main__":
    main([each.figures for each in (queue, train_step, loader, score, memory, page)], __doc__)
