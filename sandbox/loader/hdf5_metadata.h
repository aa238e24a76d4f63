// What an HDF5 file says about itself, and what Keras says in it: attributes of the root group, and
// of the group of weights in a file that holds a whole model.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "formats/hdf5/attribute.h"
#include "sandbox/loader/load.h"

namespace pratique::loader {

class Hdf5Metadata {
public:
    Hdf5Metadata(Load& load, const hdf5::File& file);

    /// Attributes of the root group. Errors: those of hdf5::read_attributes() and read_texts().
    Status read_root(hdf5::File& file, const hdf5::Object& root);
    /// Attributes of another group, if it is one of those that Keras describes a model with.
    Status read_group(hdf5::File& file, const hdf5::Object& group, const std::vector<Step>& path);

    /// The dict, with what can be said of the tensors that were found.
    TreeId take(std::span<const Tensor> tensors);

private:
    Status read(hdf5::File& file, const hdf5::Object& object);
    Result<TreeId> value_of(hdf5::File& file, const hdf5::Attribute& attribute);

    Load& load_;
    std::vector<std::pair<std::string, TreeId>> entries_;
    std::vector<std::pair<std::string, TreeId>> attributes_;
    std::vector<TreeId> layer_names_;
    bool is_keras_ = false;
};

}  // namespace pratique::loader
