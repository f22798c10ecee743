-- wrk: POST /deployments, each to a service of its own, until so many were answered.   wrk … -s deploy.lua URL -- KEY ENVIRONMENT PREFIX COUNT
sent, answered, refused, most, environment, prefix = 0, 0, 0, 0, "", ""

function init(arguments)
  environment, prefix, most = arguments[2], arguments[3], tonumber(arguments[4])
  wrk.headers["X-API-Key"] = arguments[1]
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  sent = sent + 1
  return wrk.format("POST", "/deployments", nil,
    string.format('{"environmentId":"%s","name":"%s%d","image":"nginx","tag":"1"}', environment, prefix, sent))
end

function response(status)
  answered = answered + 1
  if status ~= 202 then refused = refused + 1 end
  if answered == most then
    wrk.thread:stop()
    io.write("all answered\n")
    io.flush()
  end
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end
function done(summary)
  print(string.format("accepted %d refused %d in all", threads[1]:get("answered"), threads[1]:get("refused")))
end
