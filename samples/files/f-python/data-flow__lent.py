import os
import mycode
mycode.os.system('echo pratique-sample')
