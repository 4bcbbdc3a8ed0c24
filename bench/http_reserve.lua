-- wrk: each request reserves one unit for another buyer under another key. The same script drives the rival, so that both pay
-- for making the requests. Only accepted reserves count as such; where there were others wrk ends with status 1, so that no
-- figure is made of refusals.
local count = 0
local random = assert(io.open("/dev/urandom", "rb"))
local first, second, third, fourth = random:read(4):byte(1, 4)
random:close()
local key = string.format("%02x%02x%02x%02x-0000-4000-8000-", first, second, third, fourth)  -- no run replays another

function request()
  count = count + 1
  return wrk.format("POST", "/api/v1/sales/1/reservations", {
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = key .. string.format("%012x", count),
  }, '{"buyer":"' .. count .. '","lines":[{"sku":1,"quantity":1}]}')
end

function done(summary, latency)
  local errors = summary.errors
  local refused = errors.status
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('RESULT {"requests": %d, "accepted": %d, "refused": %d, "broken": %d, "duration_us": %d, "errors": %d, '
      .. '"p50_us": %d, "p99_us": %d, "p99_9_us": %d}\n',
    summary.requests, summary.requests - refused, refused, broken, summary.duration, refused + broken,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
  io.flush()
  if refused + broken > 0 then
    io.stderr:write(refused, " requests were refused (a status of 400 or above), ", broken, " had no answer\n")
    os.exit(1)
  end
end
