// What a file's name promises. It spares nothing: whatever the name, the content is asked. But a
// loader that goes by the name is told here what it would meet.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

/// A name without its folders, in lower case: who opens it may not tell "X.PTH" from "x.pth".
std::string base_name(std::string_view name);
/// True if the name ends so, in whatever case. `ending` is in lower case.
bool ends_as(std::string_view name, std::string_view ending);

/// True if the name ends as one of a format that has a fixed beginning, none of whose identities
/// is among those of the file.
bool is_misnamed(std::string_view file, const std::vector<std::string>& identities);

/// True if the name ends as those of pickles do and nothing else: whoever loads it unpickles it.
bool is_called_a_pickle(std::string_view file);
/// The same for endings under which pickles lie among other things: ".pt" is Portuguese as well.
bool may_be_called_a_pickle(std::string_view file);

/// True if the name ends as that of a format which holds more than zeros.
bool is_called_a_model(std::string_view file);

}  // namespace pratique::scanner
