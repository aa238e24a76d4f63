from os import *
system('echo pratique-sample')
