// Java's serialisation names classes, and reading calls methods of theirs. Which classes a reader
// has is not known here, so that a stream is never found clean; classes of known attacks are named.
//
//   ac ed 00 05 | … 72, u16 length, name of a class, u64 version …
//
// Source: Java Object Serialization Specification, chapter 6; the chains of ysoserial and
// marshalsec.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_java(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
