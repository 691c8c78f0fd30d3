import numpy as np

from ml.draws import Sampler, Stream, generator


def test_a_step_draws_the_same_whoever_asks():
    assert generator(3, Stream.METHOD, 8).random() == generator(3, Stream.METHOD, 8).random()


def test_seed_stream_and_step_each_change_the_draw():
    draws = {
        generator(seed, stream, step).random()
        for seed in (0, 1)
        for stream in Stream
        for step in (0, 1)
    }
    assert len(draws) == 4 * len(Stream)


def test_an_epoch_visits_every_image_once():
    sampler = Sampler(10, 4, 0, Stream.LABELLED)
    seen = [i for step in range(5) for i in sampler.indices(step)]
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10] != seen[10:]


def test_a_resumed_sampler_goes_on_where_it_was():
    whole = [Sampler(7, 3, 5, Stream.UNLABELLED).indices(step) for step in range(9)]
    once = Sampler(7, 3, 5, Stream.UNLABELLED)
    assert [once.indices(step) for step in range(9)] == whole


def test_a_batch_may_exceed_the_pool():
    assert np.bincount(Sampler(2, 6, 0, Stream.LABELLED).indices(0)).tolist() == [3, 3]
