// Numbers and flags that the headers of older systems lack. Since Linux 5.2 a new call has the
// same number on every architecture.
#pragma once

namespace escapes {

inline constexpr long kCachestat = 451;
inline constexpr long kMapShadowStack = 453;
inline constexpr long kListmount = 458;
inline constexpr long kLsmGetSelfAttr = 459;
inline constexpr long kMseal = 462;
inline constexpr long kFileGetattr = 468;

}  // namespace escapes
