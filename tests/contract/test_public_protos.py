#!/usr/bin/env python3
"""The public xDS API (PyPI xds-protos) as the judge of ours: our trimmed .proto files, field by field, and what we
send, byte by byte.

Our messages have the names of the public ones, so both cannot live in one program; here ours are only descriptors.
"""

import importlib
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from harness import cases, paths  # noqa: E402

PYTHON = paths.CLIENTS / "python"
OURS = paths.ROOT / "proto" / "third_party"
SAMPLES = paths.BUILD / "tests" / "contract" / "xds_samples"
FILES = sorted(str(path.relative_to(OURS)) for path in OURS.rglob("*.proto"))


def public_modules():
    """Loads the public files of the same paths; returns those that there are not."""
    missing = []
    for file in FILES:
        try:
            importlib.import_module(file.removesuffix(".proto").replace("/", ".") + "_pb2")
        except ImportError:
            missing.append(file)
    return missing


def our_files():
    """Our .proto files as FileDescriptorProtos."""
    from google.protobuf import descriptor_pb2
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "ours"
        subprocess.run(["protoc", f"-I{OURS}", "--include_imports", f"--descriptor_set_out={out}", *FILES], check=True)
        found = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    return [file for file in found.file if file.name in FILES]


def messages(prefix, nested):
    """(full name, DescriptorProto) of messages and those inside them, without map entries."""
    for message in nested:
        name = f"{prefix}.{message.name}"
        if not message.options.map_entry:
            yield name, message
        yield from messages(name, message.nested_type)


def enums(prefix, file):
    for enum in file.enum_type:
        yield f"{prefix}.{enum.name}", enum
    for name, message in messages(prefix, file.message_type):
        for enum in message.enum_type:
            yield f"{name}.{enum.name}", enum


def map_entry(message, field):
    """The entry of a map field, or None."""
    wanted = field.type_name.rsplit(".", 1)[-1]
    return next((entry for entry in message.nested_type if entry.name == wanted and entry.options.map_entry), None)


def told(field, theirs):
    """What of two fields must be equal, as two lists: ours (a FieldDescriptorProto) and theirs (a FieldDescriptor)."""
    kind = theirs.message_type or theirs.enum_type
    return ([field.number, field.type, field.label == field.LABEL_REPEATED, field.type_name.lstrip(".")],
            [theirs.number, theirs.type, theirs.is_repeated, kind.full_name if kind else ""])


class OurProtos(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cases.need(PYTHON, "./dev setup --clients")
        from google.protobuf import descriptor_pool
        cls.missing = public_modules()
        cls.pool = descriptor_pool.Default()
        cls.files = our_files()

    def test_every_file_is_one_of_the_public_api(self):
        self.assertEqual(self.missing, [])
        self.assertGreater(len(self.files), 10)

    def assert_field(self, name, message, field):
        public = self.pool.FindMessageTypeByName(name)
        where = f"{name}.{field.name}"
        self.assertIn(field.name, public.fields_by_name, where)
        theirs = public.fields_by_name[field.name]
        entry = map_entry(message, field)
        if entry is not None:
            self.assertEqual((field.number, True), (theirs.number, theirs.message_type.GetOptions().map_entry), where)
            for part in entry.field:
                ours, others = told(part, theirs.message_type.fields_by_name[part.name])
                self.assertEqual(ours, others, f"{where}: {part.name} of the map")
            return
        ours, others = told(field, theirs)
        self.assertEqual(ours, others, where)

    def test_every_field_has_the_public_number_type_and_repetition(self):
        count = 0
        for file in self.files:
            for name, message in messages(file.package, file.message_type):
                for field in message.field:
                    self.assert_field(name, message, field)
                    count += 1
        self.assertGreater(count, 100)
        print(f"{count} fields are those of the public API")

    def test_what_is_one_of_several_is_so_in_the_public_api_too(self):
        for file in self.files:
            for name, message in messages(file.package, file.message_type):
                public = self.pool.FindMessageTypeByName(name)
                for field in message.field:
                    theirs = public.fields_by_name[field.name].containing_oneof
                    ours = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None
                    self.assertEqual(ours, theirs.name if theirs else None, f"{name}.{field.name}")

    def test_every_enum_value_has_the_public_number(self):
        for file in self.files:
            for name, enum in enums(file.package, file):
                public = self.pool.FindEnumTypeByName(name)
                for value in enum.value:
                    self.assertIn(value.name, public.values_by_name, name)
                    self.assertEqual(value.number, public.values_by_name[value.name].number, f"{name}.{value.name}")


def unknown_fields(message, where):
    """Paths of all fields that the public API does not know, also inside of Anys; and the Anys' types."""
    from google.protobuf import any_pb2, message_factory, symbol_database, unknown_fields as unknown
    found = [f"{where}: {field.field_number}" for field in unknown.UnknownFieldSet(message)]
    types = set()
    if isinstance(message, any_pb2.Any):
        url, _, name = message.type_url.rpartition("/")
        assert url == "type.googleapis.com", message.type_url
        inner = message_factory.GetMessageClass(symbol_database.Default().pool.FindMessageTypeByName(name))()
        assert message.Unpack(inner), name
        more, deeper = unknown_fields(inner, f"{where}<{name}>")
        return found + more, types | deeper | {name}
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            values = [value[key] for key in value] if field.message_type.fields_by_name["value"].message_type else []
        else:
            values = value if field.is_repeated else [value]
        for one in values:
            more, deeper = unknown_fields(one, f"{where}.{field.name}")
            found += more
            types |= deeper
    return found, types


class WhatWeSend(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cases.need(PYTHON, "./dev setup --clients")
        cases.need(SAMPLES, "build xds_samples")
        public_modules()
        from envoy.service.discovery.v3 import discovery_pb2
        said = subprocess.run([str(SAMPLES)], capture_output=True, text=True, check=True).stdout
        cls.responses = []
        for line in said.splitlines():
            kind, what, resources, removed, data = line.split(" ")
            message = getattr(discovery_pb2, kind).FromString(bytes.fromhex(data))
            cls.responses.append((kind, what, int(resources), int(removed), message))

    def test_all_of_it_is_of_the_public_api(self):
        types = set()
        for kind, what, _, _, message in self.responses:
            found, inside = unknown_fields(message, f"{kind} {what}")
            self.assertEqual(found, [])
            types |= inside
        self.assertGreaterEqual(types, {
            "envoy.config.cluster.v3.Cluster", "envoy.config.endpoint.v3.ClusterLoadAssignment",
            "envoy.config.listener.v3.Listener", "envoy.config.route.v3.RouteConfiguration",
            "envoy.extensions.filters.http.cors.v3.Cors", "envoy.extensions.filters.http.cors.v3.CorsPolicy",
            "envoy.extensions.filters.http.grpc_web.v3.GrpcWeb",
            "envoy.extensions.filters.http.router.v3.Router",
            "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", "envoy.extensions.transport_sockets.tls.v3.Secret",
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"})
        print(f"{len(self.responses)} responses hold {len(types)} types")

    def test_nothing_of_it_is_lost(self):
        kinds = set()
        for kind, what, resources, removed, message in self.responses:
            where = f"{kind} {what}"
            self.assertEqual(len(message.resources), resources, where)
            self.assertEqual(message.nonce, "18446744073709551615", where)
            self.assertTrue(message.type_url.startswith("type.googleapis.com/envoy."), where)
            if kind == "DiscoveryResponse":
                self.assertEqual({any.type_url for any in message.resources} - {message.type_url}, set(), where)
                self.assertEqual(len(message.version_info), 16, where)
            else:
                self.assertEqual(len(message.removed_resources), removed, where)
                self.assertEqual({one.resource.type_url for one in message.resources} - {message.type_url}, set(), where)
                names = [one.name for one in message.resources]
                self.assertEqual(len(set(names)), len(names), where)
                self.assertTrue(all(len(one.version) == 16 for one in message.resources), where)
            kinds.add((kind, message.type_url, what.split("@")[0]))
        self.assertEqual(len(kinds), 2 * 5 * 5, "both kinds, five types, five flavours")

    def test_standbys_are_numbered_without_a_gap_in_localities_of_their_own(self):
        from envoy.config.endpoint.v3 import endpoint_pb2
        seen = set()
        for kind, what, _, _, message in self.responses:
            if kind != "DiscoveryResponse" or not message.type_url.endswith("ClusterLoadAssignment"):
                continue
            for packed in message.resources:
                assignment = endpoint_pb2.ClusterLoadAssignment.FromString(packed.value)
                groups = [(one.priority, one.locality.region, one.locality.sub_zone, len(one.lb_endpoints))
                          for one in assignment.endpoints]
                self.assertEqual([group[0] for group in groups], list(range(len(groups))), what)
                if assignment.cluster_name == "standby.shop":
                    seen.add(tuple(groups))
        self.assertEqual(seen, {((0, "fairlead", "", 1), (1, "fairlead", "priority-5", 2), (2, "fairlead", "priority-9", 1))})

    def test_the_public_encoder_writes_the_same(self):
        for kind, what, _, _, message in self.responses:
            again = type(message).FromString(message.SerializeToString(deterministic=True))
            self.assertEqual(again, message, f"{kind} {what}")

    def test_a_field_that_nobody_knows_would_be_found(self):
        kind, what, _, _, message = self.responses[0]
        odd = type(message).FromString(message.SerializeToString() + bytes([0xE2, 0x3F, 0x01, 0x41]))
        found, _ = unknown_fields(odd, f"{kind} {what}")
        self.assertEqual(len(found), 1)


if __name__ == "__main__":
    if PYTHON.exists() and Path(sys.prefix) != PYTHON.parents[1]:
        os.execv(PYTHON, [str(PYTHON), *sys.argv])
    cases.main()
