-- wrk: bearer tokens in turn, a body when BODY names a file, the result as one line of JSON.
local requests, at = {}, 0

local function read(name)
  local path = os.getenv(name)
  if not path or path == "" then return nil end
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function init()
  local body, tokens = read("BODY"), read("TOKENS") or "-\n"
  for token in tokens:gmatch("[^\n]+") do
    local headers = {}
    if token ~= "-" then headers["Authorization"] = "Bearer " .. token end
    if body then headers["Content-Type"] = "application/json" end
    requests[#requests + 1] = wrk.format(body and "POST" or "GET", nil, headers, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  local seconds = summary.duration / 1e6
  print(string.format('{"requests":%d,"bad":%d,"seconds":%.4f,"rps":%.2f,"latency":{"p50":%.4f,"p99":%.4f,"p999":%.4f,"max":%.4f}}',
    summary.requests, e.connect + e.read + e.write + e.status + e.timeout, seconds, summary.requests / seconds,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3, latency.max / 1e3))
end
