/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Real-time clock. Needs the SystemTime capability. */

#pragma once


#ifdef __cplusplus
extern "C" {
#endif

/* Stores the system time, as UTC, in the hardware clock. -1 with EACCES, EBUSY (in use) or ENOENT (no clock). */
int clock_systohc(void);

#ifdef __cplusplus
}
#endif
