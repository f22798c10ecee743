#include "config/redactor.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace troupe::config {
namespace {

const std::string bot = "123456789:AAbb-CCdd_EEffGGhhIIjjKKllMMnnOOppQQ";

TEST(Redactor, ARegisteredValueIsMaskedWhereverItStands) {
  redactor redact;
  redact.hide("correct-horse-battery");
  EXPECT_EQ(redact("correct-horse-battery"), "****");
  EXPECT_EQ(redact("xcorrect-horse-batteryx and correct-horse-battery"), "x****x and ****");
}

TEST(Redactor, AShortValueIsMaskedAsAWordOnly) {
  redactor redact;
  redact.hide("postgres");
  EXPECT_EQ(redact("postgresql: login of postgres, \"postgres\""), "postgresql: login of ****, \"****\"");
}

TEST(Redactor, AValueTooShortToHideMasksNothing) {
  redactor redact;
  redact.hide("");
  redact.hide("abc");
  EXPECT_EQ(redact("abc abc"), "abc abc");
}

TEST(Redactor, TheLongerOfTwoValuesWins) {
  redactor redact;
  redact.hide("secret-part-of-it");
  redact.hide("secret-part-of-it-and-more");
  EXPECT_EQ(redact("secret-part-of-it-and-more"), "****");
}

TEST(Redactor, AnApiKeyKeepsItsIdAndLosesItsSecret) {
  const redactor redact;
  EXPECT_EQ(redact("key rw_prod_k7f3.CANARY-_x9 used"), "key rw_prod_k7f3.**** used");
  EXPECT_EQ(redact("X-API-Key: rw_prod_k7f3.CANARY"), "X-API-Key: rw_prod_k7f3.****");
  EXPECT_EQ(redact("Authorization: Bearer rw_prod_k7f3.CANARY"), "Authorization: Bearer rw_prod_k7f3.****");
  EXPECT_EQ(redact("/x?key=rw_prod_k7f3%2ECANARY&y"), "/x?key=rw_prod_k7f3%2E****&y");
  EXPECT_EQ(redact("rw_prod_k7f3.CANARY.CANARY"), "rw_prod_k7f3.****");
  EXPECT_EQ(redact("{\"key\":\"rw_prod_k7f3.CANARY\"}"), "{\"key\":\"rw_prod_k7f3.****\"}");
  EXPECT_EQ(redact("id rw_prod_k7f3 is gone"), "id rw_prod_k7f3 is gone");
}

TEST(Redactor, AnotherKeyPrefixIsKnown) {
  EXPECT_EQ(redactor{"acme_"}("acme_1.CANARY"), "acme_1.****");
}

TEST(Redactor, ABotTokenKeepsItsIdAndLosesItsSecret) {
  const redactor redact;
  EXPECT_EQ(redact("token " + bot + " refused"), "token 123456789:**** refused");
  EXPECT_EQ(redact("POST https://api.telegram.org/bot" + bot + "/getMe"),
            "POST https://api.telegram.org/bot123456789:****/getMe");
  EXPECT_EQ(redact("http://127.0.0.1:9000/bot1:CANARY/getMe"), "http://127.0.0.1:9000/bot1:****/getMe");
}

TEST(Redactor, AMagicLinkLosesItsToken) {
  const redactor redact;
  EXPECT_EQ(redact("GET /auth/verify?token=CANARY HTTP/1.1"), "GET /auth/verify?token=**** HTTP/1.1");
  EXPECT_EQ(redact("/auth/verify?a=1&TOKEN=CANARY&b=2"), "/auth/verify?a=1&TOKEN=****&b=2");
  EXPECT_EQ(redact("token%3DCANARY"), "token%3D****");
  EXPECT_EQ(redact("{\"token\": \"CANARY\"}"), "{\"token\": \"****\"}");
  EXPECT_EQ(redact("{\"apiKey\":\"CANARY\"}"), "{\"apiKey\":\"****\"}");
  EXPECT_EQ(redact(R"({\"password\":\"CANARY\"})"), R"({\"password\":\"****\"})");
}

TEST(Redactor, PasswordsInUrlsAndCredentialsAreMasked) {
  const redactor redact;
  EXPECT_EQ(redact("connect to postgresql://troupe:CANARY@db:5432/troupe failed"),
            "connect to postgresql://troupe:****@db:5432/troupe failed");
  EXPECT_EQ(redact("https://u:CAN@ARY@h/p"), "https://u:****@h/p");
  EXPECT_EQ(redact("Authorization: Basic Q0FOQVJZOkNBTkFSWQ=="), "Authorization: Basic ****");
  EXPECT_EQ(redact("bearer eyJhbGciOiJIUzI1NiJ9.e30.CANARY"), "bearer ****");
}

TEST(Redactor, HarmlessTextStays) {
  const redactor redact;
  for (const std::string text :
       {"", "invalid token: unexpected end",
        "pull of nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef done",
        "http://127.0.0.1:3000/health", "2025-01-31T23:59:59.123Z", "basic auth is off", "http://host:80/a@b",
        "the password was wrong", "tcp://[::1]:2375", "10.0.0.1:5000/app:1.2.3", "mail ops@example.com: sent",
        "no secret here"})
    EXPECT_EQ(redact(text), text);
}

TEST(Redactor, MaskingTwiceChangesNothing) {
  redactor redact;
  redact.hide("correct-horse-battery");
  for (const auto& text : {std::string{"rw_prod_a.CANARY"}, "x " + bot,
                           std::string{"?token=CANARY&correct-horse-battery"}, std::string{"postgres://u:p@h/d"}}) {
    const auto once = redact(text);
    EXPECT_NE(once, text);
    EXPECT_EQ(redact(once), once);
  }
}

TEST(Redactor, NamesOfSecretFieldsAreKnownInAnyCase) {
  for (const auto* name : {"token", "Password", "apiKey", "Authorization", "X-Registry-Auth", "cookie"})
    EXPECT_TRUE(redactor::secret_name(name)) << name;
  for (const auto* name : {"", "tokens", "deploymentId", "keyId", "path"})
    EXPECT_FALSE(redactor::secret_name(name)) << name;
}

TEST(Redactor, CostGrowsInStepWithTheText) {
  redactor redact;
  redact.hide("correct-horse-battery");
  for (const std::string part : {"rw_prod_", "rw_prod_a.", "://", "://a:", "token", "token=", "token\"", "bearer ",
                                 "1:", "/bot1:", "123456:", "a", "\xff", "%2e"}) {
    std::string text;
    while (text.size() < 1'000'000) text += part;
    const auto start = std::chrono::steady_clock::now();
    redact(text);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{5}) << part;
  }
}

}  // namespace
}  // namespace troupe::config
