#pragma once
// A client that says exactly the bytes it is told, in the segments it is told.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::testing {

struct raw_answer {
  int status = 0;
  std::string head;
  std::string body;
  std::string header(std::string_view lower_case_name) const;  ///< empty where it is not there
};

class raw_client {
public:
  explicit raw_client(std::uint16_t port);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  bool send(std::string_view bytes);  ///< false where the other side has closed
  bool readable_within(std::chrono::milliseconds patience) const;
  /// The next whole answer, 100s included; none at the end of the connection or of `patience`.
  std::optional<raw_answer> read_answer(bool to_head = false,
                                        std::chrono::milliseconds patience = std::chrono::seconds(10));
  /// All answers until the connection ends; closed() tells whether it did.
  std::vector<raw_answer> read_answers(std::chrono::milliseconds patience = std::chrono::seconds(10));
  /// Waits for more bytes than are there; false at the end.
  bool read_some(std::chrono::milliseconds patience = std::chrono::seconds(10));
  std::string& pending() { return pending_; }  ///< received, not yet an answer
  bool closed() const { return closed_; }
  void shut();   ///< our sending side
  void reset();  ///< leaves with a TCP reset
  void leave();  ///< leaves in order

private:
  int fd_;
  bool closed_ = false;
  std::string pending_;
};

}  // namespace troupe::testing
