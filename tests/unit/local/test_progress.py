"""What a long command says while it goes on."""

import io
import time

from rich.console import Console

from local.lake.progress import Step, Teller


def said(*steps: Step, pause_s: float = 0.0) -> list[str]:
    """Lines of a teller that repeats itself every 50 ms."""
    console = Console(file=io.StringIO(), width=40)
    with Teller(console, every_s=0.05) as tell:
        for step in steps:
            tell(step)
            time.sleep(pause_s)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_step_is_said_at_once_in_one_line_with_what_is_left() -> None:
    [line] = said(Step("waiting for the running system's replays", 1_200, "meters left", 3_000, "[M3] fails"))
    assert line == "waiting for the running system's replays: 1,200 of 3,000 meters left; [M3] fails"


def test_steps_that_come_quickly_are_not_all_said() -> None:
    assert said(*(Step("scoring", left, "readings left", 100) for left in range(100, 0, -1))) == [
        "scoring: 100 of 100 readings left"
    ]


def test_what_stands_still_is_said_again_and_that_nothing_moves() -> None:
    first, *again = said(Step("scoring", 7, "readings left"), pause_s=0.3)
    assert first == "scoring: 7 readings left"
    assert len(again) >= 2
    assert set(again) == {"scoring: 7 readings left (nothing has moved for 0 s)"}


def test_a_backlog_that_only_ages_does_not_move_and_one_that_falls_does() -> None:
    aging = said(*(Step("reading", 10.0 + n, "s behind") for n in range(6)), pause_s=0.05)
    assert aging[-1].endswith("(nothing has moved for 0 s)")
    falling = said(*(Step("reading", 100.0 - n, "s behind") for n in range(30)), pause_s=0.01)
    assert len(falling) >= 3
    assert not any("nothing" in line for line in falling)


def test_a_step_of_unknown_length_says_how_long_it_has_taken() -> None:
    assert said(Step("making an empty database"), pause_s=0.3)[-1] == "making an empty database (0 s)"
