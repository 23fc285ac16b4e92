#include "admin/config_messages.h"

#include "base/text.h"

namespace fairlead::admin {
namespace {

v1::ConfigOrigin RenderOrigin(config::Origin origin) {
  switch (origin) {
    case config::Origin::kDefault:
      return v1::CONFIG_ORIGIN_DEFAULT;
    case config::Origin::kFile:
      return v1::CONFIG_ORIGIN_FILE;
    case config::Origin::kEnvironment:
      return v1::CONFIG_ORIGIN_ENVIRONMENT;
    case config::Origin::kFlag:
      return v1::CONFIG_ORIGIN_FLAG;
    case config::Origin::kOperator:
      return v1::CONFIG_ORIGIN_OPERATOR;
  }
  return v1::CONFIG_ORIGIN_UNSPECIFIED;
}

}  // namespace

v1::GetConfigResponse RenderConfig(const std::vector<config::KeyInForce>& keys) {
  v1::GetConfigResponse response;
  for (const config::KeyInForce& key : keys) {
    v1::ConfigKey& out = *response.add_keys();
    out.set_key(Printable(key.key));
    out.set_value(key.setting.value);
    out.set_origin(RenderOrigin(key.setting.origin));
    out.set_place(Printable(key.setting.place));
    out.set_reloads(key.reloads);
    out.set_is_pending(key.is_pending);
    out.set_pending_value(key.pending_value);
  }
  return response;
}

v1::LogLevel RenderLevel(telemetry::Level level) {
  switch (level) {
    case telemetry::Level::kDebug:
      return v1::LOG_LEVEL_DEBUG;
    case telemetry::Level::kInfo:
      return v1::LOG_LEVEL_INFO;
    case telemetry::Level::kWarning:
      return v1::LOG_LEVEL_WARN;
    case telemetry::Level::kError:
      return v1::LOG_LEVEL_ERROR;
  }
  return v1::LOG_LEVEL_UNSPECIFIED;
}

Result<telemetry::Level> LevelFrom(v1::LogLevel level) {
  switch (level) {
    case v1::LOG_LEVEL_DEBUG:
      return telemetry::Level::kDebug;
    case v1::LOG_LEVEL_INFO:
      return telemetry::Level::kInfo;
    case v1::LOG_LEVEL_WARN:
      return telemetry::Level::kWarning;
    case v1::LOG_LEVEL_ERROR:
      return telemetry::Level::kError;
    default:
      return Fail(Code::kInvalidArgument,
                  "level: is none of LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN and "
                  "LOG_LEVEL_ERROR",
                  {.subject = "level"});
  }
}

}  // namespace fairlead::admin
