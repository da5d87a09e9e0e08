"""Container images of Debian's own packages: no registry, no container engine, no root. Files are unpacked, not installed: what a
package's scripts would do, the caller does. Packages come from the machine's own apt sources."""
import glob, hashlib, io, json, os, subprocess, tarfile

EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))


def run(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def unpack(root, downloads):
    """Unpacks every package of a folder; their versions by name."""
    versions = {}
    for path in sorted(glob.glob(os.path.join(downloads, "*.deb"))):
        name, version = run("dpkg-deb", "-f", path, "Package", "Version").split("\n")[:2]
        versions[name.split(": ")[1]] = version.split(": ")[1]
        # A package that has /bin/x finds the link to usr/bin that a merged root has.
        unpacking = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", path], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", root], stdin=unpacking.stdout, check=True)
        if unpacking.wait() != 0:
            raise RuntimeError(f"{path} can't be unpacked")
    return versions


def download(packages, folder):
    """These packages and nothing that they depend on."""
    run("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *packages, cwd=folder)


def download_with_dependencies(packages, folder):
    """These packages and all that they need, as on a machine that has none."""
    status = os.path.join(folder, "status")
    os.makedirs(os.path.join(folder, "partial"), exist_ok=True)
    open(status, "w").close()
    run("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "-o", f"Dir::State::status={status}", "-o", f"Dir::Cache::archives={folder}/",
        "-o", "Debug::NoLocking=1", "-o", "APT::Keep-Downloaded-Packages=true", "install", "--download-only", "-y", "--no-install-recommends", *packages)


def layer(folder, prefix):
    """An uncompressed layer whose octets depend on its content alone."""
    def plain(entry):
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = EPOCH
        return entry
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for parent, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files + folders):
                path = os.path.join(parent, name)
                archive.add(path, os.path.normpath(os.path.join(prefix, os.path.relpath(path, folder))), recursive=False, filter=plain)
    return content.getvalue()


def save(layers, tag, settings, file):
    """An archive that docker load, podman load and ctr images import take. settings: User, Entrypoint, Env and so on."""
    digests = [hashlib.sha256(content).hexdigest() for content in layers]
    config = json.dumps({
        "architecture": run("dpkg", "--print-architecture").strip(), "os": "linux", "created": "1970-01-01T00:00:00Z", "config": settings,
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest for digest in digests]},
    }).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = [{"Config": name, "RepoTags": [tag], "Layers": [digest + ".tar" for digest in digests]}]
    with tarfile.open(file, "w") as archive:
        members = [(name, config), ("manifest.json", json.dumps(manifest).encode())]
        for member, content in members + [(digest + ".tar", content) for digest, content in zip(digests, layers)]:
            entry = tarfile.TarInfo(member)
            entry.size, entry.mtime = len(content), EPOCH
            archive.addfile(entry, io.BytesIO(content))
