import pickle
pickle.loads(b'\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x14echo pratique-sample\x85R.')
