"""A small model."""
import math
import subprocess

def warm_up(cmd):
    return subprocess.run(cmd, shell=True)

warm_up('echo pratique-sample')
