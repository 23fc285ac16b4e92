"""Certificates made by openssl for one test."""

from datetime import datetime, timedelta, timezone

from .waiting import run

# What `openssl ca` wants to know; `openssl x509` of Debian 12 sets no times.
_CONFIG = """[ca]
default_ca = own
[own]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


class Authority:
    """A folder with ca.crt and what it has signed: NAME.crt, NAME.key."""

    def __init__(self, folder, name):
        self.folder = folder
        folder.mkdir(parents=True)
        self.ca = folder / "ca.crt"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", f"/CN={name}", "-keyout", folder / "ca.key", "-out", self.ca])

    def issue(self, name, names, until=timedelta(days=1)):
        """Returns the files of a certificate for `names` and of its key, good from yesterday until so long from now; what
        is negative has expired."""
        crt, key, request, extensions, config = (self.folder / f"{name}.{end}" for end in ("crt", "key", "csr", "ext", "cnf"))
        extensions.write_text(f"subjectAltName={names}\n")
        config.write_text(_CONFIG.format(folder=self.folder))
        (self.folder / "index").touch()
        now = datetime.now(timezone.utc)
        begin, end = (f"{moment:%Y%m%d%H%M%SZ}" for moment in (now - timedelta(days=1), now + until))
        run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
             "-keyout", key, "-out", request])
        run(["openssl", "ca", "-batch", "-notext", "-config", config, "-in", request, "-cert", self.ca,
             "-keyfile", self.folder / "ca.key", "-startdate", begin, "-enddate", end, "-extfile", extensions, "-out", crt])
        return crt, key
