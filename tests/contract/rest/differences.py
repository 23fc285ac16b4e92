"""Where our gateway answers otherwise than grpc-gateway, and why. A row that is not named here is answered alike; one
that is named differs in just what is said."""

from dataclasses import dataclass

ALL = ("status", "body")


@dataclass(frozen=True)
class Difference:
    why: str
    what: tuple  # of "status", "body" and names of headers
    rows: tuple  # their names, or how they begin with a star at the end


DIFFERENCES = [
    Difference(
        "a path that two programs may read differently is refused: empty segments and encoded slashes are how a check in front "
        "of us is walked around", ALL, (
            "GET /v1//plain", "GET /v1/one/a%2Fb", "GET /v1/raw/%2B%2F%2B%2F", "GET /v1/shelves/a%2Fb/books/2",
            "GET /v1/shelves//books", "GET /v1/files/a%2Fb/c", "GET /v1/files/a//b")),
    Difference("a name in a path is never empty: /v1/one/ is another path than /v1/one/NAME", ALL, ("GET /v1/one/",)),
    Difference("** may be nothing, and then no slash is added to what is bound", ("body",), ("GET /v1/under/top",)),
    Difference("Go's words for durations are taken in a path as in a query", ALL, ("GET /v1/known/2024-02-29T12:00:00Z/1h",)),
    Difference("a semicolon is a character of a value (RFC 3986)", ALL, ("GET /v1/plain?text=a;b",)),
    Difference("a query that names nothing known leaves no empty object behind", ("body",), (
        "GET /v1/plain?nested.unknown=1", "GET /v1/plain?nested.=a")),
    Difference("the inside of a Struct is not named in a query; its JSON is", ("body",), ("GET /v1/plain?struct.fields[a]=1",)),
    Difference("an object without fields has no text", ALL, ("GET /v1/plain?empty=",)),
    Difference("a mask that JSON has no form for is told as it is, where theirs fails", ALL, ("GET /v1/plain?mask=longName",)),
    Difference("what is no UTF-8 is the caller's fault, not the service's", ALL, ("GET /v1/plain?text=%FF",)),
    Difference("what follows the JSON of a body is a mistake, and is not passed over", ALL, (
        'POST /v1/whole {"text": "a"} x', 'POST /v1/whole {"text": "a"}{"text": "b"}')),
    Difference("protobuf for C++ reads messages that nest 100 deep, and each level of a Struct is three", ALL, (
        'POST /v1/whole {"struct": {"a": {"a": *',)),
    Difference("a byte order mark is passed over", ALL, ("POST /v1/whole \ufeff{}",)),
    Difference("a 64-bit number may be a text everywhere", ALL, ('POST /v1/part/number "5"',)),
    Difference("a PATCH passes over what it does not know, as every other body", ALL, (
        'PATCH /v1/things/1 {"unknown": 1, "title": "b"}',)),
    Difference("each method is at POST /package.Service/Method, also one that has a rule", ALL, (
        "POST /fairlead.contract.rest.Everywhere/Plain *", "POST /fairlead.contract.rest.Everywhere/Count *")),
    Difference("bytes without a type have the type of bytes", ("Content-Type",), ("GET /v1/raw?data=aGVsbG8=",)),
    Difference("HEAD is asked of whatever has GET", ("status",), ("HEAD /v1/plain",)),
    Difference(
        "the method is what the request says: no other one by a header or as a form, which rules of a firewall in front would "
        "not see", ALL, (
            "POST /v1/plain text=a as a form", "POST /v1/plain?text=a i32=1 as a form", "POST /v1/plain {} overridden",
            "POST /v1/plain text=a overridden")),
    Difference("a detail of a type that nobody knows is told as bytes, where theirs loses the whole error", ALL, (
        "GET /v1/fail/5?message=m&details=unknown", "GET /v1/fail/5?message=m&details=broken")),
    Difference("a call without a limit of its own has one of 30 s", ("body",), ("GET /v1/headers?tell_deadline=true",)),
    Difference("bytes of metadata are told as base64, as headers of HTTP hold no others", ("Grpc-Metadata-A-Bin",), (
        "GET /v1/headers?headers=a-bin:%20bytes",)),
    Difference("trailers are not told", ("Trailer",), ("GET /v1/headers?trailers=t:%20v with trailers",)),
    Difference("no metadata that services take for the gateway's word comes from a Grpc-Metadata- header", ("body",), (
        "GET /v1/headers Grpc-Metadata-Authorization: Bearer y", "GET /v1/headers Grpc-Metadata-Fairlead-Caller: me")),
    Difference("an empty stream has the type of a stream", ("Content-Type",), ("GET /v1/count/0",)),
    Difference("a stream of bytes is those bytes, with nothing between its pieces", ("body",), (
        "GET /v1/raw-stream?times=3&data=aGk=&content_type=text/plain",)),
    Difference("the same, and bytes without a type have the type of bytes", ("body", "Content-Type"), (
        "GET /v1/raw-stream?times=2&data=aGk=",)),
    Difference("an empty stream has the type of a stream", ("Content-Type",), ("GET /v1/raw-stream?times=0&data=aGk=",)),
]


def matches(pattern, name):
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def of(name):
    """The one difference that is listed for a row, or none."""
    found = [one for one in DIFFERENCES if any(matches(pattern, name) for pattern in one.rows)]
    assert len(found) < 2, f"{name}: listed {len(found)} times"
    return found[0] if found else None
