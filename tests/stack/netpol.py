"""Evaluates NetworkPolicies as networking.k8s.io/v1 defines them: which flows a set of them lets through."""
import dataclasses
import ipaddress


@dataclasses.dataclass(frozen=True)
class Place:
    """A pod, or with ns None an address outside of the cluster."""
    ip: str
    ns: str | None = None
    labels: tuple = ()


def selects(selector, labels):
    """An empty selector takes all; what the portal's policies do not use is refused rather than guessed."""
    assert not set(selector) - {"matchLabels"}, selector
    return labels.items() >= selector.get("matchLabels", {}).items()


def in_block(block, ip):
    address = ipaddress.ip_address(ip)
    return address in ipaddress.ip_network(block["cidr"]) and not any(address in ipaddress.ip_network(e) for e in block.get("except", ()))


def peer_matches(peer, other, home):
    """A block of addresses takes pods, too: networks differ in it, and this is what lets more through."""
    if "ipBlock" in peer:
        return in_block(peer["ipBlock"], other.ip)
    if other.ns is None:
        return False
    if "namespaceSelector" in peer:
        if not selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.ns}):
            return False
    elif other.ns != home:
        return False
    return selects(peer.get("podSelector", {}), dict(other.labels))


def rule_matches(rule, direction, other, home, port, protocol):
    ports = rule.get("ports") or []
    peers = rule.get(direction) or []
    return (not ports or any(p.get("protocol", "TCP") == protocol and p.get("port", port) == port for p in ports)) \
        and (not peers or any(peer_matches(p, other, home) for p in peers))


def half(policies, kind, direction, one, other, port, protocol):
    """Whether the policies of one end let the flow through there."""
    chosen = [p for p in policies if p["metadata"]["namespace"] == one.ns and kind in p["spec"]["policyTypes"]
              and selects(p["spec"]["podSelector"], dict(one.labels))]
    rules = [r for p in chosen for r in p["spec"].get(kind.lower()) or []]
    return not chosen or any(rule_matches(r, direction, other, one.ns, port, protocol) for r in rules)


def allowed(policies, source, target, port, protocol="TCP"):
    return (source.ns is None or half(policies, "Egress", "to", source, target, port, protocol)) \
        and (target.ns is None or half(policies, "Ingress", "from", target, source, port, protocol))
