"""The learner by hand: what `python -m ml.NAME` runs, on folders of images."""
