// ReflectionMessage: the question which services a server has, and its answer, as bytes
// (grpc/grpc src/proto/grpc/reflection/v1/reflection.proto). Pure.
//
// Why by hand: one field to write and three to read do not justify protobuf beside HTTP/2 probes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::diagnose {

// The same messages under both names; servers of before 2023 know only the second.
inline constexpr std::string_view kReflectionPaths[] = {
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};

// More names are passed over: a server has some ten.
inline constexpr std::size_t kServiceNamesMax = 1'000;

// ServerReflectionRequest{list_services: "*"}.
std::vector<std::byte> EncodeListServices();

// The names in ServerReflectionResponse.list_services_response, in their order; empty for any other
// response. Nothing when the bytes are no protobuf message.
std::optional<std::vector<std::string>> DecodeServiceNames(std::span<const std::byte> message);

}  // namespace fairlead::diagnose
