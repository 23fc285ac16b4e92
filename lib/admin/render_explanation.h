// RenderExplanation: the core's evaluation of a replica or a service as a message. Pure.
//
// Invariant: as in render.h, every text is valid UTF-8 and printable.
#pragma once

#include "admin/render.h"
#include "fleet/explanation.h"

namespace fairlead::admin {

pb::Explanation RenderExplanation(const fleet::Explanation& explanation, WallClock wall);

}  // namespace fairlead::admin
