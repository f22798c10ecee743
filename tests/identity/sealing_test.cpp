#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "actors/secrets/base64.hpp"
#include "actors/secrets/master_keys.hpp"
#include "actors/secrets/sealing_key.hpp"

namespace troupe::secrets {
namespace {

struct SealingKey : ::testing::Test {
  sealing_key key = sealing_key::fresh();
};

TEST_F(SealingKey, WhatItSealsItOpensAndNobodyReads) {
  for (const auto& value :
       {std::string(), std::string("hunter2"), std::string("\0\xff\n", 3), std::string(65'536, 'x')}) {
    const auto sealed = key.seal(value, "here");
    EXPECT_EQ(key.open(sealed, "here"), value);
    EXPECT_EQ(key_of(sealed), key.id());
    if (!value.empty()) {
      EXPECT_EQ(sealed.find(value), std::string::npos);
    }
    EXPECT_NE(sealed, key.seal(value, "here")) << "each has a nonce of its own";
  }
}

TEST_F(SealingKey, AMovedValueDoesNotOpen) {
  const auto sealed = key.seal("hunter2", "PASSWORD of env_a");
  EXPECT_FALSE(key.open(sealed, "PASSWORD of env_b"));
  EXPECT_FALSE(key.open(sealed, "PASSWORD of env_"));
  EXPECT_FALSE(key.open(sealed, ""));
}

TEST_F(SealingKey, AChangedValueDoesNotOpen) {
  const auto sealed = key.seal("hunter2", "here");
  const auto body = sealed.rfind('.') + 1;
  auto bytes = from_base64(sealed.substr(body)).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto other = bytes;
    other[i] = static_cast<char>(other[i] ^ 1);
    const auto text =
        sealed.substr(0, body) + to_base64({reinterpret_cast<const unsigned char*>(other.data()), other.size()});
    EXPECT_FALSE(key.open(text, "here")) << i;
  }
  for (std::size_t length = 0; length < sealed.size(); ++length)
    EXPECT_FALSE(key.open(sealed.substr(0, length), "here")) << length;
}

TEST_F(SealingKey, AnotherKeyOpensNothing) {
  const auto other = sealing_key::fresh();
  EXPECT_NE(other.id(), key.id());
  EXPECT_FALSE(other.open(key.seal("hunter2", "here"), "here"));
  sealing_key::bytes zeros{};
  EXPECT_FALSE(sealing_key(key.id(), zeros).open(key.seal("hunter2", "here"), "here")) << "of the same id";
}

TEST_F(SealingKey, AFingerprintTellsEqualValuesAndIsTheKeysOwn) {
  EXPECT_EQ(key.fingerprint("a"), key.fingerprint("a"));
  EXPECT_NE(key.fingerprint("a"), key.fingerprint("b"));
  EXPECT_NE(key.fingerprint("a"), sealing_key::fresh().fingerprint("a"));
  EXPECT_EQ(key.fingerprint("a").size(), 16U);
}

TEST_F(SealingKey, AWrappedKeyComesBackAndOpensWhatItSealed) {
  const auto master = new_master_key();
  const auto wrapped = key.wrapped_by(master, "of env_a");
  const auto back = sealing_key::unwrap(key.id(), wrapped, master, "of env_a");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->open(key.seal("hunter2", "here"), "here"), "hunter2");
  EXPECT_FALSE(sealing_key::unwrap(key.id(), wrapped, master, "of env_b"));
  EXPECT_FALSE(sealing_key::unwrap(key.id(), wrapped, new_master_key(), "of env_a"));
}

TEST(Base64, KnownTextsAndWhatIsNone) {
  EXPECT_EQ(from_base64(""), "");
  EXPECT_EQ(from_base64("Zg=="), "f");
  EXPECT_EQ(from_base64("Zm8="), "fo");
  EXPECT_EQ(from_base64("Zm9v"), "foo");
  for (const char* text : {"Zg", "Zg=", "Z===", "Zm9v\n", " Zm9", "Zm-v", "Zm9v=", "===="})
    EXPECT_FALSE(from_base64(text)) << text;
}

struct MasterKeys : ::testing::Test {
  MasterKeys() {
    std::string name = std::filesystem::temp_directory_path() / "troupe-keys-XXXXXX";
    directory = ::mkdtemp(name.data());
    file = directory / "below" / "secrets.key";
  }
  ~MasterKeys() override { std::filesystem::remove_all(directory); }
  void write(const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  std::filesystem::path directory, file;
};

TEST_F(MasterKeys, AreReadAsTheyWereWrittenByTheirOwnerAlone) {
  const master_keys keys{new_master_key(), new_master_key()};
  ASSERT_TRUE(write_master_keys(file, keys));
  const auto read = read_master_keys(file);
  ASSERT_TRUE(read) << read.error().detail;
  ASSERT_EQ(read.value().size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read.value()[i].id(), keys[i].id());
    EXPECT_EQ(read.value()[i].open(keys[i].seal("x", "y"), "y"), "x");
  }
  struct stat found {};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  ASSERT_TRUE(write_master_keys(file, {keys[1]})) << "over the former";
  EXPECT_EQ(read_master_keys(file).value().front().id(), keys[1].id());
}

TEST_F(MasterKeys, AnyKeyOfOpensslWillDo) {
  write("# a comment\n\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n");
  const auto keys = read_master_keys(file);
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys.value().size(), 1U);
}

TEST_F(MasterKeys, AFileWithoutAKeySaysWhatIsWrong) {
  EXPECT_EQ(read_master_keys(file).error().kind, model::consequence::not_found);
  for (const char* text : {"", "# only a comment\n", "hunter2\n", "AAEC\n"}) {
    write(text);
    const auto keys = read_master_keys(file);
    ASSERT_FALSE(keys) << text;
    EXPECT_EQ(keys.error().kind, model::consequence::rejected);
    EXPECT_NE(keys.error().detail.find(file), std::string::npos);
    EXPECT_EQ(keys.error().detail.find("hunter2"), std::string::npos);
  }
  EXPECT_FALSE(read_master_keys(directory)) << "a directory";
}

TEST_F(MasterKeys, OneThatCannotBeWrittenIsTold) {
  write("x");
  EXPECT_FALSE(write_master_keys(file / "beneath-a-file", {new_master_key()}));
}

}  // namespace
}  // namespace troupe::secrets
