"""Builds moving_clock.c, and moves the wall clock of the processes that are started through it."""

import mmap
import pathlib
import struct

import preloaded

DAY = 86_400


def compile_to(directory):
    """The library that is preloaded."""
    return preloaded.compile_to(directory, pathlib.Path(__file__).with_suffix(".c"))


class MovingClock:
    """The wall clock of the processes that are started through `words`."""

    def __init__(self, library, control):
        control.write_bytes(bytes(8))
        with control.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 8)
        self.words = ["env", f"LD_PRELOAD={library}", f"MOVING_CLOCK_CONTROL={control}"]

    def jump(self, ahead):
        """From now on the clock is ahead by so many seconds; a negative number is behind."""
        struct.pack_into("=q", self.memory, 0, ahead)
