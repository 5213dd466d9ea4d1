-- A closed loop: each connection sends its next request when it has the answer to its last. The argument is the file of requests.
local requests = dofile(os.getenv("SCRIPTS") .. "/requests.lua")
local all
local last = 0

function init(args)
  all = requests.read(args[1], 1, 1)
end

function request()
  last = last % #all + 1
  return all[last]
end

function done(summary, latency)
  requests.report(summary, latency, "")
end
