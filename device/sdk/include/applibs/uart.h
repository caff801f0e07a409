/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Serial ports. Needs the Uart capability for the port, else EACCES. Use read(), write() and the event loop on the
   descriptor. The configuration carries a mark with its version: initialise it with UART_InitConfig. */

#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A port: MT3620_ISUn_UART is 4 + n. */
typedef int UART_Id;

typedef uint32_t UART_BaudRate_Type;

typedef uint8_t UART_BlockingMode_Type;
enum {
    UART_BlockingMode_NonBlocking = 0,
};

typedef uint8_t UART_DataBits_Type;
enum {
    UART_DataBits_Five = 5,
    UART_DataBits_Six = 6,
    UART_DataBits_Seven = 7,
    UART_DataBits_Eight = 8,
};

typedef uint8_t UART_Parity_Type;
enum {
    UART_Parity_None = 0,
    UART_Parity_Even = 1,
    UART_Parity_Odd = 2,
};

typedef uint8_t UART_StopBits_Type;
enum {
    UART_StopBits_One = 1,
    UART_StopBits_Two = 2,
};

typedef uint8_t UART_FlowControl_Type;
enum {
    UART_FlowControl_None = 0,
    UART_FlowControl_RTSCTS = 1,
    UART_FlowControl_XONXOFF = 2,
};

struct z__UART_Config_Base {
    uint32_t z__magicAndVersion;
};
struct z__UART_Config_v1 {
    uint32_t z__magicAndVersion;
    UART_BaudRate_Type baudRate;
    UART_BlockingMode_Type blockingMode;
    UART_DataBits_Type dataBits;
    UART_Parity_Type parity;
    UART_StopBits_Type stopBits;
    UART_FlowControl_Type flowControl;
};
typedef struct z__UART_Config_Base z__UART_Config_Base;
typedef struct z__UART_Config_v1 UART_Config;

int z__UART_InitConfig(z__UART_Config_Base *uartConfig, uint32_t version);
int z__UART_Open(UART_Id uartId, const z__UART_Config_Base *uartConfig);

/* Fills in the defaults. */
static inline void UART_InitConfig(UART_Config *uartConfig)
{
    z__UART_InitConfig((z__UART_Config_Base *)uartConfig, 1);
}

/* Opens a port for this app alone. -1 with EACCES, EBUSY, EFAULT, EINVAL (bad configuration) or ENODEV. */
static inline int UART_Open(UART_Id uartId, const UART_Config *uartConfig)
{
    return z__UART_Open(uartId, (const z__UART_Config_Base *)uartConfig);
}

#ifdef __cplusplus
}
#endif
