"""Rights in a cluster as (namespace, group, resource, verb): those that a manifest grants, and those that requests need."""
import re
import urllib.parse

import yaml

# /api/v1/... or /apis/GROUP/VERSION/..., [namespaces/NS/] RESOURCE [/NAME [/SUBRESOURCE]]
PATH = re.compile(r"^(?:/api/v1|/apis/(?P<group>[^/]+)/[^/]+)/(?:namespaces/(?P<ns>[^/]+)/)?(?P<resource>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<sub>.+))?)?$")
CHANGES = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def roles(text):
    return [o for o in yaml.safe_load_all(text) if o and o["kind"] == "Role"]


def granted(text):
    """What a manifest's Roles grant; a verb for each resource."""
    return {(role["metadata"]["namespace"], group, resource, verb) for role in roles(text) for rule in role["rules"]
            for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]}


def needed(method, path, status):
    """What one request needs; an empty set where everybody may. An apply that made its object needed to create it, too."""
    parts = urllib.parse.urlsplit(path)
    query = urllib.parse.parse_qs(parts.query)
    found = PATH.match(parts.path)
    if not found or (found["group"] or "").endswith(("authorization.k8s.io", "authentication.k8s.io")):
        return set()
    resource, ns, name = found["resource"], found["ns"], found["name"]
    if resource == "namespaces" and name:
        ns = name
    verb = CHANGES.get(method) or ("get" if name else "watch" if query.get("watch", ["0"])[0] in ("1", "true") else "list")
    resource += f"/{found['sub']}" if found["sub"] else ""
    verbs = {verb} | ({"create"} if method == "PATCH" and status == 201 else set())
    return {(ns, found["group"] or "", resource, verb) for verb in verbs}
