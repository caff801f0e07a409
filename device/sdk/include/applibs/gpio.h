/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Digital pins. The manifest's Gpio capability has to list the pin, else EACCES. What the open functions return is an
   ordinary descriptor: close it with close(). */

#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A pin by its manifest number: 0..23, 26..48, 56..75, 80 on the MT3620. */
typedef int GPIO_Id;

/* Level of a pin. */
typedef uint8_t GPIO_Value_Type;
typedef enum {
    GPIO_Value_Low = 0,
    GPIO_Value_High = 1,
} GPIO_Value;

/* How an output drives its pin. */
typedef uint8_t GPIO_OutputMode_Type;
typedef enum {
    GPIO_OutputMode_PushPull = 0,
    GPIO_OutputMode_OpenDrain = 1,
    GPIO_OutputMode_OpenSource = 2,
} GPIO_OutputMode;

/* Opens a pin for reading. -1 with EACCES (not in the manifest), EBUSY (open already) or ENODEV (no such pin). */
int GPIO_OpenAsInput(GPIO_Id gpioId);

/* Opens a pin for driving and sets its first level. Errors as above, and EINVAL for a bad mode or level. */
int GPIO_OpenAsOutput(GPIO_Id gpioId, GPIO_OutputMode_Type outputMode, GPIO_Value_Type initialValue);

/* Reads the level on the line, of an output too. -1 with EBADF or EFAULT. */
int GPIO_GetValue(int gpioFd, GPIO_Value_Type *outValue);

/* Drives the line; without effect on an input. -1 with EBADF or EINVAL. */
int GPIO_SetValue(int gpioFd, GPIO_Value_Type value);

#ifdef __cplusplus
}
#endif
