"""Builds faulty_disk.c, and sets how the disk behaves."""

import errno
import mmap
import pathlib
import struct

import preloaded


def compile_to(directory):
    """The library that is preloaded."""
    return preloaded.compile_to(directory, pathlib.Path(__file__).with_suffix(".c"))


class FaultyDisk:
    """What is below a directory, for the processes that are started through `words`."""

    FIELDS = struct.Struct("=7i")
    EVERYTHING, GROWTH, FLUSHES = range(3)

    def __init__(self, library, control, root):
        control.write_bytes(bytes(self.FIELDS.size))
        with control.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), self.FIELDS.size)
        self.words = [
            "env", f"LD_PRELOAD={library}", f"FAULTY_DISK_ROOT={root}", f"FAULTY_DISK_CONTROL={control}"]

    def behave(self, error=0, of=EVERYTHING, write_delay=0, flush_delay=0, hold=False):
        """From now on; without arguments as a disk should. Delays are milliseconds; `hold` is until the next call."""
        # First and last the error, so that no call meets it with another scope.
        for position, value in [(0, 0), (1, of), (2, write_delay), (3, flush_delay), (4, hold), (0, error)]:
            struct.pack_into("=i", self.memory, 4 * position, value)

    def fill_up(self):
        self.behave(errno.ENOSPC, of=self.GROWTH)

    @property
    def refused(self):
        """Calls that failed so far."""
        return self.FIELDS.unpack(self.memory)[5]

    @property
    def waiting(self):
        """Calls that wait now."""
        return self.FIELDS.unpack(self.memory)[6]
