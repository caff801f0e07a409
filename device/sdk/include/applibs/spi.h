/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* SPI as the bus master, half duplex. Needs the SpiMaster capability for the interface, else EACCES. Structures carry a
   mark with their version in the first word: initialise them with the Init functions. */

#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An interface: MT3620_ISUn_SPI is n. A chip select: MT3620_SPI_CS_A is -1, MT3620_SPI_CS_B is -2. */
typedef int SPI_InterfaceId;
typedef int SPI_ChipSelectId;

typedef uint32_t SPI_Mode;
enum {
    SPI_Mode_Invalid = 0,
    SPI_Mode_0 = 1, /* idle low, sample on the first edge */
    SPI_Mode_1 = 2, /* idle low, sample on the second edge */
    SPI_Mode_2 = 3, /* idle high, sample on the first edge */
    SPI_Mode_3 = 4, /* idle high, sample on the second edge */
};

typedef uint32_t SPI_BitOrder;
enum {
    SPI_BitOrder_Invalid = 0,
    SPI_BitOrder_LsbFirst = 1,
    SPI_BitOrder_MsbFirst = 2,
};

typedef uint32_t SPI_ChipSelectPolarity;
enum {
    SPI_ChipSelectPolarity_Invalid = 0,
    SPI_ChipSelectPolarity_ActiveLow = 1,
    SPI_ChipSelectPolarity_ActiveHigh = 2,
};

/* Direction of one transfer: one of the two, never both. */
typedef uint32_t SPI_TransferFlags;
enum {
    SPI_TransferFlags_None = 0,
    SPI_TransferFlags_Read = 1,
    SPI_TransferFlags_Write = 2,
};

/* Transfers in one call. */
#define SPI_MASTER_MAX_TRANSFERS 256

struct z__SPIMaster_Config_Base {
    uint32_t z__magicAndVersion;
};
struct z__SPIMaster_Config_v1 {
    uint32_t z__magicAndVersion;
    SPI_ChipSelectPolarity csPolarity;
};
typedef struct z__SPIMaster_Config_Base z__SPIMaster_Config_Base;
typedef struct z__SPIMaster_Config_v1 SPIMaster_Config;

struct z__SPIMaster_Transfer_Base {
    uint32_t z__magicAndVersion;
};
struct z__SPIMaster_Transfer_v1 {
    uint32_t z__magicAndVersion;
    SPI_TransferFlags flags;
    const uint8_t *writeData;
    uint8_t *readData;
    size_t length;
};
typedef struct z__SPIMaster_Transfer_Base z__SPIMaster_Transfer_Base;
typedef struct z__SPIMaster_Transfer_v1 SPIMaster_Transfer;

int z__SPIMaster_InitConfig(z__SPIMaster_Config_Base *config, uint32_t version);
int z__SPIMaster_Open(SPI_InterfaceId interfaceId, SPI_ChipSelectId chipSelectId, const z__SPIMaster_Config_Base *config);
int z__SPIMaster_InitTransfers(z__SPIMaster_Transfer_Base *transfers, size_t count, uint32_t version);
ssize_t z__SPIMaster_TransferSequential(int fd, const z__SPIMaster_Transfer_Base *transfers, size_t count, uint32_t version);

/* Fills in the defaults: chip select active low. */
static inline int SPIMaster_InitConfig(SPIMaster_Config *config)
{
    return z__SPIMaster_InitConfig((z__SPIMaster_Config_Base *)config, 1);
}

/* Opens an interface with a chip select for this app alone; mode 0, most significant bit first. */
static inline int SPIMaster_Open(SPI_InterfaceId interfaceId, SPI_ChipSelectId chipSelectId, const SPIMaster_Config *config)
{
    return z__SPIMaster_Open(interfaceId, chipSelectId, (const z__SPIMaster_Config_Base *)config);
}

/* The highest clock rate; the real one may be lower. */
int SPIMaster_SetBusSpeed(int fd, uint32_t speedInHz);
int SPIMaster_SetMode(int fd, SPI_Mode mode);
int SPIMaster_SetBitOrder(int fd, SPI_BitOrder order);

/* Fills in defaults for an array of transfers. */
static inline int SPIMaster_InitTransfers(SPIMaster_Transfer *transfers, size_t count)
{
    return z__SPIMaster_InitTransfers((z__SPIMaster_Transfer_Base *)transfers, count, 1);
}

/* Runs transfers one after the other under one chip select; returns the bytes moved. */
static inline ssize_t SPIMaster_TransferSequential(int fd, const SPIMaster_Transfer *transfers, size_t count)
{
    return z__SPIMaster_TransferSequential(fd, (const z__SPIMaster_Transfer_Base *)transfers, count, 1);
}

/* Writes, then reads, under one chip select. EFAULT for a NULL buffer, EINVAL for a length of zero. */
static inline ssize_t SPIMaster_WriteThenRead(int fd, const uint8_t *writeData, size_t lenWriteData, uint8_t *readData,
                                              size_t lenReadData)
{
    SPIMaster_Transfer t[2];
    if (writeData == NULL || readData == NULL) {
        errno = EFAULT;
        return -1;
    }
    if (lenWriteData == 0 || lenReadData == 0) {
        errno = EINVAL;
        return -1;
    }
    if (SPIMaster_InitTransfers(t, 2) != 0) {
        return -1;
    }
    t[0].flags = SPI_TransferFlags_Write;
    t[0].writeData = writeData;
    t[0].length = lenWriteData;
    t[1].flags = SPI_TransferFlags_Read;
    t[1].readData = readData;
    t[1].length = lenReadData;
    return SPIMaster_TransferSequential(fd, t, 2);
}

#ifdef __cplusplus
}
#endif
