import os
class Config:
    size = 3
    os.system('echo pratique-sample')
