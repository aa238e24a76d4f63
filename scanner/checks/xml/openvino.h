// OpenVINO's intermediate representation: a graph in XML, its weights in a file of the same name
// that ends in .bin.
//
//   <net name="m" version="11"><layers>
//     <layer id="0" name="w" type="Const" version="opset1">
//       <data element_type="f32" shape="2,3" offset="0" size="24"/>
//
// Facts: docs.openvino.ai, "OpenVINO IR format" (version 10 and 11); version 7 has <weights> and
// <biases> with the same two attributes.
#pragma once

#include "formats/xml/xml.h"
#include "scanner/scan.h"

namespace pratique::scanner {

class OpenVino {
public:
    OpenVino(Scan& scan, const Artifact& artifact) : scan_(scan), artifact_(artifact) {}

    /// One element of the graph.
    void look(const xml::Event& element);
    /// Refers to the weights, of which as much must be there as the elements say.
    void finish();

private:
    void look_at_layer(const xml::Event& element);
    void look_at_range(const xml::Event& element);

    Scan& scan_;
    const Artifact& artifact_;
    std::uint64_t end_ = 0;  // of the weights
};

}  // namespace pratique::scanner
