"""Pratique inspects machine-learning model files, vouches for them, and admits them.

::

    import pratique

    report = pratique.scan("downloads")          # what can these files do?
    print(report.verdict, *report.findings, sep="\\n")

    model = pratique.load("model.pt")            # name -> NumPy array; nothing is run
    weights = model["encoder.weight"]

Files are read in a locked-down process of their own; this one maps the bytes that tensors lie in.
Neither NumPy nor torch is needed to import this, and neither is imported before it is asked for.

All functions are thread-safe. Beside what is here there is ``pratique.torch``: a drop-in for
``torch.load``.
"""
from __future__ import annotations

from ._functions import attest, convert, gate, inspect, load, scan, sign, verify
from ._guard import guard
from ._library import version as __version__
from .errors import (Error, Malformed, Malicious, NotAdmitted, Refused, SandboxError, Undecided,
                     UsageError)
from .findings import Finding, Gap
from .folder import load_folder
from .model import Model
from .report import Answer, File, Report
from .tensor import Quantizer, Tensor
from .values import Global, Object, Opaque

__all__ = ["Answer", "Error", "File", "Finding", "Gap", "Global", "Malformed", "Malicious", "Model",
           "NotAdmitted", "Object", "Opaque", "Quantizer", "Refused", "Report", "SandboxError",
           "Tensor", "Undecided", "UsageError", "__version__", "attest", "convert", "gate", "guard",
           "inspect", "load", "load_folder", "scan", "sign", "verify"]
