"""Container images without a builder: a base image's layers and one more, put into a registry by its HTTP API."""
import base64
import hashlib
import io
import json
import ssl
import tarfile
import urllib.error
import urllib.request

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(files):
    """A tar of {path: bytes or text, or (content, mode)}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, content in sorted(files.items()):
            content, mode = content if isinstance(content, tuple) else (content, 0o644)
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(data), mode
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


class Registry:
    """`login` is "name:password", `ca` the file of a private authority; without it the registry speaks plain http."""

    def __init__(self, address, login=None, ca=None):
        self.address = address
        self.url = f"{'https' if ca else 'http'}://{address}/v2"
        self.headers = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()} if login else {}
        handlers = [urllib.request.ProxyHandler({})]
        if ca:
            handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca)))
        self.opener = urllib.request.build_opener(*handlers)

    def ask(self, method, path, data=None, **headers):
        url = path if "://" in path else self.url + path
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.opener.open(urllib.request.Request(url, method=method, data=data, headers={**self.headers, **headers}), timeout=120)

    def has_blob(self, name, digest):
        try:
            return self.ask("HEAD", f"/{name}/blobs/{digest}").status == 200
        except urllib.error.HTTPError:
            return False

    def put_blob(self, name, data):
        digest = digest_of(data)
        if not self.has_blob(name, digest):
            place = self.ask("POST", f"/{name}/blobs/uploads/").headers["Location"]
            self.ask("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", data, Content_Type="application/octet-stream")
        return digest

    def manifest(self, name, reference):
        return json.load(self.ask("GET", f"/{name}/manifests/{reference}", Accept=MANIFEST))

    def blob(self, name, digest):
        return self.ask("GET", f"/{name}/blobs/{digest}").read()

    def put(self, name, tag, files, base=None, architecture="amd64", **config):
        """Puts an image of the base image's layers ((registry, name, tag) or None: from scratch) and one with `files`; its reference
        with digest. Further arguments are the image's configuration: Cmd, User, Env, WorkingDir."""
        layers, diffs = [], []
        if base:
            source, source_name, source_tag = base
            below = source.manifest(source_name, source_tag)
            diffs = json.loads(source.blob(source_name, below["config"]["digest"]))["rootfs"]["diff_ids"]
            layers = below["layers"]
            for one in layers:
                if not self.has_blob(name, one["digest"]):
                    self.put_blob(name, source.blob(source_name, one["digest"]))
        data = layer(files)
        digest = self.put_blob(name, data)
        layers = layers + [{"mediaType": LAYER, "digest": digest, "size": len(data)}]
        text = json.dumps({"architecture": architecture, "os": "linux", "config": config,
                           "rootfs": {"type": "layers", "diff_ids": diffs + [digest]}}).encode()
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": layers,
                               "config": {"mediaType": CONFIG, "digest": self.put_blob(name, text), "size": len(text)}}).encode()
        self.ask("PUT", f"/{name}/manifests/{tag}", manifest, Content_Type=MANIFEST)
        return f"{self.address}/{name}@{digest_of(manifest)}"
