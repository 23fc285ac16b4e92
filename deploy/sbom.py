"""What an image or package of fairlead holds, as an SPDX 2.3 document. Pure: values in, a dict out."""

import hashlib
import json
import uuid
from dataclasses import dataclass

# Names of our documents are made within this namespace, from what they say.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://spdx.org/spdxdocs/fairlead")


@dataclass(frozen=True, order=True)
class DebianPackage:
    """One binary package of Debian. `is_linked` says how it is inside: as a shared library that is
    loaded, or compiled into our programs (headers, static libraries)."""
    name: str
    version: str
    source: str          # "SOURCE VERSION" of what it was built from
    architecture: str
    is_linked: bool = True


def _spdx_id(*words):
    text = "-".join(words)
    return "SPDXRef-" + "".join(c if c.isalnum() or c in ".-" else "-" for c in text)


def _described(package):
    return {
        "SPDXID": _spdx_id("Package", package.name),
        "name": package.name,
        "versionInfo": package.version,
        "supplier": "Organization: Debian",
        "sourceInfo": f"built from {package.source}",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        # The whole text is in the image: /usr/share/doc/NAME/copyright, or copyright.gz.
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
            "referenceLocator": f"pkg:deb/debian/{package.name}@{package.version.replace('+', '%2B')}"
                                f"?arch={package.architecture}&distro=debian-12"}],
    }


def _file(path, content):
    return {
        "SPDXID": _spdx_id("File", path),
        "fileName": f".{path}",
        "checksums": [{"algorithm": "SHA1", "checksumValue": hashlib.sha1(content).hexdigest()},
                      {"algorithm": "SHA256", "checksumValue": hashlib.sha256(content).hexdigest()}],
        "licenseConcluded": "Apache-2.0",
        "copyrightText": "NOASSERTION",
    }


def _verification_code(files):
    """SPDX 2.3, 7.9: the SHA-1 of the sorted SHA-1s of the files."""
    sums = sorted(item["checksums"][0]["checksumValue"] for item in files)
    return hashlib.sha1("".join(sums).encode()).hexdigest()


def document(version, programs, packages, created):
    """`programs`: path to content of each program of ours; `created`: as 2026-01-31T08:00:00Z.
    Equal arguments give an equal document."""
    files = [_file(path, content) for path, content in sorted(programs.items())]
    ours = {
        "SPDXID": "SPDXRef-Package-fairlead",
        "name": "fairlead",
        "versionInfo": version,
        "supplier": "NOASSERTION",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": True,
        "packageVerificationCode": {"packageVerificationCodeValue": _verification_code(files)},
        "licenseConcluded": "Apache-2.0",
        "licenseDeclared": "Apache-2.0",
        "licenseInfoFromFiles": ["Apache-2.0"],
        "copyrightText": "NOASSERTION",
        "hasFiles": [item["SPDXID"] for item in files],
    }
    related = [("SPDXRef-DOCUMENT", "DESCRIBES", ours["SPDXID"])]
    related += [(ours["SPDXID"], "CONTAINS", item["SPDXID"]) for item in files]
    related += [(ours["SPDXID"], "DYNAMIC_LINK" if package.is_linked else "STATIC_LINK",
                 _spdx_id("Package", package.name)) for package in sorted(packages)]
    told = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"fairlead-{version}",
        "creationInfo": {"created": created, "creators": ["Tool: fairlead-sbom"]},
        "packages": [ours] + [_described(package) for package in sorted(packages)],
        "files": files,
        "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
                          for one, kind, other in related],
    }
    told["documentNamespace"] = f"urn:uuid:{uuid.uuid5(_NAMESPACE, json.dumps(told, sort_keys=True))}"
    return told
