import os
def go(f, x):
    return f(x)

go(len, 'a')
go(os.system, 'echo pratique-sample')
