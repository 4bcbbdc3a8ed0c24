#pragma once

/// @file
/// SECKILL_EXPORT marks what a shared library shows; everything else stays hidden. SECKILL_HIDDEN marks the
/// definition of a private class that is nested in an exported one, and would be shown with it.

#if defined(SECKILL_SHARED)
#define SECKILL_EXPORT __attribute__((visibility("default")))
#define SECKILL_HIDDEN __attribute__((visibility("hidden")))
#else
#define SECKILL_EXPORT
#define SECKILL_HIDDEN
#endif
