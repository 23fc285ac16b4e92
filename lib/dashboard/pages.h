// The page for people at `/`, and its parts below `/dashboard/`. Pure.
//
// Why strict headers: what the page shows comes from containers. Should one of its names ever
// become markup, the policy still lets nothing run, load or send that is not one of these files and
// this API. Parts are asked for anew each time and not sent again while they are the same (ETag),
// so that a page never mixes two versions of the daemon.
#pragma once

#include <string>
#include <string_view>

#include "dashboard/page_files.h"
#include "http/pages.h"
#include "http/request.h"

namespace fairlead::dashboard {

void AddPages(http::Pages& pages);

// "/" of index.html, "/dashboard/NAME" of the others.
std::string PathOf(const File& file);

// 200 with the file, or 304 to a reader who has it (If-None-Match).
http::Reply Answer(const File& file, const http::Request& request);

}  // namespace fairlead::dashboard
