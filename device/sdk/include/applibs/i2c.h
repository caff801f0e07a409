/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* I2C as the bus master. Needs the I2cMaster capability for the interface, else EACCES. read() and write() work on the
   descriptor once I2CMaster_SetDefaultTargetAddress has named the target. */

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An interface: MT3620_ISUn_I2C is n. */
typedef int I2C_InterfaceId;

/* Address of a target on the bus: 7 or 10 bits. */
typedef unsigned int I2C_DeviceAddress;

/* Clock rates in Hz. */
#define I2C_BUS_SPEED_STANDARD 100000u
#define I2C_BUS_SPEED_FAST 400000u
#define I2C_BUS_SPEED_FAST_PLUS 1000000u
#define I2C_BUS_SPEED_HIGH 3400000u

/* Opens an interface for this app alone. */
int I2CMaster_Open(I2C_InterfaceId id);

/* Asks for a clock rate. */
int I2CMaster_SetBusSpeed(int fd, uint32_t speedInHz);

/* Asks for a time-out per transfer; rounded to what the hardware has. */
int I2CMaster_SetTimeout(int fd, uint32_t timeoutInMs);

/* Transfers. A result below the length, even 0, is a success; -1 with ENXIO when nobody answers at the address, EBUSY
   when the bus is held, ETIMEDOUT. WriteThenRead sends a repeated start in between and returns the sum of both counts. */
ssize_t I2CMaster_Read(int fd, I2C_DeviceAddress address, uint8_t *buffer, size_t maxLength);
ssize_t I2CMaster_Write(int fd, I2C_DeviceAddress address, const uint8_t *data, size_t length);
ssize_t I2CMaster_WriteThenRead(int fd, I2C_DeviceAddress address, const uint8_t *writeData, size_t lenWriteData,
                                uint8_t *readData, size_t lenReadData);

/* Names the target of plain read() and write(); does not ask whether it is there. */
int I2CMaster_SetDefaultTargetAddress(int fd, I2C_DeviceAddress address);

#ifdef __cplusplus
}
#endif
