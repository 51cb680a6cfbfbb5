"""What the fake Kubernetes API server knows: objects under versions, the changes between them, what selectors choose."""

import base64
import copy
import datetime
import json
import re
import uuid


class Refusal(Exception):
    """An answer that is no success; its body is a `Status` object."""

    def __init__(self, code, reason, message, details=None, cursor=None):
        super().__init__(message)
        self.code = code
        metadata = {"continue": cursor} if cursor else {}
        self.status = {
            "kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure", "message": message,
            "reason": reason, "code": code}
        if details: self.status["details"] = details


def invalid(what):
    return Refusal(
        422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: {what}', {"group": "meta.k8s.io", "kind": "ListOptions"})


def expired(message, cursor=None):
    return Refusal(410, "Expired", message, cursor=cursor)


CONTINUE_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results.")


# Selectors.

NAME = r"[A-Za-z0-9./_-]+"
REQUIREMENT = re.compile(
    rf"(?P<absent>!\s*{NAME})|(?P<key>{NAME})\s*(?:(?P<set>in|notin)\s*\((?P<values>[^()]*)\)"
    rf"|(?P<sign>==|=|!=)\s*(?P<value>[A-Za-z0-9._-]*)|(?P<order>[<>])\s*(?P<number>-?\d+))?$")


def label_selector(text):
    """A function that says whether labels match, of the equality-based and set-based requirements of a `labelSelector`."""
    requirements = [requirement(part.strip()) for part in re.split(r",(?![^(]*\))", text)] if text else []
    return lambda labels: all(check(labels) for check in requirements)


def requirement(text):
    found = REQUIREMENT.fullmatch(text)
    if not found: raise Refusal(400, "BadRequest", f"unable to parse requirement: {text!r}")
    if found["absent"]:
        absent = found["absent"][1:].strip()
        return lambda labels: absent not in labels
    key = found["key"]
    if found["set"] or found["sign"]:
        values = {value.strip() for value in (found["values"] or "").split(",")} if found["set"] else {found["value"]}
        if found["set"] == "notin" or found["sign"] == "!=":
            return lambda labels: labels.get(key) not in values
        return lambda labels: key in labels and labels[key] in values
    if found["order"]:
        limit, above = int(found["number"]), found["order"] == ">"
        return lambda labels: labels.get(key, "").lstrip("-").isdigit() and (int(labels[key]) > limit) == above and \
            int(labels[key]) != limit
    return lambda labels: key in labels


FIELDS = {
    "metadata.name": lambda object: object["metadata"]["name"],
    "metadata.namespace": lambda object: object["metadata"]["namespace"],
    "status.phase": lambda object: object.get("status", {}).get("phase", ""),
    "status.podIP": lambda object: object.get("status", {}).get("podIP", ""),
    "spec.nodeName": lambda object: object.get("spec", {}).get("nodeName", "")}


def field_selector(text):
    checks = []
    for part in text.split(",") if text else []:
        found = re.fullmatch(r"([^=!]+)(==|=|!=)(.*)", part)
        if not found or found[1] not in FIELDS:
            raise Refusal(400, "BadRequest", f"field label not supported: {part}")
        checks.append((FIELDS[found[1]], found[2] != "!=", found[3]))
    return lambda object: all((field(object) == value) == wanted for field, wanted, value in checks)


def selects(namespace, labels="", fields=""):
    """A function that says whether an object is among those that a request asks for."""
    match_labels, match_fields = label_selector(labels), field_selector(fields)
    return lambda object: (not namespace or object["metadata"]["namespace"] == namespace) and \
        match_labels(object["metadata"].get("labels") or {}) and match_fields(object)


# Objects.

def key_of(object):
    return f"{object['metadata']['namespace']}/{object['metadata']['name']}"


def at_version(object, version):
    """The object as it was, under another version: a watch sends a deleted object so."""
    return {**object, "metadata": {**object["metadata"], "resourceVersion": str(version)}}


class Change:
    """What happened to one object; `before` and `after` are None where it was not there."""

    def __init__(self, version, resource, before, after):
        self.version, self.resource, self.before, self.after = version, resource, before, after
        self.key = key_of(after or before)

    def seen_by(self, selects):
        """The event that a watch with this selector gets, if any: an object that no longer matches is DELETED."""
        was, now = self.before is not None and selects(self.before), self.after is not None and selects(self.after)
        if now: return ("MODIFIED" if was else "ADDED"), self.after
        return ("DELETED", at_version(self.before, self.version)) if was else None


class Store:
    """Objects by resource; one counter of versions for all of them, as etcd has it."""

    def __init__(self, resources, version=1000):
        self.objects = {resource: {} for resource in resources}
        self.version, self.compacted = version, version
        self.changes = []
        self.listeners = []

    def apply(self, resource, object):
        """Creates or replaces an object; fills in what the server fills in."""
        object = copy.deepcopy(object)
        metadata = object["metadata"]
        metadata.setdefault("namespace", "default")
        before = self.objects[resource].get(key_of(object))
        old = before["metadata"] if before else {}
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        metadata["uid"] = metadata.get("uid") or old.get("uid") or str(uuid.uuid4())
        metadata["creationTimestamp"] = metadata.get("creationTimestamp") or old.get("creationTimestamp") or now
        metadata["resourceVersion"] = str(self.version + 1)
        self.change(resource, before, object)
        return object

    def delete(self, resource, key):
        if key not in self.objects[resource]: raise Refusal(404, "NotFound", f'{resource} "{key}" not found')
        self.change(resource, self.objects[resource][key], None)

    def change(self, resource, before, after):
        self.version += 1
        change = Change(self.version, resource, before, after)
        if after is None: del self.objects[resource][change.key]
        else: self.objects[resource][change.key] = after
        self.changes.append(change)
        for listener in list(self.listeners): listener(change)

    def skip(self, count):
        """Versions that pass without a change here: other objects of the cluster changed."""
        self.version += count

    def compact(self, version=None):
        """Forgets the changes up to a version: no client can watch from before, or list at a version from before."""
        self.compacted = max(self.compacted, self.version if version is None else version)
        self.changes = [change for change in self.changes if change.version > self.compacted]

    def restore(self, version):
        """Goes back to an old version, as an etcd does that was restored from a backup."""
        self.objects = {resource: self.at(resource, version) for resource in self.objects}
        self.changes = [change for change in self.changes if change.version <= version]
        self.version = version

    def at(self, resource, version):
        """The objects of a resource as they were at a version that is not compacted."""
        objects = dict(self.objects[resource])
        for change in reversed(self.changes):
            if change.version <= version: break
            if change.resource != resource: continue
            if change.before is None: objects.pop(change.key, None)
            else: objects[change.key] = change.before
        return objects

    def since(self, resource, version):
        """The changes after a version; it must not be compacted."""
        if version < self.compacted:
            raise expired(f"too old resource version: {version} ({self.compacted})")
        return [change for change in self.changes if change.resource == resource and change.version > version]

    def page(self, resource, selects, options, lag=0):
        """What a list with these options answers: items, metadata. `lag`: by how many versions a cache is behind."""
        version, start, limit = self.place(options, lag)
        objects = self.at(resource, version)
        keys = [key for key in sorted(objects) if key >= start]
        chosen = [key for key in keys if selects(objects[key])]
        metadata = {"resourceVersion": str(version)}
        if limit and len(chosen) > limit:
            metadata["continue"] = cursor(version, chosen[limit - 1] + "\0")
            # Not given where a selector would have to be applied to know it.
            if not options.get("labelSelector") and not options.get("fieldSelector"):
                metadata["remainingItemCount"] = len(chosen) - limit
            chosen = chosen[:limit]
        return [objects[key] for key in chosen], metadata

    def place(self, options, lag):
        """At which version, from which key on and how many, by the table of the API's documentation."""
        version, match = options.get("resourceVersion", ""), options.get("resourceVersionMatch", "")
        limit, token = int(options.get("limit") or 0), options.get("continue")
        if match not in ("", "Exact", "NotOlderThan"):
            raise invalid(f'resourceVersionMatch: Unsupported value: "{match}"')
        if match and not version:
            raise invalid("resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")
        if match and token:
            raise invalid("resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided")
        if match == "Exact" and version == "0":
            raise invalid('resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
        if token:
            if version not in ("", "0"):
                raise Refusal(400, "BadRequest", "specifying resource version is not allowed when using continue")
            return (*self.place_of(token), limit)
        if version in ("", "0"):
            # The watch cache answers version 0, and does not page.
            return (max(self.version - lag, self.compacted), "", 0) if version else (self.version, "", limit)
        asked = number(version)
        if asked > self.version:
            raise Refusal(
                504, "Timeout", f"Timeout: Too large resource version: {asked}, current: {self.version}",
                {"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
                 "retryAfterSeconds": 1})
        if match == "Exact" or (limit and not match):
            if asked < self.compacted: raise expired("The resourceVersion for the provided list is too old.")
            return asked, "", limit
        return self.version, "", limit

    def place_of(self, token):
        try:
            place = json.loads(base64.urlsafe_b64decode(token))
            version, start = place["rv"], place["start"]
        except (ValueError, KeyError, TypeError):
            raise Refusal(400, "BadRequest", "continue key is not valid") from None
        # A version of -1: the rest of a list that could not be had in one piece.
        if version == -1: return self.version, start
        if version < self.compacted or version > self.version:
            raise expired(CONTINUE_EXPIRED, cursor(-1, start))
        return version, start


def cursor(version, key):
    place = {"v": "meta.k8s.io/v1", "rv": version, "start": key}
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def number(version):
    if not version.isdigit():
        raise invalid(f'resourceVersion: Invalid value: "{version}": strconv.ParseUint: parsing "{version}": invalid syntax')
    return int(version)
