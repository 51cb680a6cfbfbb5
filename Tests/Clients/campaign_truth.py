"""Which answers are right for a fleet whose truth is known. No I/O: histories go in, findings come out."""

import bisect
import dataclasses

READY = "READY"


@dataclasses.dataclass(frozen=True)
class Settings:
    """Of `rollcall serve`, in seconds."""

    interval: float = 1.0
    timeout: float = 0.5
    stall_after: float = 5.0
    proof_of_life: float = 5.0
    proof_timeout: float = 2.0

    def words(self):
        return (
            f"probe interval {self.interval:g} s, timeout {self.timeout:g} s, stall_after {self.stall_after:g} s, proof_of_life "
            f"{self.proof_of_life:g} s, proof_timeout {self.proof_timeout:g} s")

    def probe(self):
        """Until a probe has begun and ended: the interval has 10 % of jitter."""
        return self.interval * 1.1 + self.timeout

    def second_opinion(self):
        """The same for the one that confirms a failure."""
        return self.probe() + min(self.interval, 1.0) * 1.1 + self.timeout

    def proof(self, after):
        """Until an engine that shows no progress is asked for a proof of life, and the proof did not come, as promised."""
        return after + self.proof_timeout + self.interval

    def back_off(self):
        """Until an engine that was away is asked again, as promised: two intervals."""
        return self.interval * 2 * 1.1 + self.timeout


@dataclasses.dataclass(frozen=True)
class Fault:
    # What its replicas become.
    states: frozenset
    # Seconds until that is listed.
    told: float
    # Seconds until READY is listed after its end.
    ended: float
    # What they may become instead, when another fault came before.
    also: frozenset = frozenset()


def faults(s, delay=0.5):
    """By mode of the simulator, or by what is done beside it (draining). `delay`: until the server has read its source."""
    away, failed = frozenset(["UNREACHABLE"]), frozenset(["FAILED"])
    return {
        "gone": Fault(away, s.probe(), s.back_off()),
        "hang": Fault(away, s.second_opinion(), s.back_off()),
        "slow": Fault(away, s.second_opinion(), s.back_off()),
        # To one that comes back from somewhere else it is the health of a process that starts.
        "failing": Fault(failed, s.probe(), s.probe(), frozenset(["LOADING"])),
        "unhealthy": Fault(failed, s.probe(), s.probe(), frozenset(["LOADING"])),
        "garbage": Fault(failed, s.second_opinion(), s.probe()),
        "truncated": Fault(failed, s.second_opinion(), s.probe()),
        "huge": Fault(failed, s.second_opinion(), s.probe()),
        "asleep": Fault(frozenset(["COLD"]), s.probe(), s.probe()),
        "frozen": Fault(failed, s.proof(s.proof_of_life), s.back_off() + s.probe() + s.proof_timeout),
        "stuck": Fault(failed, s.proof(min(s.stall_after, s.proof_of_life)), s.back_off() + s.probe() + s.proof_timeout),
        # It was away before.
        "loading": Fault(frozenset(["LOADING"]), s.back_off(), s.probe()),
        "draining": Fault(frozenset(["DRAINING"]), delay, delay + s.probe()),
        # Down and up again: whether that is seen is chance.
        "restart": Fault(frozenset([READY, "UNREACHABLE"]), s.back_off(), s.back_off()),
    }


class Line:
    """What held since when; one thread adds to it while others read."""

    def __init__(self, first, at=0.0):
        self.entries = [(at, first)]

    @property
    def since(self):
        return self.entries[-1][0]

    @property
    def now(self):
        return self.entries[-1][1]

    def add(self, at, value):
        if value != self.now:
            self.entries.append((at, value))

    def entry(self, time):
        """What held then, and since when."""
        return self.entries[max(0, bisect.bisect_right(self.entries, time, key=lambda entry: entry[0]) - 1)]

    def spans(self, end):
        """(begin, end, value) of each."""
        entries = list(self.entries)
        return [(at, after, value) for (at, value), (after, _) in zip(entries, [*entries[1:], (end, None)])]

    def within(self, begin, end):
        """Every value that held at some moment of a span."""
        return {value for at, after, value in self.spans(end) if at < end and after > begin} | {self.entry(begin)[1]}


def replica_findings(name, modes, states, known, slack, end):
    """Of one replica: it is never listed in a wrong state for longer than the time that a change may take.

    `modes` is the truth, `states` what a watcher was told. Between two faults the longer of their times counts.
    """
    findings, before = [], None
    for begin, finish, mode in modes.spans(end):
        fault = known.get(mode)
        allowed = fault.states | fault.also if fault else frozenset([READY])
        patience = max(fault.told if fault else 0, known[before].ended if before in known else 0) + slack
        if finish > begin + patience:
            for state in sorted(states.within(begin + patience, finish) - allowed):
                findings.append(f"{name}: told {state} though it was {mode} for more than {patience:.1f} s")
        # A short rest between two faults ends neither.
        if fault or finish - begin > patience: before = mode
    return findings


@dataclasses.dataclass
class ListTruth:
    """What a list must and may have."""

    # Models by id: the modes of the engines that serve them.
    models: dict
    # Adapters that come and go, by id: whether they are loaded.
    adapters: dict
    known: dict
    slack: float

    def findings(self, source, began, ended, listed):
        """Of one list, by id and state, that was asked for and answered in that span."""
        found = []
        if not listed:
            found.append(f"{source}: an empty list")
        for id, engines in self.models.items():
            if id not in listed:
                found.append(f"{source}: {id} is missing")
            elif listed[id] in (READY, "DEGRADED") and all(self.is_dead(modes, began) for modes in engines):
                found.append(f"{source}: {id} is {listed[id]}, but all its replicas are dead for long")
        for id, line in list(self.adapters.items()):
            patience = self.known["restart"].told + self.slack
            loaded = line.within(began - patience, ended)
            if loaded == {True} and id not in listed:
                found.append(f"{source}: the adapter {id} is missing")
            if loaded == {False} and id in listed:
                found.append(f"{source}: the adapter {id} is a ghost")
        for id in listed.keys() - self.models.keys() - self.adapters.keys():
            found.append(f"{source}: {id} is a ghost")
        return found

    def is_dead(self, modes, time):
        """Whether it has not served for longer than the time until that is listed."""
        begin, mode = modes.entry(time)
        if mode not in self.known or mode in ("restart", "draining"):
            return False
        return time > begin + self.known[mode].told + self.slack
