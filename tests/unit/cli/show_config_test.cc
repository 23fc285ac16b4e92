#include "cli/show_config.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::cli {
namespace {

pb::ConfigKey& Add(pb::GetConfigResponse& config, const std::string& key, const std::string& value,
                   pb::ConfigOrigin origin, const std::string& place = "") {
  pb::ConfigKey& added = *config.add_keys();
  added.set_key(key);
  added.set_value(value);
  added.set_origin(origin);
  added.set_place(place);
  return added;
}

TEST(ShowConfig, HasALinePerKeyAndTellsWhatWaits) {
  pb::GetConfigResponse config;
  Add(config, "admin.allow_containers", "", pb::CONFIG_ORIGIN_DEFAULT);
  Add(config, "http.listen", "127.0.0.1:1", pb::CONFIG_ORIGIN_FILE, "/etc/fairlead/config.json:4");
  Add(config, "log.format", "json", pb::CONFIG_ORIGIN_ENVIRONMENT, "FAIRLEAD_LOG_FORMAT");
  Add(config, "log.level", "debug", pb::CONFIG_ORIGIN_OPERATOR, "uid 0");
  pb::ConfigKey& waiting = Add(config, "state_dir", "/a", pb::CONFIG_ORIGIN_FLAG, "--state_dir");
  waiting.set_is_pending(true);
  waiting.set_pending_value("/b");
  EXPECT_EQ(ShowConfig(config, {}),
            "KEY                     VALUE        FROM\n"
            "admin.allow_containers  (none)       default\n"
            "http.listen             127.0.0.1:1  /etc/fairlead/config.json:4\n"
            "log.format              json         environment FAIRLEAD_LOG_FORMAT\n"
            "log.level               debug        set by uid 0\n"
            "state_dir               /a           flag --state_dir\n"
            "state_dir waits for a restart of fairleadd: /b\n");
}

TEST(LogLevel, HasTheWordsOfTheConfiguration) {
  EXPECT_EQ(LogLevelNamed("warn"), pb::LOG_LEVEL_WARN);
  EXPECT_EQ(LogLevelNamed("loud"), pb::LOG_LEVEL_UNSPECIFIED);
}

}  // namespace
}  // namespace fairlead::cli
