"""What watchers, readers and writers of one catalog saw, held against each other; no I/O."""

import threading
from collections import Counter

ADDED, MODIFIED, REMOVED, SYNCED, RESET = "ADDED", "MODIFIED", "REMOVED", "SYNCED", "RESET"


class Problem(Exception):
    """The server broke a promise."""


class Ledger:
    """The common memory of all observers. A revision means one thing, for everyone and for ever."""

    def __init__(self):
        self.lock = threading.RLock()
        self.counts = Counter()
        # Highest revision that anybody saw.
        self.highest = 0
        # (form, key, revision of its last change) -> content.
        self.contents = {}
        # The events that carry a revision: revision -> [(kind, key)], and (form, revision) -> [(kind, key, content)].
        self.changes = {}
        self.changed_contents = {}
        # Of each model's label `n`: the last number sent, those that were refused, the last acknowledged one with the
        # revision that it had.
        self.attempted = {}
        self.refused = {}
        self.acknowledged = {}

    def saw_model(self, form, key, revision, content):
        with self.lock:
            known = self.contents.setdefault((form, key, revision), content)
            if known != content:
                raise Problem(f"{key} as of revision {revision} had two contents:\n{known!r}\n{content!r}")

    def saw_revision(self, revision):
        with self.lock:
            self.highest = max(self.highest, revision)

    def saw_changes(self, form, revision, events):
        """All events that carried one revision, in order: [(kind, key, content)]."""
        kinds = [(kind, key) for kind, key, _ in events]
        with self.lock:
            self.counts["events"] += len(events)
            if (known := self.changes.setdefault(revision, kinds)) != kinds:
                raise Problem(f"what came with revision {revision} was two things:\n{known}\n{kinds}")
            if (known := self.changed_contents.setdefault((form, revision), events)) != events:
                raise Problem(f"what came with revision {revision} had two contents:\n{known!r}\n{events!r}")

    def check_gaps(self, name, first, cursor, seen):
        """A copy that follows from `first` to `cursor` must have had every revision between that anyone had."""
        with self.lock:
            missed = sorted({revision for revision in self.changes if first < revision < cursor} - set(seen))
        if missed:
            raise Problem(f"{name} is at revision {cursor} and never saw {missed[:10]} ({len(missed)} in all)")

    # Writes.

    def attempt(self, key):
        """The number of the next write to a model; each model has one writer."""
        with self.lock:
            number = self.attempted.get(key, 0) + 1
            self.attempted[key] = number
            return number

    def refuse(self, key, number):
        with self.lock:
            self.refused.setdefault(key, set()).add(number)

    def acknowledge(self, key, number, revision):
        with self.lock:
            self.counts["acknowledged"] += 1
            self.acknowledged[key] = (number, revision)
            self.highest = max(self.highest, revision)

    def promised(self, revision=None):
        """What must be there from now on, or was at a revision: {key: number}."""
        with self.lock:
            return {
                key: number for key, (number, at) in self.acknowledged.items() if revision is None or at <= revision}

    def check_label(self, key, value, promised, where):
        """`value`: of the label `n`, None without one; `promised`: taken before it was read."""
        number = int(value) if value else 0
        least = promised.get(key, 0)
        with self.lock:
            attempted, refused = self.attempted.get(key, 0), number in self.refused.get(key, ())
        if number < least:
            raise Problem(f"{where}: {key} has the write {number}, but {least} was acknowledged before")
        if number > attempted or refused:
            raise Problem(f"{where}: {key} has the write {number}, which was {'refused' if refused else 'never made'}")


class Copy:
    """A watcher's own copy of the list, by the rules of the contract; what breaks them is a Problem.

    An event carries R when it is the last of R, and the revision before when it is an earlier one: a watcher that resumes
    within a revision is told its first events again, and they must be the same. (Only a model tells which it was.)

    `complete`: it watches everything, so that all such watchers have the same events at every revision.
    """

    def __init__(self, name, ledger, form, complete=True):
        self.name, self.ledger, self.form, self.complete = name, ledger, form, complete
        # key -> (content, revision of its last change; None where the form has none)
        self.models = {}
        # What to resume from; where the first list ended; and the revisions after it that events carried.
        self.cursor = self.first = 0
        self.revisions = []
        # The events that carried `cursor`, in order; of these, by key, what comes again after a resume and whether it must.
        self.events, self.tail = [], {}
        self.connected()

    def connected(self):
        """A new stream begins, from `cursor`."""
        self.again = dict(self.tail)
        self.is_synced = False
        if self.cursor == 0:
            self.models = {}

    def take(self, kind, revision, key=None, content=None, changed=None):
        """One event; `changed`: the revision that the model itself names."""
        if kind == RESET:
            raise Problem(f"{self.name}: RESET at {self.cursor}")
        if changed is not None:
            self.ledger.saw_model(self.form, key, changed, content)
        if self.cursor == 0 and kind != SYNCED:
            return self.list(kind, revision, key, content, changed)
        if revision < max(self.cursor, 1):
            raise Problem(f"{self.name}: {kind} {key} with revision {revision} after {self.cursor}")
        if kind == SYNCED:
            return self.sync(revision)
        if changed is not None and (changed < revision or changed == self.cursor):
            raise Problem(f"{self.name}: {kind} {key} of revision {changed} with revision {revision} after {self.cursor}")
        event = kind, key, content
        if revision == self.cursor and self.again.get(key, (None,))[0] == event:
            del self.again[key]
            return
        is_first = revision > self.cursor
        self.move(revision)
        self.apply(kind, key, content, changed)
        self.events.append(event)
        # The first that carries a revision is the last of it, unless the model says otherwise.
        if changed != revision:
            self.tail[key] = event, not is_first or changed is not None

    def list(self, kind, revision, key, content, changed):
        if kind != ADDED or revision != 0:
            raise Problem(f"{self.name}: {kind} {key} with revision {revision} in a first list")
        if key in self.models:
            raise Problem(f"{self.name}: {key} is twice in a first list")
        self.models[key] = (content, changed)

    def sync(self, revision):
        if missing := [event[:2] for event, must_come in self.again.values() if must_come]:
            raise Problem(f"{self.name}: was told {missing} before it resumed from {self.cursor}, and not again")
        if self.complete and revision > self.cursor and any(must_come for _, must_come in self.tail.values()):
            raise Problem(f"{self.name}: SYNCED {revision} within a revision after {self.cursor}")
        self.move(revision)
        self.first = self.first or revision
        self.again = {}
        self.is_synced = True

    def move(self, revision):
        """Every event that carries less was seen."""
        if revision == self.cursor:
            return
        if self.complete and self.first < self.cursor and self.events:
            self.ledger.saw_changes(self.form, self.cursor, self.events)
            self.revisions.append(self.cursor)
        self.cursor, self.events, self.tail = revision, [], {}
        self.ledger.saw_revision(revision)

    def apply(self, kind, key, content, changed):
        had = self.models.get(key)
        if (had is None) != (kind == ADDED):
            raise Problem(f"{self.name}: {kind} {key} after {self.cursor}, which it {'has not' if had is None else 'has'}")
        if kind == REMOVED:
            del self.models[key]
            return
        if had and had[0] == content:
            raise Problem(f"{self.name}: {kind} {key} after {self.cursor} changes nothing")
        if had and changed is not None and had[1] >= changed:
            raise Problem(f"{self.name}: {kind} {key} of revision {changed}, but has {had[1]}")
        self.models[key] = (content, changed)

    def is_whole(self):
        """Not known to be within a revision: a list at `cursor` shows the same."""
        return self.is_synced and not self.tail

    def compare(self, listed, project=lambda content: content):
        """`listed`: {key: content} of a fresh, complete list at `cursor`, as `project` shows the copy's."""
        with self.ledger.lock:
            self.ledger.counts["comparisons"] += 1
        mine = {key: project(content) for key, (content, _) in self.models.items()}
        if mine == listed:
            return
        lines = [f"{self.name}: its copy is not the list at {self.cursor}"]
        for key in sorted(mine.keys() | listed.keys()):
            if mine.get(key) != listed.get(key):
                lines.append(f"  {key}: copy {mine.get(key)!r}\n    list {listed.get(key)!r}")
        raise Problem("\n".join(lines[:20]))

    def check_gaps(self):
        if self.complete and self.first:
            self.ledger.check_gaps(self.name, self.first, self.cursor, self.revisions)
