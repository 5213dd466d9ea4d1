-- PUT of 81-byte values to random keys. TARGET names the path, with KEY in the key's place; Webdis takes the value in it.
local requests = {}
local count = tonumber(os.getenv("KEYS") or "1000000")
local value = string.rep("v", 81)

function init(args)
  math.randomseed(tonumber(os.getenv("SEED") or "1"))
  for i = 1, 20000 do
    local path = os.getenv("TARGET"):gsub("KEY", string.format("key%09d", math.random(0, count - 1)))
    if path:find("VALUE") then
      requests[i] = wrk.format("GET", (path:gsub("VALUE", value)))
    else
      requests[i] = wrk.format("PUT", path, { ["Content-Length"] = tostring(#value) }, value)
    end
  end
end

local next = 0
function request()
  next = next % #requests + 1
  return requests[next]
end
