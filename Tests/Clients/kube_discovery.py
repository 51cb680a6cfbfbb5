"""What the fake Kubernetes API server serves: its resources, their paths, and what API discovery says of them."""

import re

from kube_store import Refusal


class Resource:
    def __init__(self, name, kind, group, version, is_custom=False):
        self.name, self.kind, self.group, self.is_custom = name, kind, group, is_custom
        self.short_version = version
        self.version = f"{group}/{version}" if group else version
        self.root = f"/apis/{self.version}" if group else f"/api/{version}"

    def typed(self, object):
        return {"kind": self.kind, "apiVersion": self.version, **object}

    def listed(self):
        """Its entry in an APIResourceList."""
        return {
            "name": self.name, "singularName": self.kind.lower(), "namespaced": True, "kind": self.kind,
            "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]}


ADAPTERS = "modeladapters"
RESOURCES = {resource.name: resource for resource in [
    Resource("pods", "Pod", "", "v1"), Resource("deployments", "Deployment", "apps", "v1"),
    Resource(ADAPTERS, "ModelAdapter", "model.aibrix.ai", "v1alpha1", is_custom=True)]}
# What the real one says of a path that it does not know, before it looks at any object.
UNKNOWN = "404 page not found\n"


def resource_of(object):
    return next(resource.name for resource in RESOURCES.values() if resource.kind == object["kind"])


def place(request, has_adapters):
    """Fills in which resource a request is for, where and to do what."""
    for resource in served(has_adapters):
        found = re.fullmatch(
            rf"{re.escape(resource.root)}(?:/namespaces/(?P<namespace>[^/]+))?/{resource.name}(?:/(?P<name>[^/]+))?", request.path)
        if found and (found["namespace"] or not found["name"]):
            request.resource, request.namespace, request.name = resource.name, found["namespace"] or "", found["name"] or ""
            request.verb = "get" if request.name else "watch" if request.is_watch else "list"


def served(has_adapters):
    return [resource for name, resource in RESOURCES.items() if has_adapters or name != ADAPTERS]


def answer(path, settings):
    """The answer to what is no request for objects."""
    path = path.rstrip("/")
    if path in ("/healthz", "/livez", "/readyz"): return "ok"
    if path == "/version":
        return {
            "major": "1", "minor": settings.minor, "gitVersion": f"v1.{settings.minor}.1", "gitCommit": "", "gitTreeState": "clean", "buildDate": "",
            "goVersion": "", "compiler": "gc", "platform": "linux/amd64"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    groups = {}
    for resource in served(settings.adapters):
        if path == resource.root:
            there = [other.listed() for other in served(settings.adapters) if other.root == path]
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": resource.version, "resources": there}
        version = {"groupVersion": resource.version, "version": resource.short_version}
        if resource.group:
            groups[resource.group] = {"name": resource.group, "versions": [version], "preferredVersion": version}
    if path == "/apis":
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": list(groups.values())}
    if group := groups.get(path.removeprefix("/apis/")):
        return {"kind": "APIGroup", "apiVersion": "v1", **group}
    raise NotServed


class NotServed(Refusal):
    """A path that is not served: plain text, no Status."""

    def __init__(self):
        super().__init__(404, "NotFound", "not found")
        self.status = UNKNOWN
