#!/usr/bin/env python3
"""Runs the program as a user would and holds what it says and its exit codes against what the
documentation promises.

    cli.py PROGRAM [NAME…]

Each case gets a fresh folder. Exit 0 if all hold, 1 if not."""
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
import cases_attest
import cases_cache
import cases_commands
import cases_inspect
import cases_interrupt
import cases_convert
import cases_exchange
import cases_gate
import cases_isolation
import cases_keys
import cases_liar
import cases_manual
import cases_paths
import cases_quiet
import cases_reports
import cases_signing
import cases_signing_usage
import cases_suppress
import cases_terminal
import cases_trouble
import cases_verdicts
from support import Tool

MODULES = [cases_attest, cases_commands, cases_inspect, cases_convert, cases_exchange, cases_gate,
           cases_isolation, cases_keys, cases_liar, cases_paths, cases_reports, cases_signing,
           cases_signing_usage, cases_trouble,
           cases_verdicts, cases_cache, cases_manual, cases_quiet, cases_suppress, cases_terminal,
           cases_interrupt]
CASES = [case for module in MODULES for case in module.CASES]


def run(case, tool):
    folder = tempfile.mkdtemp(prefix="pratique-cli-")
    began = time.monotonic()
    try:
        note = case(tool, folder)
        print(f"{'skip' if note else 'ok':5}{time.monotonic() - began:6.2f} s  {case.__name__}"
              f"{': ' + note if note else ''}", flush=True)
        return True
    except Exception:  # a case that cannot run is a case that failed
        print(f"FAIL {time.monotonic() - began:6.2f} s  {case.__name__}")
        traceback.print_exc(limit=-3, file=sys.stdout)
        return False
    finally:
        os.chmod(folder, 0o700)
        shutil.rmtree(folder, ignore_errors=True)


def main():
    # Who starts tests in the background may have their programs ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tool, wanted = Tool(sys.argv[1]), set(sys.argv[2:])
    cases = [case for case in CASES if not wanted or case.__name__ in wanted]
    failed = [case.__name__ for case in cases if not run(case, tool)]
    print(f"{len(cases)} cases, {len(failed)} failed {' '.join(failed)}")
    return 0 if cases and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
