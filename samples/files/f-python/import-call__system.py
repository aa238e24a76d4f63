"""A small model."""
import math
import os
os.system('echo pratique-sample')
