"""Disks that fill up, fail, hang and recover under a server that is killed again and again; scripts/soak runs it.

Lists are true all the while, no acknowledged write is lost, no revision is used twice, every copy of a watcher is the list.
"""

import errno
import pathlib
import sys
import time

import grpc
import httpx

import faulty_disk
from crash import Crash, command
from crash_ledger import MODIFIED, RESET, Copy, Ledger

FAULTS = {
    "full": dict(error=errno.ENOSPC, of=faulty_disk.FaultyDisk.GROWTH),
    "read-only": dict(error=errno.EROFS),
    "failing": dict(error=errno.EIO),
    "flushes fail": dict(error=errno.EIO, of=faulty_disk.FaultyDisk.FLUSHES),
    "hanging": dict(hold=True),
    "slow": dict(write_delay=700, flush_delay=3_000),
}
# When the server is killed: while the disk fails, as soon as it works again, during the recovery, or after it.
ENDS = ["in the fault", "at once", "in the recovery", "after the recovery"]
# A list goes on from memory 10 s after the disk failed; the rest is for probes and a machine that is slow.
PATIENCE = 25
# A request that waits for a disk, and a revision of a server that is gone.
MEANWHILE = {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.OUT_OF_RANGE}


class DiskLedger(Ledger):
    """A revision in memory ends with its server: then no other has it, and nobody has to see it."""

    def saw_changes(self, form, revision, events):
        with self.lock:
            self.counts["events"] += len(events)
            self.changes[revision] = [(kind, key) for kind, key, _ in events]

    def check_gaps(self, name, first, cursor, seen):
        """A copy is compared with the list, which is enough."""


class DiskCopy(Copy):
    """A copy that begins again at RESET, as every client does."""

    def take(self, kind, revision, *more):
        if kind != RESET:
            return super().take(kind, revision, *more)
        self.ledger.counts["resets"] += 1
        self.cursor = self.first = 0
        self.revisions, self.events, self.tail = [], [], {}
        self.connected()

    def apply(self, kind, key, content, changed):
        """A recovery gives models the revisions of the store, which JSON does not show."""
        if self.form == "proto" or kind != MODIFIED or self.models.get(key, (None,))[0] != content:
            super().apply(kind, key, content, changed)


def patient(thread):
    """Lets a thread of the load take what a disk that fails brings with it."""
    failed = thread.failed

    def tolerant(error, *more):
        if error.code() not in MEANWHILE:
            return failed(error, *more)
        thread.world.count(error.code().name)
        time.sleep(0.02)

    thread.failed = tolerant


class Disks(Crash):
    """One run: a fleet, a server on a disk that fails, and its clients."""

    def __init__(self, directory, seed, say=print):
        directory = pathlib.Path(directory)
        self.disk = faulty_disk.FaultyDisk(
            faulty_disk.compile_to(directory), directory / "disk", directory / "data")
        super().__init__(directory, seed, say)
        self.faults, self.ends, self.in_memory, self.times = [], [], 0, []
        for thread in self.threads:
            if hasattr(thread, "failed"):
                patient(thread)
        for watcher in self.watchers:
            watcher.copy = DiskCopy(watcher.name, self.ledger, watcher.copy.form, watcher.copy.complete)

    def new_ledger(self):
        return DiskLedger()

    def words(self):
        return self.disk.words

    def round(self):
        """A disk fails, recovers or not, and the server is killed."""
        if not self.faults: self.faults = self.choose.sample(list(FAULTS), len(FAULTS))
        if not self.ends: self.ends = self.choose.sample(ENDS, len(ENDS))
        fault, end = self.faults.pop(), self.ends.pop()
        self.wait_until_up()
        self.until(self.is_ready, "the first sweep")
        self.rest(self.choose.uniform(0, 1))
        began = time.monotonic()
        self.disk.behave(**FAULTS[fault])
        # The journal of a full disk may have room, and a disk whose flushes fail or that is slow need not stop every write.
        self.until(
            lambda: self.is_bypassed() or fault in ("full", "flushes fail", "slow") and time.monotonic() > began + 14,
            f"a list from memory on a disk that is {fault}", PATIENCE)
        if self.is_bypassed():
            self.in_memory += 1
            self.check_truth(fault)
        self.rest(self.choose.uniform(0, 2))
        if end != "in the fault":
            self.disk.behave()
        if end == "in the recovery":
            self.rest(self.choose.uniform(0, 1.5))
        if end == "after the recovery":
            self.until(lambda: not self.is_bypassed(), f"the recovery of a disk that was {fault}", 60)
            self.rest(self.choose.uniform(0, 1))
        self.kill()
        self.disk.behave()
        self.start()
        self.say(f"{self.kills}: {fault}, killed {end}")

    def is_bypassed(self):
        try:
            return "\nrollcall_store_bypassed 1\n" in httpx.get(f"http://{self.world.address}/metrics", timeout=30).text
        except httpx.TransportError:
            return False

    def check_truth(self, fault):
        """With the load at rest, an engine that goes is no longer listed as READY, and one that comes is."""
        self.world.may_load.clear()
        time.sleep(0.1)
        self.mischief.make_good()
        url = self.simulator.urls()[2]
        self.until(lambda: self.states(url) == {"READY"}, f"an engine that comes on a disk that is {fault}", PATIENCE)
        began = time.monotonic()
        self.simulator.set("2", "gone")
        self.until(
            lambda: "READY" not in self.states(url), f"an engine that goes on a disk that is {fault}", PATIENCE)
        if not self.world.problems:
            self.times.append(time.monotonic() - began)
        self.simulator.set("2", "ok")
        self.world.may_load.set()

    def states(self, url):
        models = httpx.get(
            f"http://{self.world.address}/v1/models", params={"view": "full"}, timeout=30).json()["data"]
        return {replica["state"] for model in models for replica in model["replicas"] if replica["endpoint"] == url}

    def end_faults(self):
        self.disk.behave()

    def figures(self):
        counts = self.world.counts + self.ledger.counts
        slowest = f", an engine that goes after at most {max(self.times):.1f} s" if self.times else ""
        return f"{self.in_memory} times in memory, {counts['resets']} resets{slowest}; {super().figures()}"


if __name__ == "__main__":
    sys.exit(command(__doc__.splitlines()[0], "disks", 50, Disks))
