-- ends: finished
assert(select('#', math.randomseed()) == 0)
math.randomseed(1)
local a = math.random()
math.randomseed(1)
assert(a == math.random())
