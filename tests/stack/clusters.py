"""Simulated clusters beside the first one: how the portal reaches them, and what tests ask of them."""
import json
import urllib.request

KUBECONFIG = """apiVersion: v1
kind: Config
{current}
clusters:
- name: here
  cluster: {{server: {server}}}
users:
- name: portal
  user: {{token: canary-cluster-token{more}}}
contexts:
- name: first
  context: {{cluster: here, user: portal}}
{contexts}"""


def kubeconfig(server, more="", contexts="", current="current-context: first"):
    return KUBECONFIG.format(server=server, more=more, contexts=contexts, current=current)


def sim(url, path, body=None):
    request = urllib.request.Request(url + path, data=None if body is None else json.dumps(body).encode(), method="GET" if body is None else "POST",
                                     headers={"Content-Type": "application/json", "Authorization": "Bearer canary-cluster-token"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"{}")


def share_image(portal, url, project):
    """What was pushed can be pulled by the other simulated cluster, too: they have no registry in common."""
    build = portal.sql(f"SELECT image_repo, image_tag, digest, commit_sha FROM builds WHERE project_id = {project} ORDER BY id DESC LIMIT 1")
    repository, tag, digest, commit = build.split("\t")
    sim(url, "/_sim/images", {"image": f"{repository}:{tag}", "digest": digest, "commit": commit})
