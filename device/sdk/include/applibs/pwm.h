/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Pulse width modulation. Needs the Pwm capability for the controller. These functions live in the app: they speak to
   the driver themselves. */

#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A controller (0..2) and one of its channels (0..3). Controller c, channel n is GPIO 4c + n. */
typedef unsigned int PWM_ControllerId;
typedef unsigned int PWM_ChannelId;

typedef enum {
    PWM_Polarity_Normal = 0,
    PWM_Polarity_Inversed = 1,
} PwmPolarity;

typedef struct PwmState {
    unsigned int period_nsec;
    unsigned int dutyCycle_nsec;
    PwmPolarity polarity;
    bool enabled;
} PwmState;

/* What the driver reads: 28 bytes. */
struct z__pwm_chardev_request {
    uint32_t channel;
    uint32_t period_nsec;
    uint32_t duty_nsec;
    uint32_t polarity;
    uint8_t enabled;
    uint8_t pad[3];
    uint32_t extension;
    uint32_t extension_size;
};
#define Z__PWM_APPLY_STATE _IOW(0xF7, 1, struct z__pwm_chardev_request)

/* Opens a controller. A controller that the manifest does not list has no device file: EACCES. */
static inline int PWM_Open(PWM_ControllerId pwm)
{
    char path[16];
    int fd;
    snprintf(path, sizeof(path), "/dev/pwm%u", pwm);
    fd = open(path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0 && errno == ENOENT) {
        errno = EACCES;
    }
    return fd;
}

/* Sets a channel. ENODEV for an unknown channel, EINVAL for a bad or missing state. */
static inline int PWM_Apply(int pwmFd, PWM_ChannelId pwmChannel, const PwmState *newState)
{
    struct z__pwm_chardev_request r = {.channel = pwmChannel};
    if (newState == NULL) {
        errno = EINVAL;
        return -1;
    }
    r.period_nsec = newState->period_nsec;
    r.duty_nsec = newState->dutyCycle_nsec;
    r.polarity = (uint32_t)newState->polarity;
    r.enabled = newState->enabled;
    return ioctl(pwmFd, Z__PWM_APPLY_STATE, &r);
}

#ifdef __cplusplus
}
#endif
