// What the REST reads are measured against: Pistache as it comes, one handler, the bytes of a file for every request.
//   bare_pistache PORT FILE [THREADS]
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>

#include <pistache/endpoint.h>

namespace {

struct same_bytes : Pistache::Http::Handler {
  HTTP_PROTOTYPE(same_bytes)
  explicit same_bytes(std::string text) : body(std::move(text)) {}
  void onRequest(const Pistache::Http::Request&, Pistache::Http::ResponseWriter writer) override {
    // Without it Pistache answers "Connection: Close", and wrk stops after one request.
    writer.headers().add<Pistache::Http::Header::Connection>(Pistache::Http::ConnectionControl::KeepAlive);
    writer.send(Pistache::Http::Code::Ok, body, MIME(Application, Json));
  }
  std::string body;
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 64;
  std::ifstream file(arguments[2]);
  const std::string body{std::istreambuf_iterator<char>(file), {}};
  Pistache::Http::Endpoint server(
      Pistache::Address("127.0.0.1", Pistache::Port(static_cast<std::uint16_t>(std::stoi(arguments[1])))));
  server.init(Pistache::Http::Endpoint::options()
                  .threads(count > 3 ? std::stoi(arguments[3]) : 2)
                  .flags(Pistache::Tcp::Options::ReuseAddr));
  server.setHandler(Pistache::Http::make_handler<same_bytes>(body));
  server.serve();
}
