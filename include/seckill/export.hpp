#pragma once

/// @file
/// SECKILL_EXPORT marks what a shared library shows; everything else stays hidden.

#if defined(SECKILL_SHARED)
#define SECKILL_EXPORT __attribute__((visibility("default")))
#else
#define SECKILL_EXPORT
#endif
