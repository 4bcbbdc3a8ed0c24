-- wrk: each request reserves one unit for another buyer under another key. The same script drives the rival, so that both pay
-- for making the requests.
local count = 0
local started = tostring(os.time() % 100000)

function request()
  count = count + 1
  local number = string.format("%012x", count)
  return wrk.format("POST", "/api/v1/sales/1/reservations", {
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = string.format("%08x-0000-4000-8000-%s", tonumber(started), number),
  }, '{"buyer":"' .. count .. '","lines":[{"sku":1,"quantity":1}]}')
end

function done(summary, latency)
  io.write(string.format('RESULT {"requests": %d, "duration_us": %d, "errors": %d, "p50_us": %d, "p99_us": %d, "p99_9_us": %d}\n',
    summary.requests, summary.duration,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
