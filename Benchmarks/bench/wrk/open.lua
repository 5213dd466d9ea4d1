-- An open loop: requests are due at fixed times, whether or not there is an answer to those before, and a latency counts from the
-- time that a request was due. wrk's own threads sleep until then; each has one connection, so that an answer belongs to its last
-- request. The argument is the file of requests. RATE is of all threads together, in requests a second.
local ffi = require("ffi")
ffi.cdef [[
  struct kvick_time { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct kvick_time *time);
  int clock_nanosleep(int clock, int flags, const struct kvick_time *time, struct kvick_time *left);
  int prctl(int option, unsigned long argument, unsigned long, unsigned long, unsigned long);
]]
local CLOCK_MONOTONIC, TIMER_ABSTIME, PR_SET_TIMERSLACK = 1, 1, 29
local time = ffi.new("struct kvick_time")

local threads = {}
local requests = dofile(os.getenv("SCRIPTS") .. "/requests.lua")
local all
local last = 0
number = 0
interval = 0
due = 0
waits = false
latencies = {}

local function now()
  ffi.C.clock_gettime(CLOCK_MONOTONIC, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

local function sleep_until(moment)
  time.seconds = math.floor(moment)
  time.nanoseconds = (moment - math.floor(moment)) * 1e9
  ffi.C.clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, time, nil)
end

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("number", #threads)
end

function init(args)
  local count = tonumber(os.getenv("THREADS"))
  all = requests.read(args[1], number, count)
  interval = count / tonumber(os.getenv("RATE"))
end

function request()
  if due == 0 or waits then
    -- The first, of which wrk's own look at this script has no answer: due at this thread's next place among the threads.
    ffi.C.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    local offset = interval * number / tonumber(os.getenv("THREADS"))
    due = (math.floor((now() - offset) / interval) + 1) * interval + offset
  else
    due = due + interval
  end
  sleep_until(due)
  waits = true
  last = last % #all + 1
  return all[last]
end

function response()
  latencies[#latencies + 1] = math.floor((now() - due) * 1e6)
  waits = false
end

function done(summary, latency)
  local ended, counts, most = now(), {}, 0
  local function note(microseconds)
    counts[microseconds] = (counts[microseconds] or 0) + 1
  end
  for _, thread in ipairs(threads) do
    for _, microseconds in ipairs(thread:get("latencies")) do
      note(microseconds)
    end
    -- Those without an answer, and those that were due behind them, have waited so long at least.
    local due, interval = thread:get("due"), thread:get("interval")
    if thread:get("waits") and ended - due > 0.1 then
      while due < ended do
        note(math.floor((ended - due) * 1e6))
        due = due + interval
      end
    end
  end
  local pairs_of_counts = {}
  for microseconds, count in pairs(counts) do
    pairs_of_counts[#pairs_of_counts + 1] = string.format('"%d":%d', microseconds, count)
  end
  requests.report(summary, latency, ',"latencies":{' .. table.concat(pairs_of_counts, ",") .. "}")
end
