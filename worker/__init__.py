"""Machine work: the one place where rows meet tensors. Celery delivers doorbells, rows decide."""
