#!/usr/bin/env python3
"""Makes images for tests: layers of a few files, as an OCI layout or as `docker save` writes them.

usage: images.py KIND OUTPUT [CHANGE]

KIND: oci-directory, oci-tar, save (before Docker 25), save-oci (since); or corpus, for tests/fuzz. CHANGE: what is wrong or unusual with
it, a function below. Prints nothing.
"""
import gzip
import hashlib
import io
import json
import lzma
import os
import subprocess
import sys
import tarfile


def entry(name, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o644
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def directory(name, **fields):
    return entry(name, type=tarfile.DIRTYPE, **{"mode": 0o755, **fields})


def symlink(name, target):
    return entry(name, type=tarfile.SYMTYPE, linkname=target)


def hard_link(name, target):
    return entry(name, type=tarfile.LNKTYPE, linkname=target)


def tar(entries, format=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


def library():
    return open(os.environ["LIBRARY"], "rb").read()


def ordinary():
    """Layers as systems have them, with every kind of whiteout."""
    lowest = [
        directory("./"), directory("usr/"), directory("usr/lib/"),
        symlink("lib", "usr/lib"), symlink("lib64", "/usr/lib"),
        entry("usr/lib/libthing.so.1", library()),
        entry("usr/lib/replaced", b"below"), entry("usr/lib/hidden", b"below"),
        directory("opaque/"), entry("opaque/below", b"below"), directory("opaque/kept/"), entry("opaque/kept/below", b"x"),
        directory("gone/"), entry("gone/a", b"a"), directory("gone/b/"), entry("gone/b/c", b"c"),
        entry("becomes-directory", b"file"), directory("becomes-file/"), entry("becomes-file/below", b"x"),
        directory("anew/"), entry("anew/below", b"x"),
        entry("etc/passwd", b"in the tree\n"), entry("first", b"one file"), hard_link("second", "first"),
        entry("grüße", "grüße".encode()), entry("n" * 150 + "/" + "m" * 150, b"long"),
    ]
    middle = [
        entry("lib/through-link", b"1"), entry("lib64/through-absolute-link", b"2"),
        entry("usr/lib/replaced", b"above"), entry("lib/.wh.hidden"),
        entry("opaque/above", b"above"), entry("opaque/kept/above", b"above"), entry("opaque/.wh..wh..opq"),
        entry(".wh.gone"), entry(".wh..wh.plnk", b"a driver's own"),
        directory("becomes-directory/"), entry("becomes-directory/x", b"x"), entry("becomes-file", b"file"),
        directory("anew/"), entry("anew/above", b"above"), entry(".wh.anew"),
        entry(".wh.never-was"), entry("nowhere/.wh.x"),
    ]
    highest = [
        entry("/absolute", b"inside"), symlink("etc/link-out", "../../../../etc"), entry("etc/link-out/inside", b"inside"),
        symlink("root-link", "/"), entry("root-link/at-root", b"inside"),
        entry("device", type=tarfile.CHRTYPE, devmajor=1, devminor=3), entry("pipe", type=tarfile.FIFOTYPE),
        entry("set-uid", b"x", mode=0o6777, uid=0), directory("open", mode=0o1777), directory("closed/", mode=0o000),
        entry("closed/file", b"x", mode=0o000), hard_link("third", "second"),
    ]
    return [lowest, middle, highest]


def layer_of(*entries):
    return [[entry("usr/lib/libthing.so.1", library())], list(entries)]


LAYERS = {
    "up": lambda: layer_of(entry("../outside", b"out")),
    "up-inside": lambda: layer_of(entry("usr/../../outside", b"out")),
    "link-up": lambda: layer_of(hard_link("etc/passwd", "../../../../../etc/passwd")),
    "link-out": lambda: layer_of(symlink("out", "/etc"), hard_link("stolen", "out/hostname")),
    "whiteout-up": lambda: layer_of(entry("etc/.wh...")),
    "below-file": lambda: layer_of(entry("file", b"x"), entry("file/below", b"x")),
    "circle": lambda: layer_of(symlink("a", "b"), symlink("b", "a"), entry("a/x", b"x")),
    "deep": lambda: layer_of(entry("/".join(["d"] * 500) + "/x", b"x")),
    # A link at each level makes paths longer than any name.
    "deeper": lambda: layer_of(*[symlink(f"l{i}", f"l{i - 1}/" + "/".join(["d"] * 40) if i else "d") for i in range(20)],
                               entry("l19/x", b"x")),
    "set-uid-only": lambda: layer_of(entry("x", b"x", mode=0o4755)),
    "empty-layer": lambda: layer_of(),
}


def build(kind, output, change):
    layers = [tar(each, tarfile.GNU_FORMAT if i == 1 else tarfile.PAX_FORMAT)
              for i, each in enumerate((LAYERS[change] if change in LAYERS else ordinary)())]
    if change == "bomb":
        # A sparse file costs nothing; one of zeros, compressed, costs what it holds.
        layers.append(tar([entry("bomb", bytes(int(os.environ["BOMB"])))]))
    if change == "no-digests-anew":
        layers[-1] = tar([entry("usr/lib/anew", b"x")])
    if change == "many-files":
        layers.append(tar([entry(f"many/{i}", b"x") for i in range(20000)]))
    if change == "many-directories":
        layers.append(tar([entry("/".join(f"{i}.{j}" for j in range(100)) + "/x", b"x") for i in range(30)]))
    files = {}

    def put(data, name=None):
        digest = hashlib.sha256(data).hexdigest()
        files[name or f"blobs/sha256/{digest}"] = data
        return digest

    config = json.dumps({"architecture": "riscv64" if change == "other-machine" else "amd64", "os": "linux",
                         "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(each).hexdigest() for each in layers]}}).encode()

    def nested(data, key):
        """Within that object of it, deeper than any stack, and as large as a description may be."""
        return data.replace(key + b'": {', key + b'": {"x": ' + b"[" * 2000000 + b"]" * 2000000 + b", ") if change == "nested" else data

    config = nested(config, b"rootfs")
    if change.startswith("no-digests"):
        config = b'{"architecture": "amd64", "os": "linux"}'

    def descriptor(data, media, **more):
        return {"mediaType": media, "digest": "sha256:" + put(data), "size": len(data), **more}

    def oci(platform=True):
        packed = [(layers[0], "tar")] + [(gzip.compress(each), "tar+gzip") for each in layers[1:2]] + \
            [(zstd(each), "tar+zstd") for each in layers[2:3]] + [(lzma.compress(each), "tar+xz") for each in layers[3:]]
        manifest = {"schemaVersion": 2, "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
                    "layers": [descriptor(data, "application/vnd.oci.image.layer.v1." + kind) for data, kind in packed]}
        if change == "foreign-digest":
            manifest["layers"][0]["digest"] = "sha256:../../../../etc/passwd"
        if change == "lacks-a-layer":
            del files["blobs/sha256/" + manifest["layers"][-1]["digest"][7:]]
        name = {"annotations": {"org.opencontainers.image.ref.name": "test:1"}}
        where = {"platform": {"os": "linux", "architecture": "amd64"}} if platform and change != "other-machine" else {}
        one = descriptor(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json", **where)
        absent = {"mediaType": one["mediaType"], "digest": "sha256:" + "0" * 64, "size": 1}
        about = {**absent, "platform": {"os": "unknown", "architecture": "unknown"},
                 "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
        other = {**absent, "platform": {"os": "linux", "architecture": "arm64"}}
        manifests = [{**one, **name}]
        if change == "several-machines":
            inner = json.dumps({"schemaVersion": 2, "manifests": [other, about, one]}).encode()
            manifests = [{**descriptor(inner, "application/vnd.oci.image.index.v1+json"), **name}]
        if change == "several-images":
            second = descriptor(json.dumps({**manifest, "x": 1}).encode(), one["mediaType"], **where)
            manifests.append({**second, "annotations": {"org.opencontainers.image.ref.name": "test:2"}})
        if change == "manifest-changed":
            files["blobs/sha256/" + one["digest"][7:]] += b" "
        files["index.json"] = nested(json.dumps({"schemaVersion": 2, "manifests": manifests}).encode(), b"annotations")
        files["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
        return manifest

    if kind.startswith("oci"):
        oci()
    if kind == "save-oci":
        manifest = oci(platform=False)
        files["manifest.json"] = json.dumps([{"Config": "blobs/sha256/" + manifest["config"]["digest"][7:], "RepoTags": ["test:1"],
                                              "Layers": ["blobs/sha256/" + each["digest"][7:] for each in manifest["layers"]]}]).encode()
    if kind == "save":
        names = []
        for i, each in enumerate(layers):
            put(each, f"layer{i}/layer.tar")
            names.append(f"layer{i}/layer.tar")
        put(config, hashlib.sha256(config).hexdigest() + ".json")
        image = {"Config": hashlib.sha256(config).hexdigest() + ".json", "RepoTags": ["test:1"], "Layers": names}
        files["manifest.json"] = json.dumps([image, image] if change == "several-images" else [image]).encode()
    if change == "layer-changed":
        name = max((name for name in files if name.startswith(("blobs", "layer"))), key=lambda name: len(files[name]))
        # A byte of a file's content, so that the archive itself stays whole.
        data = bytearray(files[name])
        data[data.index(b"below")] ^= 1
        files[name] = bytes(data)
    if change == "no-json":
        files["index.json" if "index.json" in files else "manifest.json"] = b'{"manifests": [' * 1000
    write(kind, output, files, change)


def write(kind, output, files, change):
    if kind == "oci-directory":
        for name, data in files.items():
            os.makedirs(os.path.dirname(os.path.join(output, name)), exist_ok=True)
            with open(os.path.join(output, name), "wb") as file:
                file.write(data)
        return
    # The descriptions last, as who writes layers as they come does.
    members = [entry(name, files[name]) for name in sorted(files, key=lambda name: (name.endswith(".json"), name))]
    if change == "linked-layer":
        members = [(symlink("layer1/layer.tar", "../elsewhere/layer.tar") if info.name == "layer1/layer.tar" else (info, data))
                   for info, data in members] + [entry("elsewhere/layer.tar", files["layer1/layer.tar"])]
    data = tar(members)
    if change == "cut":
        data = data[:len(data) // 2]
    if change == "compressed":
        data = gzip.compress(data)
    with open(output, "wb") as file:
        file.write(data)


def corpus(output):
    """Layers, ordinary and hostile ones, as small as tar has them; and descriptions."""
    for name, make in {"ordinary": ordinary, **LAYERS}.items():
        for i, each in enumerate(make()):
            if name == "ordinary" or i == 1:
                data = tar(each, tarfile.USTAR_FORMAT if name.startswith("up") else tarfile.PAX_FORMAT)
                data = data.rstrip(b"\0")
                data += bytes(-len(data) % 512 + 1024)
                with open(os.path.join(output, f"{name}-{i}"), "wb") as file:
                    file.write(gzip.compress(data, mtime=0) if name == "circle" else data)
    digest = "sha256:" + "0" * 64
    for name, text in {"index": {"schemaVersion": 2, "manifests": [{"digest": digest, "size": 2, "platform": {"os": "linux", "architecture": "amd64"},
                                                                   "annotations": {"org.opencontainers.image.ref.name": "x"}}]},
                       "save": [{"Config": "a.json", "RepoTags": ["x:1"], "Layers": ["a/layer.tar"]}]}.items():
        with open(os.path.join(output, name), "w") as file:
            json.dump(text, file)


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip())
        sys.exit(len(sys.argv) < 3)
    if sys.argv[1] == "corpus":
        sys.exit(corpus(sys.argv[2]))
    build(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")
