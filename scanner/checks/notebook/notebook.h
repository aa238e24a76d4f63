// Jupyter notebooks: JSON whose code cells are Python with lines for a shell (`!`) and for IPython
// (`%`) between. Somebody has to run a cell, so what it does counts as in a function that is not
// called; what is decoded and run, or piped from a download into a shell, counts in full.
//
//   {"nbformat": 4, "cells": [{"cell_type": "code", "source": ["import os\n", "!ls"],
//                              "outputs": [{"data": {"text/html": "<script>…"}}]}]}
//
// Source: nbformat 4.5, "The notebook file format".
#pragma once

#include "scanner/checks/document/document.h"

namespace pratique::scanner {

void check_notebook(Scan& scan, const Artifact& artifact, const Document& document);

}  // namespace pratique::scanner
