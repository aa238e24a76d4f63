import os
import subprocess
import sys
from typing import Dict, Optional

CALLS = {"len": len, "sum": sum}
for name, call in CALLS.items():
    print(name, call([1]))


class Runner:
    process: Optional[subprocess.Popen] = None

    def attach(self, process: subprocess.Popen) -> Dict[str, subprocess.Popen]:
        if isinstance(process, subprocess.Popen):
            self.process = process
        return {"it": self.process}


if sys.platform != "win32" and __name__ == "__main__":
    os.system("ls")
