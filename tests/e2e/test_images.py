"""manifests/images: a server of each language is built by its Dockerfile, on what stands for the images that the
Dockerfiles name, and serves beside a deployed daemon: checked in plaintext and over TLS, with a HEALTHCHECK and without.
"""

import shutil
import ssl
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import cases, paths
from harness.deployed import Site
from harness.stand_ins import SLIM, StandIns
from harness.waiting import poll, run

sys.path.insert(0, str(paths.ROOT / "tests" / "contract"))
from probes import certificates  # noqa: E402  pylint: disable=wrong-import-position

EXAMPLES = paths.MANIFESTS / "images"
FETCHED = paths.ROOT / ".cache" / "images"
LANGUAGES = ("go", "cpp", "python", "java")
BUILD_SECONDS_MAX = 240  # a tenth of that where nothing else is going on
ENDED_BY_ITSELF = (0, 143)  # Java's program ends by the signal once its hooks are done; 137 would be killed
NOBODY = 65534
JAVA = "/usr/lib/jvm/java-17-openjdk-amd64"
# All that the Dockerfile of cpp installs is there.
CPP = ("g++", "pkg-config", "libgrpc++-dev", "libprotobuf-dev", "libabsl-dev", "libc-ares-dev", "libre2-dev", "libssl-dev",
       "zlib1g-dev")
NOTHING_TO_FETCH = "#!/bin/sh\nexit 0\n"
OFFLINE = "<settings><localRepository>/m2</localRepository><offline>true</offline></settings>\n"


def make_go_base(stand_ins):
    stand_ins.make("golang:1.26-bookworm", trees={"/usr/local/go": (FETCHED / "goroot").read_text().strip(),
                                                  "/modules": FETCHED / "modules", "/compiled": FETCHED / "gocache",
                                                  "/etc/ssl/certs/ca-certificates.crt": "/etc/ssl/certs/ca-certificates.crt"},
                   variables={"PATH": "/usr/local/go/bin:/usr/bin:/bin", "GOPROXY": "file:///modules", "GOSUMDB": "off",
                              "GOCACHE": "/compiled", "GOTOOLCHAIN": "local", "HOME": "/root"})


def make_cpp_base(stand_ins):
    stand_ins.make("debian:bookworm", (*SLIM, *CPP), texts={"/usr/bin/apt-get": NOTHING_TO_FETCH},
                   variables={"PATH": "/usr/bin:/bin"})


def make_python_base(stand_ins):
    stand_ins.make("python:3.12-slim", (*SLIM, "python3", "python3-venv"), trees={"/wheels": FETCHED / "wheels"},
                   texts={"/usr/local/bin/python": '#!/bin/sh\nexec /usr/bin/python3 "$@"\n',
                          "/etc/pip.conf": "[global]\nno-index = true\nfind-links = /wheels\n"},
                   variables={"PATH": "/usr/local/bin:/usr/bin:/bin"})


def make_java_base(stand_ins):
    stand_ins.make("maven:3-eclipse-temurin-21", (*SLIM, "openjdk-17-jdk-headless", "maven", "binutils"),
                   trees={"/m2": FETCHED / "m2"}, texts={"/root/.m2/settings.xml": OFFLINE},
                   variables={"PATH": f"{JAVA}/bin:/usr/share/maven/bin:/usr/bin:/bin", "HOME": "/root"})
    stand_ins.make("debian:bookworm-slim", (*SLIM, "zlib1g"))


def make_probe_image(site):
    folder = site.directory / "probe"
    folder.mkdir()
    run(["strip", "-o", folder / "fairlead-probe", paths.BUILD / "daemon" / "fairlead-probe"])
    site.engine.docker("build", "-q", "-t", "fairlead-probe", "-f", str(EXAMPLES / "probe/Dockerfile"), str(folder))


def make_certificates(site):
    """The folder that services mount, readable for their user, and the daemon's own."""
    folder = site.directory / "certificates"
    folder.mkdir()
    certificates.make(folder)
    for made, name in (("server.crt", "tls.crt"), ("server.key", "tls.key"), ("authority.crt", "ca.crt")):
        shutil.copy(folder / made, folder / name)
        shutil.chown(folder / name, NOBODY)
        (folder / name).chmod(0o400)
    site.daemon.config.mkdir(parents=True)
    shutil.copyfile(folder / "ca.crt", site.daemon.config / "ca.crt")
    return folder


def make_image(site, stand_ins, language):
    {"go": make_go_base, "cpp": make_cpp_base, "python": make_python_base, "java": make_java_base}[language](stand_ins)
    site.engine.docker("build", "-q", "--network", "none", "-t", f"images-{language}", str(EXAMPLES / language), seconds=BUILD_SECONDS_MAX)


class Images(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cases.need(FETCHED / "sources", "./dev setup --clients")
        cls.site = Site("images")
        cls.addClassCleanup(cls.site.close)
        cls.site.open()
        make_probe_image(cls.site)
        stand_ins = StandIns(cls.site.engine, cls.site.directory)
        # Four compilers, and the machine has a few processors.
        with ThreadPoolExecutor(max_workers=2) as pool:
            for done in [pool.submit(make_image, cls.site, stand_ins, language) for language in LANGUAGES]:
                done.result()
        cls.certificates = make_certificates(cls.site)
        cls.site.daemon.settings = {"tls_profiles": {"images": {"ca": "/etc/fairlead/ca.crt", "server_name": "localhost"}}}
        cls.site.daemon.start()
        cls.project = cls.site.project("images", EXAMPLES / "compose.yaml", CERTIFICATES=str(cls.certificates))
        cls.project.up("--no-build")

    def container(self, language):
        return self.project.containers(language)[0]

    def replica(self, language):
        return next((each for each in self.site.daemon.replicas() if each["displayName"] == f"{language}.images/1"), None)

    def config_of(self, language):
        return self.site.engine.inspect(f"images-{language}")["Config"]

    def wait_in(self, language):
        poll(f"{language} in rotation", 60, lambda: (self.replica(language) or {}).get("inRotation"), every=0.1)

    def test_each_comes_into_rotation_also_after_a_restart(self):
        for language in LANGUAGES:
            with self.subTest(language):
                self.wait_in(language)
                self.site.daemon.fairlead("restart", f"{language}.images/1")
                self.wait_in(language)

    def test_each_ends_by_itself_when_it_is_asked_to(self):
        for language in LANGUAGES:
            with self.subTest(language):
                self.wait_in(language)
                container = self.container(language).id
                self.site.engine.docker("stop", "--time", "10", container)
                self.assertIn(self.site.engine.inspect(container)["State"]["ExitCode"], ENDED_BY_ITSELF)
                self.site.engine.docker("start", container)

    def test_those_over_tls_are_no_plaintext_servers_that_happen_to_answer(self):
        for language in ("go", "cpp"):
            with self.subTest(language):
                address = self.site.engine.inspect(self.container(language).id)["NetworkSettings"]["Networks"]["images_default"]
                script = ("import ssl, sys; print(ssl.get_server_certificate((sys.argv[1], 50051)))")
                shown = run(self.site.engine.inside([sys.executable, "-c", script, address["IPAddress"]]), 20)
                self.assertEqual(ssl.PEM_cert_to_DER_cert(shown),
                                 ssl.PEM_cert_to_DER_cert((self.certificates / "server.crt").read_text()))

    def test_no_image_holds_a_key_or_a_shell_that_it_does_not_need(self):
        for language in ("go", "cpp"):
            container = self.site.engine.docker("create", f"images-{language}").strip()
            archive = self.site.directory / "one.tar"
            self.site.engine.docker("export", "-o", str(archive), container)
            self.site.engine.docker("rm", container)
            files = [line for line in run(["tar", "-tf", archive]).splitlines() if not line.endswith("/")]
            # What the engine itself puts into every container.
            own = {"server", "etc/ssl/certs/ca-certificates.crt"}
            self.assertLessEqual({name for name in files if not name.startswith(("dev/", "etc/", ".dockerenv"))}, own, files)

    def test_one_has_a_health_check_by_the_probe_and_the_others_have_none(self):
        self.assertEqual([name for name in LANGUAGES if self.config_of(name).get("Healthcheck")], ["python"])
        command = self.config_of("python")["Healthcheck"]["Test"]
        self.assertEqual(command[:2], ["CMD", "fairlead-probe"])
        self.site.engine.docker("exec", self.container("python").id, *command[1:])

    def test_the_page_shows_each_dockerfile_as_it_is(self):
        page = (paths.DEPLOY / "images.md").read_text()
        for language in LANGUAGES:
            with self.subTest(language):
                self.assertIn(f"```dockerfile\n{(EXAMPLES / language / 'Dockerfile').read_text()}```", page)


if __name__ == "__main__":
    cases.main()
