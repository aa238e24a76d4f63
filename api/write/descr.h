// What may stand as a type in the header of an .npy file. The spelling of a record's type was made
// by a worker, which its file may have taken over: NumPy must find in it numbers, texts and bytes,
// and never objects, which are pickles.
//
//      type    = 'code' | [entry, …]
//      entry   = (name, type) | (name, type, shape)        code   = [<|] letter digits [unit]
//      name    = text | (text, text)                       shape  = () | (n,) | (n, …)
//
// Source: numpy.lib.format (header), numpy.dtype.descr.
#pragma once

#include <string_view>

namespace pratique::api {

/// Whether `descr` is a type as numpy_descr() gives it, and nothing else.
bool is_plain_descr(std::string_view descr);

}  // namespace pratique::api
