/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Analogue inputs. Needs the Adc capability for the controller. These functions live in the app: they speak to the
   driver themselves. */

#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A controller (0) and one of its channels (0..7, GPIO 41..48). */
typedef unsigned int ADC_ControllerId;
typedef unsigned int ADC_ChannelId;

/* What the driver reads and writes. */
struct z__iio_spec_size {
    uint32_t size;
    int32_t channel;
    uint32_t total_size;
};
struct z__iio_spec_request {
    uint32_t size;
    uint32_t total_size;
    int32_t channel;
    void *spec; /* out: where in the caller's buffer the channel's description is */
};
struct z__iio_read_request {
    uint32_t size;
    int32_t channel;
    int32_t value;
    int32_t value2;
    uint32_t mask; /* 0: raw */
};
struct z__iio_ext_info_request {
    uint32_t size;
    uint32_t channel;
    uint32_t info_index;
    char *buffer;
    uint32_t length;
};
struct z__iio_ext_info {
    uint32_t size;
    struct z__iio_ext_info *next;
    const char *name;
    uint32_t shared;
};
#define Z__IIO_SPEC_SIZE _IOWR('i', 0xD2, struct z__iio_spec_size)
#define Z__IIO_SPEC _IOWR('i', 0xD3, struct z__iio_spec_request)
#define Z__IIO_READ_RAW _IOWR('i', 0xD4, struct z__iio_read_request)
#define Z__IIO_READ_EXT_INFO _IOWR('i', 0xD6, struct z__iio_ext_info_request)
#define Z__IIO_WRITE_EXT_INFO _IOWR('i', 0xD7, struct z__iio_ext_info_request)
#define Z__IIO_SPEC_EXT_INFO_OFFSET 60 /* of the list's head in a channel's description of 76 bytes */

/* Position of a named property in a channel's list, or -1 with errno. */
static inline int z__ADC_FindProperty(int fd, ADC_ChannelId channel, const char *name)
{
    struct z__iio_spec_size s = {.size = sizeof(s), .channel = (int32_t)channel};
    struct z__iio_spec_request r = {.size = sizeof(r), .channel = (int32_t)channel};
    const struct z__iio_ext_info *e;
    void *buffer;
    int i = 0, found = -1;
    if (ioctl(fd, Z__IIO_SPEC_SIZE, &s) < 0) {
        return -1;
    }
    if (s.total_size < Z__IIO_SPEC_EXT_INFO_OFFSET + sizeof(e)) {
        errno = EINVAL;
        return -1;
    }
    buffer = malloc(s.total_size);
    if (buffer == NULL) {
        return -1;
    }
    r.total_size = s.total_size;
    r.spec = buffer;
    if (ioctl(fd, Z__IIO_SPEC, &r) == 0) {
        memcpy(&e, (const char *)r.spec + Z__IIO_SPEC_EXT_INFO_OFFSET, sizeof(e));
        for (; e != NULL && found < 0; e = e->next, i++) {
            if (strcmp(e->name, name) == 0) {
                found = i;
            }
        }
        if (found < 0) {
            errno = ENOENT;
        }
    }
    free(buffer);
    return found;
}

/* Opens a controller. A controller that the manifest does not list has no device file: EACCES. */
static inline int ADC_Open(ADC_ControllerId id)
{
    char path[16];
    int fd;
    snprintf(path, sizeof(path), "/dev/adc%u", id);
    fd = open(path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0 && errno == ENOENT) {
        errno = EACCES;
    }
    return fd;
}

/* Resolution of a channel in bits, or -1. */
static inline int ADC_GetSampleBitCount(int fd, ADC_ChannelId channel)
{
    char text[12] = "";
    struct z__iio_ext_info_request r = {.size = sizeof(r), .channel = channel, .buffer = text, .length = sizeof(text)};
    int bits, i = z__ADC_FindProperty(fd, channel, "current_bits");
    if (i < 0) {
        return -1;
    }
    r.info_index = (uint32_t)i;
    if (ioctl(fd, Z__IIO_READ_EXT_INFO, &r) < 0) {
        return -1;
    }
    text[sizeof(text) - 1] = 0;
    bits = (int)strtol(text, NULL, 10);
    if (bits < 1 || bits > 32) {
        errno = EINVAL;
        return -1;
    }
    return bits;
}

/* The voltage that stands for the largest sample. EINVAL when it is out of range. */
static inline int ADC_SetReferenceVoltage(int fd, ADC_ChannelId channel, float referenceVoltage)
{
    char text[64];
    struct z__iio_ext_info_request r = {.size = sizeof(r), .channel = channel, .buffer = text};
    int i = z__ADC_FindProperty(fd, channel, "reference_voltage");
    if (i < 0) {
        return -1;
    }
    r.info_index = (uint32_t)i;
    r.length = (uint32_t)snprintf(text, sizeof(text), "%f", (double)referenceVoltage) + 1;
    return ioctl(fd, Z__IIO_WRITE_EXT_INFO, &r) < 0 ? -1 : 0;
}

/* Takes one sample, 0 .. 2^bits - 1. */
static inline int ADC_Poll(int fd, ADC_ChannelId channel, uint32_t *outSampleValue)
{
    struct z__iio_read_request r = {.size = sizeof(r), .channel = (int32_t)channel};
    if (outSampleValue == NULL) {
        errno = EFAULT;
        return -1;
    }
    if (ioctl(fd, Z__IIO_READ_RAW, &r) < 0) {
        return -1;
    }
    *outSampleValue = (uint32_t)r.value;
    return 0;
}

#ifdef __cplusplus
}
#endif
