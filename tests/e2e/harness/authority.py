"""Certificates made by openssl for one test."""

from .waiting import run


class Authority:
    """A folder with ca.crt and what it has signed: NAME.crt, NAME.key."""

    def __init__(self, folder, name):
        self.folder = folder
        folder.mkdir(parents=True)
        self.ca = folder / "ca.crt"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", f"/CN={name}", "-keyout", folder / "ca.key", "-out", self.ca])

    def issue(self, name, names):
        """Returns the files of a certificate for `names` and of its key."""
        crt, key, request, extensions = (self.folder / f"{name}.{end}" for end in ("crt", "key", "csr", "ext"))
        extensions.write_text(f"subjectAltName={names}\n")
        run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
             "-keyout", key, "-out", request])
        run(["openssl", "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.folder / "ca.key",
             "-CAcreateserial", "-days", "1", "-extfile", extensions, "-out", crt])
        return crt, key
