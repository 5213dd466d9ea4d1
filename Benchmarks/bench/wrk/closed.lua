-- A closed loop: each connection sends its next request when it has the answer to its last. The argument is the files of requests,
-- one of each thread, without their numbers.
local requests = dofile(os.getenv("SCRIPTS") .. "/requests.lua")
local all
local last = 0
local threads = 0
number = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  all = requests.read(args[1] .. "." .. number)
end

function request()
  last = last % #all + 1
  return all[last]
end

function done(summary, latency)
  requests.report(summary, latency, "")
end
