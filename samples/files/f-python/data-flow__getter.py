import os
import operator
operator.attrgetter('system')(os)('echo pratique-sample')
