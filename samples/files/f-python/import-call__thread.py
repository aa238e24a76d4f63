import os, threading
def work():
    os.system('echo pratique-sample')
threading.Thread(target=work).start()
