"""A small model."""
import math
from os import system as say
x = say
x('echo pratique-sample')
