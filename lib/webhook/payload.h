// Payload: the JSON that a webhook's receiver gets for one event. Pure.
//
// Stable: fields are added and never change their meaning; manifests/webhook.schema.json has them.
#pragma once

#include <string>
#include <string_view>

#include "controller/control.h"

namespace fairlead::webhook {

// `host`: the name of this host, so that one receiver can serve many.
std::string PayloadOf(const controller::RecordedEvent& event, std::string_view host);

// "2026-01-31T08:00:00.123Z"
std::string TimeText(runtime::WallTime at);

}  // namespace fairlead::webhook
