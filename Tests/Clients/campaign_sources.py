"""How the server of a campaign hears of the engines: each kind of source in turn."""

import json
import os

import grpc

import harness
import kube
import silent_names


class Source:
    """Engines named in the configuration. `ids` are those that lists show."""

    can_drain = True
    # Seconds until the server has read what has changed.
    delay = 0.5

    def __init__(self, directory, places, probing):
        self.directory, self.places, self.probing = directory, places, probing
        self.ids = list(places)
        self.draining = set()
        self.file = directory / "config.yaml"
        self.write()

    def arguments(self):
        return ["--config", self.file]

    def through(self):
        """Words before the server's command."""
        return ()

    def started(self, server):
        self.server = server

    def drain(self, index, is_on):
        """Says that an engine ends, or takes it back."""
        (self.draining.add if is_on else self.draining.discard)(index)
        self.write()
        self.server.signal(1)

    def engines(self):
        return [{"url": f"http://{place}", **({"draining": True} if index in self.draining else {})}
                for index, place in enumerate(self.places)]

    def write(self):
        # JSON is YAML.
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps({"engines": self.engines()}))
        new.rename(self.file)

    def stop(self):
        pass


class File(Source):
    # The server believes a file when it is two seconds old.
    delay = 2.5

    def arguments(self):
        return ["--engines-file", self.file]

    def drain(self, index, is_on):
        (self.draining.add if is_on else self.draining.discard)(index)
        self.write()


class Names(File):
    """Engines by host name, among others whose names hang."""

    HANGING = 30

    def __init__(self, directory, places, probing):
        self.names = silent_names.SilentNames(directory)
        self.names.addresses = {f"engine-{index}.test": [place.split(":")[0]] for index, place in enumerate(places)}
        self.hanging = [f"hanging-{number}.test:1" for number in range(self.HANGING)]
        self.names.hanging = {place.split(":")[0] for place in self.hanging}
        places = [f"engine-{index}.test:{place.split(':')[1]}" for index, place in enumerate(places)]
        super().__init__(directory, places, probing)

    def engines(self):
        return super().engines() + [{"url": f"http://{place}"} for place in self.hanging]

    def through(self):
        return self.names.only()

    def stop(self):
        self.names.stop()


class DNS(Source):
    can_drain = False

    def arguments(self):
        return [word for place in self.places for word in ("--dns", place)]


class Registration(Source):
    can_drain = False

    def write(self):
        self.file.write_text("engines: []\n")

    def started(self, server):
        from rollcall.v1 import admin_pb2, admin_pb2_grpc
        with grpc.insecure_channel(server.address) as channel:
            stub = admin_pb2_grpc.CatalogAdminStub(channel)
            for place in self.places:
                request = admin_pb2.RegisterEngineRequest(url=f"http://{place}")
                request.ttl.FromSeconds(3600)
                stub.RegisterEngine(request, timeout=20)


class Kubernetes(Source):
    can_drain = False

    def __init__(self, directory, places, probing):
        self.cluster = kube.Cluster(directory)
        super().__init__(directory, places, probing)
        self.ids = [f"default/p{index}:{self.port(index)}" for index in range(len(places))]

    def port(self, index):
        return self.places[index].rsplit(":", 1)[1]

    def write(self):
        self.cluster.apply(*[kube.pod(f"p{index}", port=self.port(index)) for index in range(len(self.places))])

    def arguments(self):
        return ["--kube-config", self.cluster.config()]

    def stop(self):
        self.cluster.stop()


class Peer(Source):
    """Another Rollcall probes them."""

    def __init__(self, directory, places, probing):
        super().__init__(directory, places, probing)
        self.ids = [f"west/{place}" for place in places]
        inner = directory / "west"
        inner.mkdir()
        arguments, interval = probing
        self.server = harness.Server(inner, "--cluster", "west", "--config", self.file, *arguments, interval=interval).ready()

    def arguments(self):
        return ["--cluster", "home", "--peer", f"west={self.server.url}"]

    def started(self, server):
        pass

    def stop(self):
        self.server.stop()


KINDS = {
    "static": Source, "file": File, "names": Names, "dns": DNS, "registration": Registration, "kubernetes": Kubernetes, "peer": Peer}


def can_run(kind):
    """Whether a source has what it needs here: a name server takes root."""
    return kind != "names" or os.geteuid() == 0
