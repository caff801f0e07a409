/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* The app's partners and its place on the device. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A datagram socket to a partner on a real-time core, for send() and recv(). Both manifests have to name each other in
   AllowedApplicationConnections: EACCES; EINVAL for a malformed component id. */
int Application_Connect(const char *componentId);

/* Whether a device authentication certificate can be used now. -1 with EFAULT. */
int Application_IsDeviceAuthReady(bool *outIsReady);

#ifdef __cplusplus
}
#endif
