"""A fake Kubernetes API server: a process that answers lists and watches as the documented API does, and fails on demand.

What it must be told comes as JSON, `{"op": ..., ...}`, to a second port: see the methods `op_*` of `Control`.
"""

import argparse
import asyncio
import collections
import gzip
import json
import pathlib
import random
import re
import socket
import ssl
import struct
import time
import urllib.parse

import kube_discovery as discovery
from kube_store import Refusal, Store, selects
from kube_watch import Cut, Watch, chunk

# Lists from this size on are compressed for clients that accept it, smaller ones are not.
GZIP_FROM = 128 << 10


class Settings:
    """What may be changed while it runs."""

    def __init__(self):
        # Values of `authorization` that are taken; empty: everyone may ask.
        self.authorizations = []
        # What no client may read: `deployments` everywhere, `pods@team-b` in a namespace, `pods@` in all at once.
        self.forbidden = []
        # `on`; `off`: a server that knows the option but has it switched off, or is older and refuses a part of it;
        # `unknown`: one so old that it ignores all of it.
        self.watch_list = "on"
        # The minor version that it says it has.
        self.minor = "34"
        # Whether AIBrix is installed.
        self.adapters = False
        # How a watch from a compacted version is refused: by an `event`, or the `status` of the answer.
        self.gone_as = "event"
        self.bookmark_seconds = 60.0
        # A proxy in between that ends watches sooner than they asked.
        self.longest_watch = 3600.0
        # Bytes of a chunk of a watch: 0 is a chunk a line; seconds before each line.
        self.split, self.pace = 0, 0.0


class Request:
    def __init__(self, method, target, headers):
        url = urllib.parse.urlsplit(target)
        self.method, self.path, self.headers = method, url.path, headers
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self.resource, self.namespace, self.name, self.verb = None, "", "", "get"

    @property
    def is_watch(self):
        return self.query.get("watch", "").lower() in ("1", "true", "t")

    def is_(self, option):
        return self.query.get(option, "").lower() in ("1", "true", "t")


class Api:
    """What all connections share."""

    def __init__(self):
        self.settings = Settings()
        self.store = Store(discovery.RESOURCES)
        self.faults, self.watches, self.connections = [], set(), set()
        self.log = collections.deque(maxlen=100_000)
        self.counts = collections.Counter()
        # Resources (or `*`) of which nothing is written now.
        self.frozen, self.thawed = set(), asyncio.Event()
        self.thawed.set()

    async def serve(self, reader, writer):
        task = asyncio.current_task()
        self.connections.add(task)
        try:
            while request := await read_request(reader):
                answer = Answer(self, request, reader, writer)
                await answer.write_answer()
                if request.headers.get("connection", "").lower() == "close": break
        except Cut as cut:
            if cut.is_reset:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            writer.transport.abort()
        finally:
            self.connections.discard(task)
            writer.close()

    def fault(self, request):
        """The next scripted fault that is meant for this request."""
        for fault in self.faults:
            if fault.get("verb", request.verb) != request.verb: continue
            if fault.get("resource", request.resource) != request.resource: continue
            if fault.get("namespace", request.namespace) != request.namespace: continue
            # A cache lags only for clients that accept any version.
            if fault["do"] == "lag" and request.query.get("resourceVersion") != "0": continue
            fault["after"] = fault.get("after", 0) - 1
            if fault["after"] >= 0: return {"do": "nothing"}
            fault["times"] = fault.get("times", 1) - 1
            if fault["times"] <= 0: self.faults.remove(fault)
            return fault
        return {"do": "nothing"}

    def check_access(self, request, certificate):
        settings, resource, namespace = self.settings, request.resource, request.namespace
        told = request.headers.get("authorization")
        user = "system:serviceaccount:rollcall:rollcall"
        if told and settings.authorizations and told not in settings.authorizations:
            raise Refusal(401, "Unauthorized", "Unauthorized")
        is_anonymous = bool(settings.authorizations) and not told and not certificate
        if is_anonymous: user = "system:anonymous"
        if not resource: return
        ways = {resource, f"{resource}@{namespace}"}
        # Who may read all of a cluster may read each namespace, not the other way round.
        if is_anonymous or request.method != "GET" or ways & set(settings.forbidden):
            verb = request.verb if request.method == "GET" else {"POST": "create"}.get(request.method, request.method.lower())
            group = discovery.RESOURCES[resource].group
            where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
            raise Refusal(
                403, "Forbidden",
                f'{resource} is forbidden: User "{user}" cannot {verb} resource "{resource}" in API group "{group}" {where}',
                {"group": group, "kind": resource})

    async def may_write(self, resource):
        while self.frozen & {"*", resource}:
            self.thawed.clear()
            await self.thawed.wait()


async def read_request(reader):
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers)


class Answer:
    """One request and what is written for it."""

    def __init__(self, api, request, reader, writer):
        self.api, self.request, self.reader, self.writer = api, request, reader, writer

    async def write_answer(self):
        request, api = self.request, self.api
        entry = {"method": request.method, "path": request.path, "query": request.query, "at": time.monotonic(),
                 "authorization": request.headers.get("authorization", ""), "status": 0}
        discovery.place(request, api.settings.adapters)
        entry.update(verb=request.verb, resource=request.resource, namespace=request.namespace)
        api.log.append(entry)
        api.counts[f"{request.verb} {request.resource}"] += 1
        try:
            api.check_access(request, self.writer.get_extra_info("peercert"))
            fault = api.fault(request)
            entry["fault"] = fault["do"]
            await self.fail_early(fault)
            if not accepts_json(request.headers.get("accept", "*/*")):
                raise Refusal(406, "NotAcceptable", "only the following media types are accepted: application/json")
            if request.verb == "watch":
                entry["status"] = 200
                await Watch(self, fault).run()
                return
            status, body = 200, self.body(fault)
        except Refusal as refusal:
            status, body, fault = refusal.code, refusal.status, {"do": "nothing"}
        entry["status"] = status
        await self.write(status, body, fault)

    async def fail_early(self, fault):
        """Faults that take the place of an answer."""
        what = fault["do"]
        if what == "reset": raise Cut(is_reset=True)
        if what == "status":
            code = fault["code"]
            known = {
                401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 410: "Expired", 429: "TooManyRequests",
                500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}
            details = {"retryAfterSeconds": fault["retry_after"]} if "retry_after" in fault else None
            raise Refusal(code, known.get(code, "Unknown"), fault.get("message", "as it was told to say"), details)
        if what == "wait": await asyncio.sleep(fault["seconds"])

    def body(self, fault):
        request, store = self.request, self.api.store
        if not request.resource: return discovery.answer(request.path, self.api.settings)
        kind = discovery.RESOURCES[request.resource]
        if request.verb == "get":
            found = store.objects[request.resource].get(f"{request.namespace}/{request.name}")
            if not found:
                raise Refusal(
                    404, "NotFound", f'{request.resource} "{request.name}" not found',
                    {"name": request.name, "kind": request.resource})
            return kind.typed(found)
        chosen = selects(request.namespace, request.query.get("labelSelector", ""), request.query.get("fieldSelector", ""))
        items, metadata = store.page(request.resource, chosen, request.query, fault.get("versions", 0))
        if fault["do"] == "empty":
            items, metadata = [], {"resourceVersion": metadata["resourceVersion"]}
        # Lists of built-in kinds leave out what kind each item is; those of custom ones do not.
        items = [kind.typed(item) for item in items] if kind.is_custom else items
        return {"kind": f"{kind.kind}List", "apiVersion": kind.version, "metadata": metadata, "items": items}

    async def write(self, status, body, fault):
        text = isinstance(body, str)
        data = body.encode() if text else (json.dumps(body) + "\n").encode()
        headers = {"content-type": "text/plain; charset=utf-8" if text else "application/json"}
        if status == 401: headers["www-authenticate"] = 'Basic realm="kubernetes-master"'
        if not text and (wait := (body.get("details") or {}).get("retryAfterSeconds")): headers["retry-after"] = str(wait)
        if fault["do"] == "garbage": data = b"<html>this is not the API</html>\n"
        if len(data) >= GZIP_FROM and "gzip" in self.request.headers.get("accept-encoding", ""):
            data, headers["content-encoding"] = gzip.compress(data, 1), "gzip"
        # As Go's server does: what does not fit into its buffer has no length in front.
        is_long = len(data) > 2048
        headers["transfer-encoding" if is_long else "content-length"] = "chunked" if is_long else str(len(data))
        await self.head(status, headers)
        if fault["do"] == "half":
            half = data[:len(data) // 2]
            await self.raw(chunk(half) if is_long else half)
            await asyncio.sleep(0.05)
            raise Cut
        step = fault.get("bytes", 16 << 10)
        for at in range(0, len(data), step):
            if fault["do"] == "slow": await asyncio.sleep(fault["seconds"])
            piece = data[at:at + step]
            await self.raw(chunk(piece) if is_long else piece)
        if is_long: await self.raw(chunk(b""))

    async def head(self, status, headers):
        audit = f"{random.getrandbits(128):032x}"
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}", f"audit-id: {audit}", "cache-control: no-cache, private"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        await self.raw("\r\n".join(lines).encode() + b"\r\n\r\n")

    async def raw(self, data):
        await self.api.may_write(self.request.resource)
        self.writer.write(data)
        await self.writer.drain()


REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 406: "Not Acceptable",
    410: "Gone", 422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error",
    503: "Service Unavailable", 504: "Gateway Timeout"}


def accepts_json(accept):
    kinds = [part.split(";")[0].strip() for part in accept.split(",")]
    return any(kind in ("application/json", "application/*", "*/*") for kind in kinds)


class Control:
    """The port by which a test scripts it."""

    def __init__(self, api, listen):
        self.api, self.listen = api, listen
        self.server = None

    async def serve(self, reader, writer):
        try:
            while request := await self.read(reader):
                try:
                    result = getattr(self, f"op_{request.pop('op')}")(**request)
                    if asyncio.iscoroutine(result): result = await result
                    status, body = 200, {"result": result}
                except Exception as error:
                    status, body = 400, {"error": repr(error)}
                data = json.dumps(body).encode()
                head = f"HTTP/1.1 {status} {REASONS[status]}\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
                writer.write(head.encode() + data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def read(self, reader):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
            return json.loads(await reader.readexactly(length))
        except asyncio.IncompleteReadError:
            return None

    # Objects.

    def op_apply(self, objects):
        return [self.api.store.apply(discovery.resource_of(object), object) for object in objects]

    def op_delete(self, resource, keys):
        for key in keys: self.api.store.delete(resource, key)

    def op_compact(self, version=None):
        self.api.store.compact(version)

    def op_skip(self, count):
        self.api.store.skip(count)

    def op_restore(self, version):
        self.api.store.restore(version)

    def op_version(self):
        return self.api.store.version

    # Behaviour.

    def op_set(self, **settings):
        for name, value in settings.items():
            if not hasattr(self.api.settings, name): raise LookupError(name)
            setattr(self.api.settings, name, value)

    def op_fault(self, **fault):
        """The next `times` requests (of a `verb`, a `resource`) fail: `do` is one of status, reset, wait; for lists lag,
        empty, half, slow, garbage; for watches gone, nothing, and `then` what `Watch.tell_one` takes. `after`: so many
        requests are answered before."""
        self.api.faults.append(fault)

    def op_clear(self):
        """No fault that was not made yet will be; what is frozen thaws."""
        self.api.faults.clear()
        self.op_thaw()
        self.api.settings.pace = self.api.settings.split = 0

    def op_watches(self, do, resource=None):
        """Something for all watches that are open (of a resource): `do` is what `Watch.tell_one` takes. Returns how many."""
        chosen = [watch for watch in self.api.watches if resource in (None, watch.request.resource)]
        for watch in chosen: watch.queue.put_nowait(tuple(do))
        return len(chosen)

    def op_freeze(self, resource="*"):
        self.api.frozen.add(resource)

    def op_thaw(self, resource=None):
        self.api.frozen = self.api.frozen - {resource} if resource else set()
        self.api.thawed.set()

    async def op_down(self, compacts=False):
        """Nobody listens, all connections are gone; `compacts`: as after a start, nothing from before can be watched."""
        self.server.close()
        for task in list(self.api.connections): task.cancel()
        if compacts: self.api.store.compact()

    async def op_up(self):
        await self.listen(self)

    # What was asked.

    def op_log(self, since=0.0):
        return [entry for entry in self.api.log if entry["at"] >= since]

    def op_counts(self):
        return dict(self.api.counts)

    def op_open_watches(self):
        return [{"path": watch.request.path, "query": watch.request.query} for watch in self.api.watches]


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificate", type=pathlib.Path, help="PEM of the server's certificate and key: TLS")
    parser.add_argument("--client-authority", type=pathlib.Path, help="PEM of who signs clients' certificates")
    options = parser.parse_args()
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
        context.set_alpn_protocols(["http/1.1"])
        if options.client_authority:
            context.load_verify_locations(options.client_authority)
            context.verify_mode = ssl.CERT_OPTIONAL
    api = Api()
    port = 0

    async def listen(control):
        nonlocal port
        control.server = await asyncio.start_server(
            api.serve, "127.0.0.1", port, ssl=context, limit=1 << 20, backlog=1024)
        port = control.server.sockets[0].getsockname()[1]

    control = Control(api, listen)
    await listen(control)
    controller = await asyncio.start_server(control.serve, "127.0.0.1", 0, limit=1 << 26)
    scheme = "https" if context else "http"
    where = controller.sockets[0].getsockname()[1]
    print(f"kube-api: listening on {scheme}://127.0.0.1:{port}, controlled at http://127.0.0.1:{where}", flush=True)
    await controller.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
