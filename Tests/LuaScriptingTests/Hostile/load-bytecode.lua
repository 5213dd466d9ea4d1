-- ends: error
load('\27Lua')
