import os
import signal

from server.leaving import Leaving


def test_a_signal_is_heard_and_passed_on():
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    leaving = Leaving()
    try:
        leaving.listen()
        os.kill(os.getpid(), signal.SIGTERM)
        assert (leaving.asked, heard) == (True, [signal.SIGTERM])
    finally:
        leaving.stop()
        signal.signal(signal.SIGTERM, before)


def test_afterwards_the_handlers_are_as_they_were():
    before = signal.getsignal(signal.SIGINT)
    leaving = Leaving()
    leaving.listen()
    assert signal.getsignal(signal.SIGINT) is not before
    leaving.stop()
    assert signal.getsignal(signal.SIGINT) is before
