import os
def f(x=os.system('echo pratique-sample')):
    return x
