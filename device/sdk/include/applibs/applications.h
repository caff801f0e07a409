/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Memory that all high-level apps use together, in KiB; 0 with errno (EAGAIN) on failure. Needs no capability. */

#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t z__Application_MemoryAttribute;
enum {
    z__Application_MemoryAttribute_Total = 0,
    z__Application_MemoryAttribute_UserMode = 1,
    z__Application_MemoryAttribute_PeakUserMode = 2,
};

int z__Applications_GetMemoryInfo(z__Application_MemoryAttribute attribute, void *value, size_t size);

static inline size_t z__Applications_MemoryInKB(z__Application_MemoryAttribute attribute)
{
    size_t value = 0;
    return z__Applications_GetMemoryInfo(attribute, &value, sizeof(value)) < 0 ? 0 : value;
}

/* User mode and kernel together. */
static inline size_t Applications_GetTotalMemoryUsageInKB(void)
{
    return z__Applications_MemoryInKB(z__Application_MemoryAttribute_Total);
}

/* User mode, with shared libraries. */
static inline size_t Applications_GetUserModeMemoryUsageInKB(void)
{
    return z__Applications_MemoryInKB(z__Application_MemoryAttribute_UserMode);
}

/* The most that user mode has ever used. */
static inline size_t Applications_GetPeakUserModeMemoryUsageInKB(void)
{
    return z__Applications_MemoryInKB(z__Application_MemoryAttribute_PeakUserMode);
}

#ifdef __cplusplus
}
#endif
