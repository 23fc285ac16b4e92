"""Certificates of one test run, by the openssl command; nothing is kept."""

import subprocess

# name -> (subject, subjectAltName, days it is good for from yesterday on)
PAIRS = {
    "server": ("/CN=server", "DNS:localhost,IP:127.0.0.1", 2),
    "other-name": ("/CN=other", "DNS:other.example", 2),
    "expired": ("/CN=expired", "DNS:localhost,IP:127.0.0.1", 0),
    "name-in-subject": ("/CN=localhost", None, 2),
    "client": ("/CN=client", "DNS:client", 2),
}


def _openssl(folder, *words, text=None):
    subprocess.run(["openssl", *words], cwd=folder, input=text, text=True, check=True, capture_output=True)


def _authority(folder, name):
    _openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt")


def _issue(folder, name, authority, subject, alternative, days):
    _openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
             "-keyout", f"{name}.key", "-out", f"{name}.csr")
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName={alternative}\n" if alternative else "basicConstraints=CA:FALSE\n")
    _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
             "-CAcreateserial", "-days", str(days), "-extfile", extensions.name, "-out", f"{name}.crt")


def make(folder):
    for name in ("authority", "stranger"):
        _authority(folder, name)
    for name, (subject, alternative, days) in PAIRS.items():
        _issue(folder, name, "authority", subject, alternative, days)
    _issue(folder, "strange-client", "stranger", "/CN=client", "DNS:client", 2)
    _openssl(folder, "pkey", "-in", "client.key", "-aes128", "-passout", "pass:word", "-out", "locked.key")
    (folder / "no.pem").write_text("this is no certificate\n")
