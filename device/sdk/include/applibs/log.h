/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Debug log: text that the developer's computer shows while the app runs. Needs no capability. */

#pragma once

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes printf-style text to the debug log. Returns 0, or -1 with errno EFAULT when fmt is NULL. */
int Log_Debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The va_list form of Log_Debug. */
int Log_DebugVarArgs(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

#ifdef __cplusplus
}
#endif
