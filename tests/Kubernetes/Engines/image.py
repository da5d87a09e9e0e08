#!/usr/bin/env python3
"""The images that a node without a registry needs besides ours, of Debian's packages. image.py FOLDER leaves there
engines.tar: localhost/trial-engines:1, which has PostgreSQL, RabbitMQ, Redis and Ceph's object gateway
pause.tar:   localhost/pause:1, which does nothing in each pod"""
import os, shutil, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../../deploy"))
sys.dont_write_bytecode = True
from debian_image import download, download_with_dependencies, layer, save, unpack

PACKAGES = ["postgresql-15", "rabbitmq-server", "redis-server", "ceph-mon", "ceph-osd", "ceph-common", "radosgw",
            "base-files", "bash", "coreutils", "dash", "gawk", "grep", "hostname", "libc-bin", "mawk", "procps", "sed", "tzdata", "util-linux"]
UNUSED = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/perl", "usr/share/fonts", "usr/include", "usr/lib/debug"]


def engines(output):
    with tempfile.TemporaryDirectory() as folder:
        root, downloads = os.path.join(folder, "root"), os.path.join(folder, "downloads")
        os.makedirs(downloads)
        for merged in ["bin", "sbin", "lib", "lib64"]:
            os.makedirs(os.path.join(root, "usr", merged))
            os.symlink(os.path.join("usr", merged), os.path.join(root, merged))
        download_with_dependencies(PACKAGES, downloads)
        unpack(root, downloads)
        for unused in UNUSED:
            shutil.rmtree(os.path.join(root, unused), ignore_errors=True)
        # What the packages' scripts would have done.
        for link, target in [("usr/bin/sh", "dash"), ("usr/bin/awk", "gawk")]:
            if not os.path.lexists(os.path.join(root, link)):
                os.symlink(target, os.path.join(root, link))
        with open(os.path.join(root, "etc/passwd"), "w") as users:
            users.write("root:x:0:0::/:/bin/sh\nengine:x:999:999::/tmp:/bin/sh\nstore:x:1000:1000::/tmp:/bin/sh\n")
        with open(os.path.join(root, "etc/group"), "w") as groups:
            groups.write("root:x:0:\nengine:x:999:\nstore:x:1000:\n")
        shutil.copy(os.path.join(HERE, "engine"), os.path.join(root, "usr/bin/engine"))
        os.chmod(os.path.join(root, "usr/bin/engine"), 0o755)
        path = "/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        save([layer(root, ".")], "localhost/trial-engines:1",
             {"Entrypoint": ["/usr/bin/engine"], "Env": [f"PATH={path}", "LANG=C.UTF-8"], "WorkingDir": "/tmp"}, os.path.join(output, "engines.tar"))


def pause(output):
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(folder, "root")
        os.makedirs(root)
        download(["catatonit"], folder)
        unpack(root, folder)
        shutil.rmtree(os.path.join(root, "usr/share"))
        save([layer(root, ".")], "localhost/pause:1", {"Entrypoint": ["/usr/bin/catatonit", "-P"], "User": "65535:65535"}, os.path.join(output, "pause.tar"))


def main(folder):
    os.makedirs(folder + ".part", exist_ok=True)
    engines(folder + ".part")
    pause(folder + ".part")
    os.rename(folder + ".part", folder)


main(*sys.argv[1:])
