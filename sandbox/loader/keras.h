// A model as Keras 3 saves it: a zip whose weights are an HDF5 file, beside the text of the
// architecture. Tensors are those of the weights; what the architecture would make Keras import or
// run is text here, and the scanner's business.
//
//   config.json        layers, by class name and arguments
//   metadata.json      {"keras_version": …, "date_saved": …}
//   model.weights.h5   layers/<name>/vars/<number>
//   assets/…           vocabularies and such
//
// Source: keras/src/saving/saving_lib.py of Keras 3.
#pragma once

#include "sandbox/loader/zip_members.h"

namespace pratique::loader {

/// It has an architecture and its metadata, as no other zip of a model has.
bool is_keras(const ZipMembers& members);

/// Errors: see docs/formats/keras.md.
Status load_keras(Load& load, ZipMembers& members);

}  // namespace pratique::loader
