"""A Kubernetes cluster for tests: the fake API server, and the objects that are put into it."""

import base64
import pathlib
import sys

import httpx
import yaml

import harness

NAME, PORT = "model.aibrix.ai/name", "model.aibrix.ai/port"


class Cluster(harness.Process):
    """The fake API server in a process of its own."""

    def __init__(self, directory, *arguments, **settings):
        super().__init__(
            "kube-api", directory, sys.executable, "-u", pathlib.Path(__file__).with_name("kube_api.py"), *arguments)
        found = self.wait_for(r"listening on (\S+), controlled at (\S+)\n")
        self.url, self.control = found[1], httpx.Client(base_url=found[2], timeout=60)
        self.directory = pathlib.Path(directory)
        if settings: self.set(**settings)

    def stop(self):
        self.control.close()
        return super().stop()

    def do(self, op, **what):
        answer = self.control.post("/", json={"op": op, **what}).json()
        if "error" in answer: raise RuntimeError(f"{op}: {answer['error']}")
        return answer["result"]

    def apply(self, *objects):
        """Creates or replaces objects; returns them as the server keeps them."""
        return self.do("apply", objects=objects)

    def delete(self, *objects):
        for object in objects:
            resource = {"Pod": "pods", "Deployment": "deployments", "ModelAdapter": "modeladapters"}[object["kind"]]
            metadata = object["metadata"]
            self.do("delete", resource=resource, keys=[f"{metadata.get('namespace', 'default')}/{metadata['name']}"])

    def set(self, **settings):
        self.do("set", **settings)

    def fault(self, do="nothing", **fault):
        self.do("fault", do=do, **fault)

    def watches(self, *do, resource=None):
        """Something for all watches that are open now; how many there are."""
        return self.do("watches", do=do, resource=resource)

    def asked(self, **wanted):
        """The requests so far, or those with these `verb`, `resource`, `status`..."""
        return [entry for entry in self.do("log") if all(entry.get(name) == value for name, value in wanted.items())]

    def is_watched(self, *resources):
        paths = [watch["path"] for watch in self.do("open_watches")]
        return all(any(path.endswith(resource) for path in paths) for resource in resources)

    def config(self, name="kubeconfig", user=None, authority=None, server=None, **cluster):
        """Writes a kubeconfig for it; `user` are the fields of its user."""
        if authority: cluster["certificate-authority-data"] = base64.b64encode(authority).decode()
        path = self.directory / name
        path.write_text(yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "cluster", "cluster": {"server": server or self.url, **cluster}}],
            "users": [{"name": "user", "user": user or {}}],
            "contexts": [{"name": "test", "context": {"cluster": "cluster", "user": "user"}}]}))
        return path


def condition(kind, is_true, since="2026-01-01T00:00:00Z", **more):
    return {"type": kind, "status": "True" if is_true else "False", "lastTransitionTime": since, **more}


def pod(name, port=8000, model="llama", namespace="default", ready=True, ip="127.0.0.1", phase=None, uid=None, labels=(),
        annotations=(), owner=None, waiting=None, resources=None, generation=0):
    """A pod of an engine. `owner`: the Deployment; `waiting`: why its container does not run; `resources`: its limits."""
    # A label cannot hold a slash: then the annotation has the name.
    metadata = {
        "name": name, "namespace": namespace, "labels": {NAME: model.rpartition("/")[2], PORT: str(port), **dict(labels)},
        "annotations": {**({NAME: model} if "/" in model else {}), **dict(annotations)}}
    if uid: metadata["uid"] = uid
    if owner:
        metadata["labels"]["pod-template-hash"] = "5d78c9869d"
        metadata["ownerReferences"] = [{
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{owner}-5d78c9869d", "uid": f"uid-of-{owner}",
            "controller": True, "blockOwnerDeletion": True}]
    phase = phase or ("Running" if ip else "Pending")
    state = {"waiting": {"reason": waiting}} if waiting else {"running": {"startedAt": "2026-01-01T00:00:00Z"}} if ip else {
        "waiting": {"reason": "ContainerCreating"}}
    status = {
        "phase": phase,
        "conditions": [
            condition("Initialized", True), condition("Ready", ready and bool(ip)), condition("PodScheduled", True)],
        "containerStatuses": [{
            "name": "vllm", "ready": ready, "restartCount": generation, "state": state, "image": "vllm/vllm-openai",
            "imageID": ""}]}
    if ip: status |= {"podIP": ip, "podIPs": [{"ip": ip}]}
    container = {
        "name": "vllm", "image": "vllm/vllm-openai", "ports": [{"name": "http", "containerPort": int(port), "protocol": "TCP"}],
        "resources": {"limits": resources, "requests": resources} if resources else {}}
    return {"kind": "Pod", "metadata": metadata, "spec": {"nodeName": "node-1", "containers": [container]}, "status": status}


def ending(pod):
    """The pod as the API shows it while it terminates."""
    metadata = {**pod["metadata"], "deletionTimestamp": "2026-01-01T00:10:00Z", "deletionGracePeriodSeconds": 30}
    return {**pod, "metadata": metadata}


def deployment(name, replicas, model="llama", namespace="default", labels=(), annotations=()):
    labels = {NAME: model.rpartition("/")[2], "app": name, **dict(labels)}
    annotations = {**({NAME: model} if "/" in model else {}), **dict(annotations)}
    template = {"metadata": {"labels": labels, "annotations": annotations}, "spec": {"containers": [{"name": "vllm"}]}}
    return {
        "kind": "Deployment", "metadata": {"name": name, "namespace": namespace, "labels": labels, "generation": 1},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template},
        "status": {"observedGeneration": 1, "replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas}}


def adapter(name, base, pods=(), namespace="default", phase="Running"):
    """An AIBrix ModelAdapter; `pods`: the names of those that have loaded it."""
    return {
        "kind": "ModelAdapter", "metadata": {"name": name, "namespace": namespace, "labels": {NAME: name, PORT: "8000"}},
        "spec": {"baseModel": base, "artifactURL": f"huggingface://adapters/{name}",
                 "podSelector": {"matchLabels": {NAME: base}}, "replicas": 1},
        "status": {"phase": phase, "instances": list(pods)}}
