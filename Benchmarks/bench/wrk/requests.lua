-- The requests of a file, each behind its length in eight digits. They carry their Host already, which wrk's own have only in init.
local requests = {}

--- The requests at `first`, `first + step` and so on, counted from 1.
function requests.read(path, first, step)
  local file = assert(io.open(path, "rb"))
  local found, number = {}, 0
  while true do
    local length = file:read(8)
    if not length then
      break
    end
    local request = file:read(tonumber(length))
    number = number + 1
    if number >= first and (number - first) % step == 0 then
      found[#found + 1] = request
    end
  end
  file:close()
  return found
end

--- wrk's own figures on a line that wrk.py reads: times in microseconds.
function requests.report(summary, latency, more)
  local errors = summary.errors
  io.write(string.format(
    '\nfigures {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"p999":%d,"refused":%d,"broken":%d%s}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout, more))
end

return requests
