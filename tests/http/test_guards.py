"""What guards the applications' namespace: who may connect to whom, the cluster's own quota and default limits, and the label of the namespace."""
import json
import urllib.error
import urllib.request

import pytest

from stack import journey
from stack.netpol import Place, allowed

NS = "hydrosim-students"
NAME = "hydrosim-applications"
SERVICES = "database:5432\n0.0.0.0/0:443\n192.168.50.7:6379"
PATHS = {
    "NetworkPolicy": f"/apis/networking.k8s.io/v1/namespaces/{NS}/networkpolicies/{NAME}",
    "ResourceQuota": f"/api/v1/namespaces/{NS}/resourcequotas/{NAME}",
    "LimitRange": f"/api/v1/namespaces/{NS}/limitranges/{NAME}",
    "Namespace": f"/api/v1/namespaces/{NS}",
}
OURS = (("app.kubernetes.io/managed-by", "hydrosim-portal"),)
APP = Place("10.42.0.10", NS, (*OURS, ("hydrosim/project-id", "1")))
OTHER = Place("10.42.0.11", NS, (*OURS, ("hydrosim/project-id", "2")))
GUEST = Place("10.42.0.12", NS)  # a pod in the namespace that is not the portal's
INGRESS = Place("10.42.0.20", "ingress-nginx")
DNS = Place("10.42.0.30", "kube-system", (("k8s-app", "kube-dns"),))
SYSTEM = Place("10.42.0.31", "kube-system")
PORTAL = Place("10.42.0.40", "hydrosim-system")
BUILD = Place("10.42.0.50", "hydrosim-builds", OURS)
DATABASE = Place("10.42.0.60", "database")
API = Place("10.43.0.1")
METADATA = Place("169.254.169.254")
NODE = Place("172.16.0.4")
CACHE = Place("192.168.50.7")
INTERNET = Place("93.184.216.34")

FLOWS = [
    # from, to, port, protocol, let through
    (INGRESS, APP, 8000, "TCP", True),
    (APP, DNS, 53, "UDP", True),
    (APP, DNS, 53, "TCP", True),
    (APP, DATABASE, 5432, "TCP", True),
    (APP, INTERNET, 443, "TCP", True),
    (APP, CACHE, 6379, "TCP", True),
    (GUEST, INTERNET, 25, "TCP", True),  # what is not the portal's is not bound
    (APP, DNS, 443, "TCP", False),
    (APP, SYSTEM, 53, "UDP", False),
    (APP, DATABASE, 22, "TCP", False),
    (APP, DATABASE, 5432, "UDP", False),
    (APP, INTERNET, 80, "TCP", False),
    (APP, INTERNET, 443, "UDP", False),
    (APP, CACHE, 443, "TCP", False),
    (APP, API, 443, "TCP", False),
    (APP, API, 6443, "TCP", False),
    (APP, METADATA, 80, "TCP", False),
    (APP, METADATA, 443, "TCP", False),
    (APP, NODE, 443, "TCP", False),
    (APP, PORTAL, 443, "TCP", False),
    (APP, OTHER, 8000, "TCP", False),
    (APP, OTHER, 443, "TCP", False),
    (BUILD, APP, 8000, "TCP", False),
    (INTERNET, APP, 8000, "TCP", False),
]


def sim(portal, kind, method="GET", body=None):
    request = urllib.request.Request(portal.stack.kubesim_url + PATHS[kind], data=body and json.dumps(body).encode(), method=method,
                                     headers={"Content-Type": "application/merge-patch+json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as e:
        if e.code == 404:
            return {}
        raise


def wait_sim(portal, kind, look):
    """At the latest at the worker's next look, 20 s from now."""
    journey.wait_for(lambda: look(sim(portal, kind)), 120, f"{kind}: {sim(portal, kind)}")


@pytest.fixture(scope="module")
def guarded(portal):
    """The settings of all tests here, as the cluster has them."""
    portal.stack.portalctl("setting", "set", "app_services", SERVICES)
    portal.stack.portalctl("setting", "set", "apps_per_cluster", "100")
    portal.stack.portalctl("setting", "set", "memory_per_cluster", "64Gi")
    wait_sim(portal, "NetworkPolicy", lambda o: "6379" in json.dumps(o))
    wait_sim(portal, "Namespace", lambda o: "pod-security.kubernetes.io/enforce" in o["metadata"].get("labels", {}))
    yield portal
    for name in ("app_services", "apps_per_cluster", "memory_per_cluster"):
        portal.stack.portalctl("setting", "reset", name)


def test_flows(guarded):
    """The policy as it is read back from the cluster, flow by flow."""
    assert len(FLOWS) == 24
    policies = [sim(guarded, "NetworkPolicy")]
    wrong = [(s, t, port, protocol) for s, t, port, protocol, fine in FLOWS if allowed(policies, s, t, port, protocol) != fine]
    assert not wrong, wrong
    assert all(allowed([], s, t, port, protocol) for s, t, port, protocol, _ in FLOWS)  # the evaluator denies by policies alone


def test_quota_limits_and_label(guarded):
    """Twice what the portal allows: a roll-out runs two pods of an application for a moment."""
    hard = {"pods": "200", "limits.memory": str(128 << 30)}
    wait_sim(guarded, "ResourceQuota", lambda o: o.get("spec", {}).get("hard") == hard)
    default = {"cpu": "500m", "memory": "512Mi", "ephemeral-storage": "1Gi"}
    wait_sim(guarded, "LimitRange", lambda o: o.get("spec", {}).get("limits", [{}])[0].get("default") == default)
    assert "max" not in sim(guarded, "LimitRange")["spec"]["limits"][0]
    assert sim(guarded, "Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"
    guarded.wait_sql("SELECT guard_faults FROM clusters WHERE kind = 'own'", "[]")


def test_what_is_changed_behind_its_back(guarded):
    """Deleted: made again. Somebody else's of that name: left alone, and said. A stricter namespace stays so."""
    admin = guarded.client("admin", fresh=True, language="en")
    number = guarded.number("SELECT id FROM clusters WHERE kind = 'own'")
    foreign = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "somebody"}}, "spec": {"hard": {"pods": "7"}}}
    sim(guarded, "LimitRange", "DELETE")
    sim(guarded, "ResourceQuota", "PATCH", foreign)
    sim(guarded, "Namespace", "PATCH", {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}})
    again = [foreign]

    def said():
        # What the portal had looked at before it became somebody's it writes over, once.
        if again and sim(guarded, "ResourceQuota")["spec"]["hard"]["pods"] != "7":
            sim(guarded, "ResourceQuota", "PATCH", again.pop())
        return guarded.sql("SELECT string_agg(f->>'why', ' ' ORDER BY f->>'why') FROM clusters, jsonb_array_elements(guard_faults) f"
                           " WHERE kind = 'own'") == "foreign label_stricter"

    journey.wait_for(said, 120, "the page to know")
    assert sim(guarded, "LimitRange")
    assert sim(guarded, "ResourceQuota")["spec"]["hard"]["pods"] == "7"
    assert sim(guarded, "Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    page = admin.get(f"/admin/clusters/{number}").text
    assert f"ResourceQuota {NAME}" in page and "not the portal" in page and "stricter" in page
    sim(guarded, "ResourceQuota", "DELETE")
    sim(guarded, "Namespace", "PATCH", {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": None}}})


@pytest.mark.parametrize("text", ["169.254.169.254:80", "kube-system:443", "10.0.0.1/8:80", "db", "db:0", "-x:1"])
def test_services_that_are_refused(portal, text):
    process = portal.stack.portalctl_begin("setting", "set", "app_services", text)
    assert portal.stack.portalctl_end(process, check=False) is not None and process.returncode == 1
