import os
os.𝘀𝘆𝘀𝘁𝗲𝗺('echo pratique-sample')
