#include "webhook/signature.h"

#include <gtest/gtest.h>

namespace fairlead::webhook {
namespace {

// The example of GitHub's documentation of X-Hub-Signature-256.
TEST(Signature, IsWhatReceiversOfOtherWebhooksCheckAlready) {
  EXPECT_EQ(SignatureOf("Hello, World!", "It's a Secret to Everybody"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

// RFC 7617, section 2.
TEST(BasicAuthorization, IsTheEncodedUserAndPassword) {
  EXPECT_EQ(BasicAuthorization("Aladdin:open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

}  // namespace
}  // namespace fairlead::webhook
