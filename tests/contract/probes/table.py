"""What is asked of grpc_health_probe and of fairlead-probe alike: flags, a server, the exit code.

`{name}` in a flag is the address of a server (grpc_server.py, raw_servers.py, the stock ones), or one of `folder`,
`port` and `nobody`, an address where nothing listens. Exit codes: 0 SERVING, 1 arguments, 2 not connected, 3 RPC
failed, 4 not SERVING, 20 SPIFFE.
"""

from dataclasses import dataclass

# Long where an answer is due, as a busy machine may take its time; short where waiting is the outcome.
LONG = "-connect-timeout=20s -rpc-timeout=20s"
SHORT = "-connect-timeout=300ms -rpc-timeout=300ms"


@dataclass(frozen=True)
class Row:
    name: str
    flags: str        # separated by blanks; `~` stands for one within a flag
    exit_code: int    # ours
    theirs: tuple = ()  # exit codes of v0.4.40 and v0.4.25 where they are others on purpose
    why: str = ""     # they are


def _asked(server, service, exit_code, more=""):
    return Row(f"{server} {service or 'whole'}{' ' + more if more else ''}",
               f"-addr={{{server}}} -service={service} {more} {LONG}", exit_code)


def _never_connected(name, flags):
    return Row(name, f"{flags} {SHORT}", 2)


TLS = "-tls -tls-ca-cert={folder}/authority.crt"
OWN = "-tls-client-cert={folder}/client.crt -tls-client-key={folder}/client.key"
STRANGE = "-tls-client-cert={folder}/strange-client.crt -tls-client-key={folder}/strange-client.key"

STOCK = ("go", "c-core", "java", "python", "node")

ANSWERS = [
    *(_asked(server, service, exit_code) for server in STOCK
      for service, exit_code in (("", 0), ("toggled", 4), ("unheard-of", 3))),
    *(_asked("plain", service, exit_code) for service, exit_code in (
        ("", 0), ("up", 0), ("down", 4), ("unknown-status", 4), ("service-unknown", 4), ("unheard-of", 3),
        ("denied", 3), ("internal", 3), ("unavailable", 3), ("no-check", 3), ("late", 3),
        ("a~name/with.odd:signs~\u00e4", 0))),
    _asked("bare", "", 3),
    _asked("plain", "", 0, "-gzip"),
    _asked("plain", "down", 4, "-gzip"),
    _asked("go", "", 3, "-gzip"),  # grpc-go has no gzip unless the program asks for it
    _asked("java", "", 0, "-gzip"),
    _asked("plain", "", 0, "-v"),
    Row("hung handler", "-addr={plain} -service=hung -connect-timeout=20s -rpc-timeout=300ms", 3),
]

HEADERS = [
    _asked("plain", "token", 3),
    _asked("plain", "token", 0, "-rpc-header=token:~a~secret"),
    _asked("plain", "token", 0, "-rpc-header Token:a~secret"),
    _asked("plain", "token", 3, "-rpc-header=token:a~secret~"),
    _asked("plain", "binary", 0, "-rpc-header=key-bin:\udcffabc"),
    _asked("plain", "agent", 3),
    _asked("plain", "agent", 0, "-user-agent=my-agent"),
    _asked("plain", "default-agent", 0),
    _asked("plain", "default-agent", 0, "-rpc-header=user-agent:other"),
    _asked("plain", "", 0, "-rpc-header=grpc-timeout:1n"),
    _asked("plain", "", 3, "-rpc-header=bad~key:x"),
    _asked("plain", "", 3, "-rpc-header=:x"),
    _asked("plain", "", 3, "-rpc-header=key:\u00e4"),
    Row("a header without a colon", "-addr={plain} -rpc-header=x", 1),
]

ADDRESSES = [
    Row("by name", f"-addr=localhost:{{port}} {LONG}", 0),
    Row("dns scheme", f"-addr=dns:///localhost:{{port}} {LONG}", 0),
    Row("passthrough scheme", f"-addr=passthrough:///127.0.0.1:{{port}} {LONG}", 0),
    Row("a port alone", f"-addr=:{{port}} {LONG}", 0),
    Row("address behind", f"-addr {{plain}} {LONG}", 0),
    Row("two dashes", f"--addr={{plain}} --service=down {LONG}", 4),
    _asked("unix", "", 0),
    _asked("unix", "down", 4),
    Row("unix with slashes", f"-addr=unix://{{folder}}/plain.sock {LONG}", 0),
    Row("abstract", f"-addr={{abstract}} {LONG}", 0),
    _never_connected("no unix socket", "-addr=unix:{folder}/none.sock"),
    _never_connected("a file that is no socket", "-addr=unix:{folder}/no.pem"),
    _never_connected("unix with a host", "-addr=unix://host/x.sock"),
    _never_connected("nobody listens", "-addr={nobody}"),
    _never_connected("no port", "-addr=localhost"),
    _never_connected("too many colons", "-addr=a:b:c"),
    _never_connected("another scheme", "-addr=xds:///x"),
    _never_connected("a silent server", "-addr={silent}"),
    _never_connected("a deaf server", "-addr={deaf}"),
    _never_connected("hangs up at once", "-addr={hangs-up-at-once}"),
    _never_connected("speaks HTTP/1", "-addr={speaks-http1}"),
    _never_connected("babbles", "-addr={babbles}"),
]

REPLIES = [
    Row(f"raw {name}", f"-addr={{{name}}} {LONG}", exit_code, *more) for name, exit_code, *more in (
        ("answers", 0), ("answers-proto", 0), ("answers-empty", 4), ("no-message", 3),
        ("two-messages", 3), ("no-health-message", 3), ("flagged-and-plain", 3), ("error-at-once", 3),
        ("http-503", 3), ("http-404", 3), ("a-web-page", 3), ("resets", 3), ("hangs-up", 3),
        ("no-status", 3))
]

SECRETS = [
    _asked("tls", "", 0, TLS),
    _asked("tls", "down", 4, TLS),
    _asked("tls", "", 0, "-tls -tls-no-verify"),
    _asked("tls", "", 0, TLS + " -tls-server-name=localhost"),
    _asked("tls", "", 0, TLS + " " + OWN),
    Row("tls by name", f"-addr=localhost:{{tls-port}} {TLS} {LONG}", 0),
    _never_connected("tls, another authority", "-addr={tls} -tls -tls-ca-cert={folder}/stranger.crt"),
    _never_connected("tls, the system's authorities", "-addr={tls} -tls"),
    _never_connected("tls, another name", f"-addr={{tls}} {TLS} -tls-server-name=other.example"),
    _never_connected("tls, certificate of another", f"-addr={{other-name}} {TLS}"),
    _asked("other-name", "", 0, TLS + " -tls-server-name=other.example"),
    _asked("other-name", "", 0, "-tls -tls-no-verify"),
    _never_connected("tls, expired", f"-addr={{expired}} {TLS}"),
    _asked("expired", "", 0, "-tls -tls-no-verify"),
    Row("tls, a name in the subject alone",
        f"-addr=localhost:{{name-in-subject-port}} {TLS} {LONG.replace('20s', '5s')}", 0, (2, 2),
        "the checks of fairleadd, and gRPC's C-core, take the subject where no other name stands; Go does not"),
    _never_connected("plaintext to TLS", "-addr={tls}"),
    _never_connected("TLS to plaintext", f"-addr={{plain}} {TLS}"),
    _never_connected("TLS to silence", f"-addr={{silent}} {TLS}"),
    _asked("mutual", "", 0, TLS + " " + OWN),
    _never_connected("mutual, none shown", f"-addr={{mutual}} {TLS}"),
    _never_connected("mutual, a stranger's", f"-addr={{mutual}} {TLS} {STRANGE}"),
    Row("unix over TLS", f"-addr={{unix-tls}} {TLS} {LONG}", 0),
    *(Row(f"tls, {name}", f"-addr={{tls}} -tls {flags}", 1) for name, flags in (
        ("no such authorities", "-tls-ca-cert={folder}/none.crt"),
        ("authorities that are none", "-tls-ca-cert={folder}/no.pem"),
        ("no such certificate", "-tls-client-cert={folder}/none.crt -tls-client-key={folder}/client.key"),
        ("no such key", "-tls-client-cert={folder}/client.crt -tls-client-key={folder}/none.key"),
        ("another's key", "-tls-client-cert={folder}/client.crt -tls-client-key={folder}/server.key"),
        ("a key with a passphrase", "-tls-client-cert={folder}/client.crt -tls-client-key={folder}/locked.key"))),
]

ARGUMENTS = [
    Row(f"flags: {flags or 'none'}", flags, exit_code, *more) for flags, exit_code, *more in (
        ("", 1), ("-h", 1), ("--help", 1), ("-version", 0), ("-version=false", 1), ("-nope", 1), ("-addr", 1), ("---addr=x", 1),
        ("word -addr={plain}", 1), ("-- -addr={plain}", 1), ("-addr={plain} -tls=maybe", 1),
        ("-addr={plain} -connect-timeout=0s", 1), ("-addr={plain} -connect-timeout=1", 1),
        ("-addr={plain} -connect-timeout=1x", 1), ("-addr={plain} -rpc-timeout=-1s", 1),
        ("-addr={plain} -rpc-timeout", 1), ("-addr={plain} -tls-no-verify", 1),
        ("-addr={plain} -tls-ca-cert=x", 1), ("-addr={plain} -tls-client-cert=x", 1),
        ("-addr={plain} -tls-client-key=x", 1), ("-addr={plain} -tls-server-name=x", 1),
        ("-addr={plain} -tls -tls-client-cert=x", 1), ("-addr={plain} -tls -tls-no-verify -tls-ca-cert=x", 1),
        ("-addr={plain} -tls -tls-no-verify -tls-server-name=x", 1), ("-addr={plain} -alts -spiffe", 1),
        ("-addr={plain} -alts -tls", 1), ("-addr={plain} -tls -spiffe", 1),
        (f"-addr={{plain}} -tls=false {LONG} word -nope", 0), (f"-addr={{plain}} {LONG} -service=down -service=up", 0),
        (f"-addr={{plain}} {LONG} -connect-timeout=1h30m0.5s -rpc-timeout=.5m", 0),
        ("-addr={plain} -spiffe", 20),
        (f"-addr={{plain}} -alts {SHORT}", 1, (2, 2), "refused at once: ALTS is not there at all"))
]

ROWS = [*ANSWERS, *HEADERS, *ADDRESSES, *REPLIES, *SECRETS, *ARGUMENTS]
