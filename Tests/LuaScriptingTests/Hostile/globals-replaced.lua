-- ends: finished
kvdb = nil string = nil table.sort = nil _G = nil
