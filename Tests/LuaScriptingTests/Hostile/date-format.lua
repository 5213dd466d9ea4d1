-- ends: error
os.date('%Ez')
