-- The requests of a file, each behind its length in eight digits. They carry their Host already, which wrk adds only to what
-- init makes.
local requests = {}

function requests.read(path)
  local file = assert(io.open(path, "rb"))
  local found = {}
  for length in function() return file:read(8) end do
    found[#found + 1] = file:read(tonumber(length))
  end
  file:close()
  return found
end

--- wrk's own figures on a line that load.py reads: times in microseconds.
function requests.report(summary, latency, more)
  local errors = summary.errors
  io.write(string.format(
    '\nfigures {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"p999":%d,"refused":%d,"broken":%d%s}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout, more))
end

return requests
