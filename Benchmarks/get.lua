-- GET of random keys of those that load.py has set. Requests are made in init: made earlier they would carry no Host.
local requests = {}
local count = tonumber(os.getenv("KEYS") or "1000000")

function init(args)
  math.randomseed(tonumber(os.getenv("SEED") or "1"))
  for i = 1, 20000 do
    local path = os.getenv("TARGET"):gsub("KEY", string.format("key%09d", math.random(0, count - 1)))
    requests[i] = wrk.format("GET", path)
  end
end

local next = 0
function request()
  next = next % #requests + 1
  return requests[next]
end
