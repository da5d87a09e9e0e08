#!/usr/bin/env python3
"""The container image where no registry is in reach: Debian's own packages under a self-contained publish.

local-image.py PUBLISHED-FOLDER VERSION OUTPUT-FOLDER

It leaves mailstead.tar (docker load, podman load, ctr images import) and mailstead.cdx.json (CycloneDX). There is no shell in the
image and nothing that runs as root; packages come from the machine's own apt sources.
"""
import base64, json, os, shutil, sys, tempfile

from debian_image import download, layer, save, unpack

PACKAGES = ["base-files", "libc6", "libgcc-s1", "libstdc++6", "libssl3", "zlib1g", "ca-certificates", "tzdata"]
USER = 1654  # as in Microsoft's images


def base(folder):
    """The packages' files; their versions."""
    root, downloads = os.path.join(folder, "root"), os.path.join(folder, "downloads")
    os.makedirs(root), os.makedirs(downloads)
    download(PACKAGES, downloads)
    versions = unpack(root, downloads)
    for unused in ["usr/share/doc", "usr/share/lintian", "usr/share/man", "usr/sbin", "usr/bin", "bin", "sbin"]:
        shutil.rmtree(os.path.join(root, unused), ignore_errors=True)
    authorities = os.path.join(root, "usr/share/ca-certificates/mozilla")
    os.makedirs(os.path.join(root, "etc/ssl/certs"), exist_ok=True)
    with open(os.path.join(root, "etc/ssl/certs/ca-certificates.crt"), "w") as bundle:
        for name in sorted(os.listdir(authorities)):
            bundle.write(open(os.path.join(authorities, name)).read().rstrip() + "\n")
    with open(os.path.join(root, "etc/passwd"), "w") as users:
        users.write(f"root:x:0:0::/:/nologin\napp:x:{USER}:{USER}::/tmp:/nologin\n")
    with open(os.path.join(root, "etc/group"), "w") as groups:
        groups.write(f"root:x:0:\napp:x:{USER}:\n")
    return root, versions


def image(layers, version, output):
    settings = {
        "User": f"{USER}:{USER}", "WorkingDir": "/app", "Entrypoint": ["/app/mailstead"],
        "Env": ["PATH=/app", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt", "DOTNET_EnableDiagnostics=0"],
        "Labels": {"org.opencontainers.image.title": "mailstead", "org.opencontainers.image.version": version},
    }
    save(layers, f"localhost/mailstead:{version}", settings, os.path.join(output, "mailstead.tar"))


def bill(published, version, debian, output):
    """What is in it: every NuGet package with the hash that it was restored by, every Debian package."""
    libraries = json.load(open(os.path.join(published, "mailstead.deps.json")))["libraries"]
    components = []
    for key, library in sorted(libraries.items()):
        name, its = key.rsplit("/", 1)
        if library["type"] in ("package", "runtimepack"):
            name = name.removeprefix("runtimepack.")
            component = {"type": "library", "name": name, "version": its, "purl": f"pkg:nuget/{name}@{its}"}
            if library.get("sha512", "").startswith("sha512-"):
                component["hashes"] = [{"alg": "SHA-512", "content": base64.b64decode(library["sha512"][7:]).hex()}]
            components.append(component)
    components += [{"type": "library", "name": name, "version": its, "purl": f"pkg:deb/debian/{name}@{its}"} for name, its in sorted(debian.items())]
    document = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components,
                "metadata": {"component": {"type": "container", "name": "mailstead", "version": version}}}
    with open(os.path.join(output, "mailstead.cdx.json"), "w") as file:
        json.dump(document, file, indent=1)
    return len(components)


def main(published, version, output):
    os.makedirs(output, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root, debian = base(folder)
        image([layer(root, "."), layer(published, "app")], version, output)
    print(f"{output}/mailstead.tar (localhost/mailstead:{version}), {output}/mailstead.cdx.json: {bill(published, version, debian, output)} components")


main(*sys.argv[1:])
