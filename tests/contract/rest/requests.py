"""What is asked of the real grpc-gateway and of ours alike: the rows of the differential test.

The server behind both sends back what it was sent (peers/everywhere.go), so that an answer shows what was bound.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    verb: str
    target: str
    body: str = None
    headers: tuple = ()      # (name, value)...
    # Headers of the answer that are compared beside its Content-Type.
    told: tuple = ()
    note: str = ""           # tells rows of one target apart
    # The words of an error are the server's, hence the same; those of a gateway's own are its own.
    words: bool = False

    @property
    def name(self):
        body = "" if self.body is None else " " + (self.body if len(self.body) < 90 else self.body[:87] + "...")
        return f"{self.verb} {self.target}{body}{' ' + self.note if self.note else ''}"


def get(target, **more):
    return Row("GET", target, **more)


def post(target, body, **more):
    return Row("POST", target, body, **more)


def whole(body, **more):
    return post("/v1/whole", body, **more)


def asks(*queries):
    return [get("/v1/plain?" + query) for query in queries]


PATHS = [
    get("/v1/plain"), get("/v1/plain/"), get("/v1//plain"), get("/V1/plain"), get("/v1/nobody"), get("/"),
    get("/v1/one/a"), get("/v1/one/a%20b"), get("/v1/one/a+b"), get("/v1/one/%C3%A4"), get("/v1/one/a%2Fb"),
    get("/v1/one/a%252Fb"), get("/v1/one/"), get("/v1/one/a/b"), get("/v1/one/a:b"), get("/v1/one/a,b;c=d"),
    get("/v1/one/a.b-c~d_e"), get("/v1/one/100%25"), get("/v1/one/@$!*'()"), get("/v1/one/%7Ba%7D"),
    get("/v1/number/-1/18446744073709551615"), get("/v1/number/2147483648/1"), get("/v1/number/x/1"),
    get("/v1/number/1/-1"), get("/v1/number/0x10/010"), get("/v1/number/1e3/1"), get("/v1/number/1.0/1"),
    get("/v1/signed/-9223372036854775808/-2147483648"), get("/v1/signed/+1/2"),
    get("/v1/kinds/true/1.5/RED/0.25"), get("/v1/kinds/1/-1e300/2/NaN"), get("/v1/kinds/F/Infinity/-1/-Infinity"),
    get("/v1/kinds/yes/1/RED/1"), get("/v1/kinds/true/x/RED/1"), get("/v1/kinds/true/1/GREEN/1"),
    get("/v1/kinds/true/1/77/1"), get("/v1/kinds/true/1e400/RED/1"),
    get("/v1/raw/aGk="), get("/v1/raw/aGk"), get("/v1/raw/-_-_"), get("/v1/raw/%2B%2F%2B%2F"), get("/v1/raw/!"),
    get("/v1/known/2024-02-29T12:00:00.5Z/1.5s"), get("/v1/known/2024-02-29T12:00:00%2B02:00/-3s"),
    get("/v1/known/yesterday/1s"), get("/v1/known/2024-02-29T12:00:00Z/1h"),
    get("/v1/values/hello/-5/true"), get("/v1/values/%20/9007199254740993/0"),
    get("/v1/perhaps/x/0"), get("/v1/perhaps/%22/5"),
    get("/v1/deep/inner/7"), get("/v1/deep/inner/7?nested.words=a&nested.inside.count=3"),
    get("/v1/list/a"), get("/v1/list/a,b"), get("/v1/chosen/me"), get("/v1/odd/strange"),
    get("/v1/shelves/1/books"), get("/v1/shelves/1/books/2"), get("/v1/shelves/a%2Fb/books/2"),
    get("/v1/shelves//books"), get("/v1/files/a/b/c.txt"), get("/v1/files/"), get("/v1/files/a%2Fb/c"),
    get("/v1/files/a//b"), get("/v1/files"), get("/v1/under/top/a/b"), get("/v1/under/top"), get("/v1/under/other/a"),
    get("/v1/any/thing/of/mine"), get("/v1/rest/of/it"), get("/v1/verbs/1:look"), get("/v1/verbs/1"),
    get("/v1/verbs/1:unknown"), get("/v1/verbs/a:b:look"), get("/v1/files/a/b:peek"), get("/v1/files/a:x/b"),
    get("/v1/literal-with.dots_and~tilde"), post("/v1/verbs/1:touch", '{"i32": 1}'), get("/v1/two/a/1/b/2"),
    get("/v1/both/x"), get("/v1/both/fixed"),
]

QUERIES = asks(
    "text=a", "text=", "text", "text=a%26b%3Dc", "text=a+b", "text=a%2Bb", "text=%C3%A4", "text=1&text=2", "longName=x",
    "long_name=x", "oddlyNamed=x", "odd=x", "LONG_NAME=x", "unknown=1", "unknown.deep=1", "&&text=a&", "text=a;b",
    "flag=true", "flag=false", "flag=1", "flag=T", "flag=", "flag=maybe", "flag=TRUE", "flag",
    "i32=5", "i32=-5", "i32=%2B5", "i32=2147483647", "i32=2147483648", "i32=", "i32=5.0", "i32=0x5", "i32=1_000", "i32=%205",
    "s32=-1&sf32=-2&u32=3&f32=4", "u32=4294967295", "u32=4294967296", "u32=-1",
    "i64=9223372036854775807", "i64=-9223372036854775808", "i64=9223372036854775808",
    "s64=-1&sf64=-2&u64=3&f64=4", "u64=18446744073709551615", "u64=1e3", "i64=010",
    "single=1.5", "single=1e39", "single=NaN", "single=nan", "number=1e308", "number=-Infinity", "number=inf", "number=.5",
    "number=0x1p4", "number=1e", "number=1_0",
    "colour=RED", "colour=red", "colour=1", "colour=-1", "colour=99", "colour=GREEN", "colour=", "colour=DEEP_BLUE",
    "colour=2147483648",
    "raw=aGVsbG8=", "raw=aGVsbG8", "raw=-_8=", "raw=%2B/8=", "raw=***",
    "texts=a&texts=b", "texts=a,b", "texts=", "i32s=1&i32s=2", "i32s=1,2", "i32s=x", "u64s=1&u64s=18446744073709551615",
    "numbers=1.5&numbers=NaN", "flags=true&flags=0", "colours=RED&colours=2&colours=COLD", "raws=YQ==&raws=Yg==",
    "times=2024-01-01T00:00:00Z&times=2024-01-02T00:00:00Z",
    "nested.name=x", "nested.count=5&nested.words=a&nested.words=b", "nested.inside.inside.name=deep", "nested.perhaps=0",
    "nested=x", "nested.unknown=1", "nested.at=2024-01-01T00:00:00Z", "nested.numbers[a]=1", "many.name=x", "many=x",
    "texts_by_text[a]=1&texts_by_text[b]=2", "textsByText[a]=1", "texts_by_text[a.b]=1", "texts_by_text[]=1",
    "texts_by_text[a]=1&texts_by_text[a]=2", "texts_by_number[5]=x", "texts_by_number[x]=x", "numbers_by_text[a]=-5",
    "numbers_by_text[a]=x", "colours_by_flag[true]=RED", "flags_by_text[a]=1", "nested_by_text[a]=1", "texts_by_text[a=1",
    "texts_by_text=1", "text[a]=1", "texts_by_text%5Ba%5D=1",
    "choice_text=a", "choice_text=a&choice_number=1", "choice_nested.name=x", "choice_number=1&choice_nested.name=x",
    "perhaps_text=", "perhaps_number=0&perhaps_flag=false&perhaps_colour=0", "perhapsColour=RED",
    "timestamp=2024-01-01T00:00:00Z", "timestamp=2024-01-01T00:00:00.123456789%2B01:00", "timestamp=1", "timestamp=",
    "timestamp=null", "duration=1s", "duration=-1.000000001s", "duration=5", "duration=1m", "duration=null", "mask=a,b.c",
    "mask=longName", "mask=long_name", "text_value=a", "text_value=", "raw_value=YQ==", "flag_value=true", "i32_value=-1",
    "i64_value=9007199254740993", "u32_value=1", "u64_value=18446744073709551615", "single_value=1.5",
    "number_value=1e300", "i32_value=x", "flag_value=x", "i32_value=null", "text_value.value=a", "timestamp.seconds=5",
    "value=a", "struct=%7B%22a%22:1%7D", "struct.fields[a]=1", "any=x", "empty=", "list=1", "value=null",
    "text=%zz", "text=%00", "text=%FF", "=a", ".=a", "nested.=a", ".text=a", "text=" + "a" * 2000,
)

EVERY_SCALAR = ('{"text": "\\u00e4\\n\\"", "raw": "AAH/", "flag": true, "i32": -1, "s32": -2, "sf32": -3, "u32": 4, "f32": 5, '
                '"i64": "-6", "s64": "-7", "sf64": "-8", "u64": "9", "f64": "10", "single": 0.1, "number": 0.1, "colour": "RED"}')

BODIES = [
    whole("{}"), whole(""), whole("   "), whole("null"), whole("[]"), whole("1"), whole("{"), whole('{"text": "a"} x'),
    whole('{"text": "a"}{"text": "b"}'), whole(EVERY_SCALAR), whole('{"long_name": "x"}'), whole('{"longName": "x"}'),
    whole('{"oddlyNamed": "x"}'), whole('{"odd": "x"}'), whole('{"unknown": {"deep": [1]}}'), whole('{"text": null}'),
    whole('{"text": 1}'), whole('{"text": "a", "text": "b"}'), whole('{"longName": "a", "long_name": "b"}'),
    whole('{"i32": "5"}'), whole('{"i32": 5.0}'), whole('{"i32": 1e2}'), whole('{"i32": 1.5}'), whole('{"i32": 2147483648}'),
    whole('{"i32": ""}'), whole('{"i32": true}'), whole('{"u32": -1}'), whole('{"u64": 18446744073709551615}'),
    whole('{"i64": 9007199254740993}'), whole('{"i64": "9223372036854775807", "u64": "18446744073709551615"}'),
    whole('{"i64": 1e3}'), whole('{"i64": "x"}'), whole('{"i64": " 1"}'), whole('{"i64": 9223372036854775808}'),
    whole('{"single": "NaN", "number": "-Infinity"}'), whole('{"single": 1e39}'), whole('{"number": 1e400}'),
    whole('{"number": "1.5"}'), whole('{"number": NaN}'), whole('{"number": 1e-320}'), whole('{"number": -0.0}'),
    whole('{"number": 123456789012345680000, "single": 16777216}'), whole('{"number": 1e21, "single": 1e-7}'),
    whole('{"flag": "true"}'), whole('{"flag": 1}'), whole('{"colour": 2}'), whole('{"colour": "2"}'), whole('{"colour": 99}'),
    whole('{"colour": "GREEN"}'), whole('{"colour": "red"}'), whole('{"colour": null}'), whole('{"colour": -1}'),
    whole('{"raw": "-_-_"}'), whole('{"raw": "YQ"}'), whole('{"raw": "*"}'), whole('{"raw": ""}'),
    whole('{"texts": ["a", "b"], "i32s": [1, "2"], "u64s": ["1", 2], "numbers": [1, "NaN"], "colours": ["RED", 2]}'),
    whole('{"texts": []}'), whole('{"texts": null}'), whole('{"texts": "a"}'), whole('{"texts": [null]}'), whole('{"texts": [["a"]]}'),
    whole('{"nested": {"name": "a", "inside": {"inside": {}}, "numbers": {"x": 1}, "perhaps": 0}}'), whole('{"nested": {}}'),
    whole('{"nested": null}'), whole('{"nested": []}'), whole('{"many": [{"name": "a"}, {}]}'), whole('{"many": [null]}'),
    whole('{"textsByText": {"b": "2", "a": "1", "": "3"}, "textsByNumber": {"-5": "x"}, "coloursByFlag": {"true": "RED"}}'),
    whole('{"nestedByText": {"a": {"count": "5"}}, "numbersByText": {"a": "1"}, "flagsByText": {"a": true}}'),
    whole('{"textsByText": {"a": null}}'), whole('{"textsByNumber": {"x": "a"}}'), whole('{"textsByText": null}'),
    whole('{"coloursByFlag": {"yes": 1}}'), whole('{"textsByText": {"a": "1", "a": "2"}}'),
    whole('{"choiceText": "a"}'), whole('{"choiceText": ""}'), whole('{"choiceText": "a", "choiceNumber": 1}'),
    whole('{"choiceNested": {}}'), whole('{"choiceText": null, "choiceNumber": "1"}'),
    whole('{"perhapsText": "", "perhapsNumber": 0, "perhapsFlag": false, "perhapsColour": 0}'), whole('{"perhapsText": null}'),
    whole('{"timestamp": "2024-02-29T23:59:59.999999999Z"}'), whole('{"timestamp": "2024-02-29T12:00:00+05:30"}'),
    whole('{"timestamp": "2024-02-29T12:00:00.120Z"}'), whole('{"timestamp": "0001-01-01T00:00:00Z"}'),
    whole('{"timestamp": "9999-12-31T23:59:59Z"}'), whole('{"timestamp": "2023-02-29T00:00:00Z"}'), whole('{"timestamp": 5}'),
    whole('{"timestamp": "1969-12-31T23:59:59.5Z"}'), whole('{"timestamp": "2024-02-29 12:00:00Z"}'), whole('{"timestamp": ""}'),
    whole('{"duration": "1.500s"}'), whole('{"duration": "-0.5s"}'), whole('{"duration": "0s"}'), whole('{"duration": "1"}'),
    whole('{"duration": "315576000000s"}'), whole('{"duration": "315576000001s"}'), whole('{"duration": "1.000000001s"}'),
    whole('{"mask": "a,longName.b"}'), whole('{"mask": ""}'), whole('{"mask": "long_name"}'),
    whole('{"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}}'),
    whole('{"any": {"@type": "type.googleapis.com/fairlead.contract.rest.Thing", "name": "x", "size": "5"}}'),
    whole('{"any": {"@type": "type.googleapis.com/nobody.Knows", "a": 1}}'), whole('{"any": {}}'), whole('{"any": {"a": 1}}'),
    whole('{"struct": {"a": 1, "b": [true, null, "x", {"c": {}}], "d": -1.5e10}}'), whole('{"struct": {}}'), whole('{"struct": []}'),
    whole('{"value": null}'), whole('{"value": 1}'), whole('{"value": "x"}'), whole('{"value": [1, "a"]}'), whole('{"value": {"a": {}}}'),
    whole('{"value": true}'), whole('{"list": [1, [], {}]}'), whole('{"list": []}'), whole('{"list": {}}'), whole('{"empty": {}}'),
    whole('{"textValue": "", "rawValue": "", "flagValue": false, "i32Value": 0, "i64Value": "0", "numberValue": 0}'),
    whole('{"u32Value": 5, "u64Value": 18446744073709551615, "singleValue": 0.1}'), whole('{"textValue": null}'),
    whole('{"textValue": {"value": "a"}}'), whole('{"empty": {"a": 1}}'), whole('{"empty": null}'),
    whole('{"nested": ' + '{"inside": ' * 60 + "{}" + "}" * 60 + "}", note="60 deep"),
    whole('{"struct": ' + '{"a": ' * 60 + "{}" + "}" * 60 + "}", note="60 deep"),
    whole('{"text": "\\ud83d\\ude00"}'), whole('{"text": "\\ud83d"}'), whole('{"text": "\\u0000"}'), whole('{"text": "a\tb"}'),
    whole('{"text": "<>&\\u2028"}'), whole("{'text': 'a'}"), whole('{text: "a"}'), whole('{"text": "a",}'), whole("\ufeff{}"),
    whole('{"i32": 01}'), whole('{"i32": +1}'), whole('{"flag": True}'), whole('{"text": "a" /* b */}'), whole('{"number": .5}'),
    Row("PUT", "/v1/whole/path", '{"text": "body", "i32": 1}'), Row("PUT", "/v1/whole/path", '{"i32": 1}'),
    Row("PUT", "/v1/whole/path?i32=2", "{}"), Row("PUT", "/v1/whole/path?text=query", "{}"),
    post("/v1/whole/inner/at", '{"nested": {"name": "body", "count": 5}, "text": "a"}'),
    Row("DELETE", "/v1/whole/path?i32=3"), Row("DELETE", "/v1/whole/path", '{"i32": 3}'), Row("OPTIONS", "/v1/whole"),
    post("/v1/part/nested", '{"name": "a", "count": "5"}'), post("/v1/part/nested?text=q&i32=1", '{"name": "a"}'),
    post("/v1/part/nested?nested.name=q", '{"count": 1}'), post("/v1/part/nested", ""), post("/v1/part/nested", "null"),
    post("/v1/part/nested", '{"unknown": 1}'), post("/v1/part/nested", "5"), post("/v1/part/text", '"a"'), post("/v1/part/text", "a"),
    post("/v1/part/text", ""), post("/v1/part/number", "5"), post("/v1/part/number", '"5"'), post("/v1/part/number", "x"),
    post("/v1/part/many", '[{"name": "a"}, {}]'), post("/v1/part/many", "{}"), post("/v1/part/map", '{"a": "1"}'),
    post("/v1/part/value", '{"a": [1]}'), post("/v1/part/value", "null"), post("/v1/part/struct", '{"a": {"b": null}}'),
    post("/v1/part/me/nested?i32=4", '{"name": "b"}'), post("/v1/part/none?text=a", '{"text": "b"}'), post("/v1/part/none", "x"),
    Row("PATCH", "/v1/things/1", '{"title": "a"}'), Row("PATCH", "/v1/things/1", '{"title": "a", "inside": {"name": "b", "count": 1}}'),
    Row("PATCH", "/v1/things/1", '{"labels": {"a": "b"}, "tags": ["x"], "madeAt": "2024-01-01T00:00:00Z"}'),
    Row("PATCH", "/v1/things/1?updateMask=title", '{"title": "a", "size": "4"}'), Row("PATCH", "/v1/things/1", "{}"),
    Row("PATCH", "/v1/things/1?update_mask=made_at,inside.name&dry=true", '{"title": "a"}'), Row("PATCH", "/v1/things/1", ""),
    Row("PATCH", "/v1/things/1", '{"unknown": 1, "title": "b"}'), Row("PATCH", "/v1/things/1", '{"made_at": null, "inside": {}}'),
    Row("PATCH", "/v1/things/1", '{"inside": {"inside": {"perhaps": 0}, "words": [], "numbers": {"a": 1}}}'),
    Row("PATCH", "/v1/things/1", '{"name": "other", "title": "c"}'), Row("PUT", "/v1/things/1", '{"title": "a"}'),
    Row("PATCH", "/v1/whole/things/1", '{"thing": {"title": "a"}, "updateMask": "title"}'),
    post("/fairlead.contract.rest.Everywhere/Unannotated", '{"text": "a"}'), post("/fairlead.contract.rest.Everywhere/Unannotated", ""),
    get("/fairlead.contract.rest.Everywhere/Unannotated"), post("/fairlead.contract.rest.Everywhere/Nobody", "{}"),
    post("/fairlead.contract.rest.Everywhere/Plain", '{"text": "a"}'),
]

FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
ANSWERS = [
    post("/v1/tell/nested", '{"nested": {"name": "a"}}'), post("/v1/tell/nested", "{}"), post("/v1/tell/texts", '{"texts": ["a"]}'),
    post("/v1/tell/texts", "{}"), post("/v1/tell/number", '{"i64": "5"}'), post("/v1/tell/map", '{"numbersByText": {"a": 1}}'),
    post("/v1/tell/colour", '{"colour": 2}'), post("/v1/tell/time", '{"timestamp": "2024-01-01T00:00:00Z"}'), post("/v1/tell/time", "{}"),
    post("/v1/tell/many", '{"many": [{"name": "a"}]}'), get("/v1/raw?data=aGVsbG8=&content_type=text/plain"), get("/v1/raw?data=aGVsbG8="),
    get("/v1/raw?content_type=image/png"), post("/v1/take-raw", '{"contentType": "text/x", "data": "aGk="}'), get("/v1/nothing"),
    get("/v1/nothing?a=b"), Row("POST", "/v1/plain", "{}"), Row("PUT", "/v1/plain", "{}"), Row("HEAD", "/v1/plain"),
    Row("OPTIONS", "/v1/plain"), Row("PATCH", "/v1/one/a", "{}"), Row("DELETE", "/v1/nobody"),
    Row("POST", "/v1/plain", "text=a", FORM, note="as a form"), Row("POST", "/v1/plain?text=a", "i32=1", FORM, note="as a form"),
    Row("POST", "/v1/plain", "{}", (("X-HTTP-Method-Override", "GET"),), note="overridden"),
    Row("POST", "/v1/plain", "text=a", (*FORM, ("X-HTTP-Method-Override", "GET")), note="overridden"),
    whole('{"text": "a"}', headers=FORM, note="as a form"), whole('{"text": "a"}', headers=(("Content-Type", "text/plain"),), note="as text"),
    whole('{"text": "a"}', headers=(("Content-Type", "application/json; charset=utf-8"),), note="with a charset"),
    whole('{"text": "a"}', headers=(("Accept", "text/html"),), note="for HTML"),
]

ERRORS = [
    *(get(f"/v1/fail/{code}?message=because", words=True) for code in range(18)),
    *(get(f"/v1/fail/5?message=m&details={kind}", words=True) for kind in ("thing", "timestamp", "text", "unknown", "broken")),
    *(get(f"/v1/fail/{rest}", words=True) for rest in ("3?details=thing&details=text", "5", "5?message=%C3%A4%22%3C%0A")),
    get("/v1/fail/5?wait=20", headers=(("Grpc-Timeout", "5S"),)), get("/v1/fail/5?wait=5000", headers=(("Grpc-Timeout", "20m"),)),
    get("/v1/fail/x"), get("/v1/headers", headers=(("Grpc-Timeout", "soon"),), note="soon"),
    get("/v1/headers", headers=(("Grpc-Metadata-Key-Bin", "***"),), note="no base64"),
]


def told(target, headers=(), names=("Grpc-Metadata-A", "Trailer"), note=""):
    return get(target, headers=headers, told=names, note=note)


HEADERS = [
    told("/v1/headers"), told("/v1/headers?tell_deadline=true"),
    told("/v1/headers?tell_deadline=true", (("Grpc-Timeout", "10S"),), note="Grpc-Timeout"), told("/v1/headers?headers=a:%20b"), told("/v1/headers?headers=a:%20b&headers=a:%20c"),
    told("/v1/headers?headers=a-bin:%20bytes", names=("Grpc-Metadata-A-Bin",)),
    told("/v1/headers?trailers=t:%20v"), told("/v1/headers?trailers=t:%20v", (("TE", "trailers"),), note="with trailers"),
    *(told("/v1/headers", ((name, value),), note=f"{name}: {value}") for name, value in (
        ("Authorization", "Bearer x"), ("Grpc-Metadata-X-Own", "1"), ("Grpc-Metadata-Key-Bin", "aGk="), ("X-Own", "1"),
        ("Accept-Language", "de"), ("Cookie", "a=b"), ("User-Agent", "me/1"), ("Origin", "http://a.example"), ("Referer", "http://a/"),
        ("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Host", "b.example"), ("Grpc-Timeout", "10S"), ("Date", "today"),
        ("Cache-Control", "no-cache"), ("If-Match", '"a"'), ("Grpc-Metadata-Authorization", "Bearer y"), ("Max-Forwards", "3"),
        ("Grpc-Metadata-Grpc-Timeout", "1m"), ("Grpc-Metadata-Fairlead-Caller", "me"), ("Grpc-Metadata-X-Forwarded-For", "1.1.1.1"),
        ("Accept", "application/json"), ("Content-Type", "application/json"), ("Via", "1.1 a"), ("From", "a@b.example"))),
    told("/v1/headers", (("Grpc-Metadata-Twice", "1"), ("Grpc-Metadata-Twice", "2")), note="twice"),
]

STREAMS = [
    get("/v1/count/0"), get("/v1/count/1"), get("/v1/count/3?from=5&text=a"), post("/v1/count", '{"count": 2}'), get("/v1/count/x"),
    get("/v1/count-texts/2?text=a"), get("/v1/count/200?text=" + "a" * 200),
    *(get(f"/v1/count-and-fail/{rest}", words=True) for rest in (
        "5?message=late&after=2", "5?message=early", "0?after=1", "13?message=m&after=1&details=thing")),
    get("/v1/raw-stream?times=3&data=aGk=&content_type=text/plain"), get("/v1/raw-stream?times=0&data=aGk="),
    get("/v1/raw-stream?times=2&data=aGk="), get("/v1/raw-stream?times=2&content_type=text/plain"),
    post("/fairlead.contract.rest.Everywhere/Count", '{"count": 1}'),
]

ROWS = [*PATHS, *QUERIES, *BODIES, *ANSWERS, *ERRORS, *HEADERS, *STREAMS]
