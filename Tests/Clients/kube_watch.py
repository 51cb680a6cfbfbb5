"""A watch of the fake Kubernetes API server, with what can go wrong with it."""

import asyncio
import collections
import json
import random
import time

import kube_discovery as discovery
from kube_store import Refusal, expired, invalid, number, selects

END_OF_INITIAL_EVENTS = {"k8s.io/initial-events-end": "true"}


class Cut(Exception):
    """The connection ends here, in the middle of an answer; `is_reset`: by RST."""

    def __init__(self, is_reset=False):
        super().__init__()
        self.is_reset = is_reset


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


class Watch:
    """One watch: its unsent events are in a queue, so that faults keep their place among them."""

    def __init__(self, answer, fault):
        self.answer, self.api, self.request, self.fault = answer, answer.api, answer.request, fault
        self.kind = discovery.RESOURCES[self.request.resource]
        query = self.request.query
        self.selects = selects(self.request.namespace, query.get("labelSelector", ""), query.get("fieldSelector", ""))
        self.has_bookmarks = self.request.is_("allowWatchBookmarks")
        self.queue = asyncio.Queue()
        self.told = collections.deque(maxlen=50)
        # Versions of the events in the queue: a bookmark says that all events until its version were sent.
        self.waiting = collections.deque()
        self.cuts_next_line = False

    async def run(self):
        settings, store = self.api.settings, self.api.store
        first = self.initial()
        asked = float(self.request.query.get("timeoutSeconds") or 0) or random.uniform(1800, 3600)
        self.deadline = time.monotonic() + min(asked, settings.longest_watch)
        store.listeners.append(self.hear)
        self.api.watches.add(self)
        for item in self.fault.get("then", []): self.queue.put_nowait(tuple(item))
        # Who watches says nothing: what comes is the end of the connection.
        gone = asyncio.ensure_future(self.answer.reader.read(1))
        telling = asyncio.ensure_future(self.tell(first))
        try:
            await asyncio.wait({gone, telling}, return_when=asyncio.FIRST_COMPLETED)
            if gone.done(): raise Cut
            telling.result()
        finally:
            store.listeners.remove(self.hear)
            self.api.watches.discard(self)
            for task in (gone, telling): task.cancel()
            await asyncio.gather(gone, telling, return_exceptions=True)

    def hear(self, change):
        if change.resource == self.request.resource and change.version > self.since and (event := change.seen_by(self.selects)):
            self.queue.put_nowait(("event", *event))
            self.waiting.append(change.version)

    def initial(self):
        """The first events; sets `since`, the version after which changes follow."""
        query, store, settings = self.request.query, self.api.store, self.api.settings
        version, match, wanted = query.get("resourceVersion", ""), query.get("resourceVersionMatch", ""), "sendInitialEvents"
        streams = self.request.is_(wanted) and settings.watch_list == "on"
        if settings.watch_list == "on" and wanted in query and match != "NotOlderThan":
            raise invalid(f"resourceVersionMatch: Forbidden: {wanted} requires setting resourceVersionMatch to NotOlderThan")
        if match and not streams and settings.watch_list != "unknown" and not (wanted in query and settings.watch_list == "on"):
            raise invalid("resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch")
        if wanted in query and settings.watch_list == "off":
            raise invalid(f"{wanted}: Forbidden: {wanted} is forbidden for watch unless the WatchList feature gate is enabled")
        self.since = store.version
        if self.fault["do"] == "gone": return [("error", 410)]
        # Without a version a watch begins with all that there is, unless it says that it does not want it.
        if streams or (version in ("", "0") and query.get(wanted, "").lower() not in ("0", "false")):
            if streams and number(version or "0") > store.version:
                raise Refusal(504, "Timeout", f"Timeout: Too large resource version: {version}, current: {store.version}")
            there = store.at(self.request.resource, store.version)
            first = [("event", "ADDED", there[key]) for key in sorted(there) if self.selects(there[key])]
            return first + ([("bookmark", self.since, END_OF_INITIAL_EVENTS)] if streams and self.has_bookmarks else [])
        if version in ("", "0"): return []
        try:
            changes = store.since(self.request.resource, number(version))
        except Refusal as refusal:
            if settings.gone_as == "status": raise
            return [("error", 410, str(refusal))]
        # A version that is not there yet is waited for.
        self.since = max(store.version, number(version))
        return [("event", *event) for change in changes if (event := change.seen_by(self.selects))]

    async def tell(self, first):
        await self.answer.head(200, {"content-type": "application/json", "transfer-encoding": "chunked"})
        for item in first:
            if not await self.tell_one(*item): return
        bookmark_at = time.monotonic() + self.api.settings.bookmark_seconds
        while True:
            now = time.monotonic()
            if now >= self.deadline and self.queue.empty(): break
            try:
                async with asyncio.timeout(max(0, min(self.deadline, bookmark_at) - now)):
                    item = await self.queue.get()
                if item[0] == "event": self.waiting.popleft()
            except TimeoutError:
                if time.monotonic() >= bookmark_at:
                    bookmark_at = time.monotonic() + self.api.settings.bookmark_seconds
                    await self.tell_one("bookmark")
                continue
            if not await self.tell_one(*item): return
        # As the real one does it before the end: a client that watches again need not list again.
        await self.tell_one("bookmark")
        await self.answer.raw(chunk(b""))

    async def tell_one(self, what, *more):
        """One thing from the queue; false when the watch ends by it."""
        if what == "event":
            kind, object = more
            await self.line({"type": kind, "object": self.kind.typed(object)})
            self.told.append((kind, object))
        elif what == "bookmark":
            if self.has_bookmarks: await self.line({"type": "BOOKMARK", "object": self.bookmark(*more)})
        elif what == "error":
            code, message = more[0], more[1] if len(more) > 1 else "as it was told to say"
            status = expired(message).status if code == 410 else Refusal(code, "InternalError", message).status
            await self.line({"type": "ERROR", "object": status})
            await self.answer.raw(chunk(b""))
            return False
        elif what == "repeat":
            for kind, object in list(self.told)[-more[0]:]: await self.line({"type": kind, "object": self.kind.typed(object)})
        elif what == "stale":
            # Old states of objects that exist, as a server sends them whose cache lags.
            key, version = self.request.resource, self.version
            changes = [change for change in self.api.store.changes if change.resource == key and change.version <= version]
            old = [change for change in changes if change.before and change.after]
            for change in old[-more[0]:]:
                if self.selects(change.before): await self.line({"type": "MODIFIED", "object": self.kind.typed(change.before)})
        elif what == "text":
            await self.pieces(more[0].encode())
        elif what == "half":
            self.cuts_next_line = True
        elif what == "end":
            await self.answer.raw(chunk(b""))
            return False
        elif what in ("cut", "reset"):
            raise Cut(is_reset=what == "reset")
        return True

    @property
    def version(self):
        """A bookmark: all events until this version were sent."""
        return self.waiting[0] - 1 if self.waiting else self.api.store.version

    def bookmark(self, version=None, annotations=None):
        metadata = {"resourceVersion": str(version or self.version), "creationTimestamp": None}
        if annotations: metadata["annotations"] = annotations
        return self.kind.typed({"metadata": metadata, **({} if self.kind.is_custom else {"spec": {}, "status": {}})})

    async def line(self, event):
        data = (json.dumps(event) + "\n").encode()
        if self.api.settings.pace: await asyncio.sleep(self.api.settings.pace)
        if self.cuts_next_line:
            await self.answer.raw(chunk(data[:len(data) // 2]))
            # What is written before a reset may be lost; so that it is read, it waits.
            await asyncio.sleep(0.05)
            raise Cut
        await self.pieces(data)

    async def pieces(self, data):
        step = self.api.settings.split or len(data)
        for at in range(0, len(data), step): await self.answer.raw(chunk(data[at:at + step]))
