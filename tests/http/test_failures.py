"""What went wrong on the wire, in a few words, and what it costs."""

import socket

import pytest

from frazil.http.failures import broken, late, why

URL = "http://index.example/x"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "its name is not known"),
        (ConnectionRefusedError(111, "refused"), "the connection is refused"),
        (ConnectionResetError(104, "reset"), "the connection was cut"),
        (BrokenPipeError(32, "pipe"), "the connection was cut"),
        (ConnectionAbortedError(), "the connection was cut"),
        (OSError(113, "No Route to Host"), "no route to host"),
        (ValueError("one line\nand another"), "one line"),
        (ValueError("x" * 300), "x" * 200),
        (ValueError(), "ValueError"),
    ],
)
def test_each_failure_is_a_few_words(error: Exception, words: str) -> None:
    assert why(error) == words
    below = RuntimeError("something general")
    below.__cause__ = error
    assert why(below) == (words if isinstance(error, OSError) else "something general")
    beside = RuntimeError("something general")
    beside.__context__ = error
    assert why(beside) == why(below)


def test_silence_costs_two_tries_and_a_break_one() -> None:
    for connecting, said in ((True, "cannot be reached: no answer for 2.5 seconds"), (False, "was silent for 2.5 sec")):
        failure = late(URL, 2.5, connecting=connecting)
        assert (failure.cost, said in str(failure)) == (2, True)
    for connecting, said in ((True, "cannot be reached: "), (False, "broke off its answer: ")):
        failure = broken(URL, ConnectionResetError(), connecting=connecting)
        assert (failure.cost, str(failure)) == (1, f"{URL} {said}the connection was cut")
