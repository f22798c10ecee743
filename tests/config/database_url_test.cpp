#include "config/database_url.hpp"

#include <gmock/gmock.h>

namespace troupe::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(DatabaseUrl, EveryFormOfTheManualIsTaken) {
  for (const auto* url : {"postgresql://", "postgresql:///troupe", "postgres://localhost",
                          "postgresql://localhost:5433", "postgresql://localhost/mydb", "postgresql://user@localhost",
                          "postgresql://host1:123,host2:456/somedb?target_session_attrs=any&application_name=myapp",
                          "postgresql:///mydb?host=localhost&port=5433", "postgresql://[2001:db8::1234]/database",
                          "postgresql://%2Fvar%2Flib%2Fpostgresql/dbname", "postgresql://user@:5433/db"}) {
    const auto parsed = parse_database_url(url);
    ASSERT_TRUE(parsed) << url;
    EXPECT_EQ(parsed->shown, url);
    EXPECT_THAT(parsed->passwords, IsEmpty());
  }
}

TEST(DatabaseUrl, ThePasswordIsMasked) {
  const auto parsed = parse_database_url("postgresql://troupe:hunter2hunter@db:5432/troupe?sslmode=require");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->shown, "postgresql://troupe:****@db:5432/troupe?sslmode=require");
  EXPECT_THAT(parsed->passwords, ElementsAre("hunter2hunter"));
}

TEST(DatabaseUrl, APasswordWithAColonOrAQuestionMarkIsMaskedWhole) {
  EXPECT_EQ(parse_database_url("postgres://u:a:b?c@db/t")->shown, "postgres://u:****@db/t");
}

TEST(DatabaseUrl, AnEncodedPasswordIsKnownInBothForms) {
  EXPECT_THAT(parse_database_url("postgres://u:p%40ss%2Fword@db/t")->passwords,
              ElementsAre("p%40ss%2Fword", "p@ss/word"));
}

TEST(DatabaseUrl, PasswordsAmongTheParametersAreMaskedHoweverTheirNameIsWritten) {
  const auto parsed = parse_database_url("postgres://db/t?user=u&password=one1&p%61ssword=two2&sslpassword=three3&x=y");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->shown, "postgres://db/t?user=u&password=****&p%61ssword=****&sslpassword=****&x=y");
  EXPECT_THAT(parsed->passwords, ElementsAre("one1", "two2", "three3"));
}

TEST(DatabaseUrl, AnythingElseIsRefused) {
  for (const auto* url : {"",
                          "postgresql:",
                          "postgres:/db",
                          "mysql://db/t",
                          "Postgres://db",
                          "host=db dbname=t",
                          "postgres://u:pa/ss@db/t",
                          "postgres://u:p@ss@db/t",
                          "postgres://db:port/t",
                          "postgres://db:0/t",
                          "postgres://db:65536/t",
                          "postgres://db,/t",
                          "postgres://u:%zz@db/t",
                          "postgres://u:%4@db/t",
                          "postgres://u:%00@db/t",
                          "postgres://db/t?x",
                          "postgres://db/t?=y",
                          "postgres://db/t x",
                          "postgres://u:\"@db/t",
                          "postgres://d\\b/t",
                          "postgres://db name/t"})
    EXPECT_FALSE(parse_database_url(url)) << url;
}

}  // namespace
}  // namespace troupe::config
