/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Restarting, powering down, and the processor's pace. Needs the PowerControls capability with ForceReboot,
   ForcePowerDown or SetPowerProfile, else EACCES. */

#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t z__PowerManagement_System_PowerState;
enum {
    z__PowerManagement_System_PowerState_Reboot = 0,
    z__PowerManagement_System_PowerState_PowerDown = 1,
};
struct z__PowerManagement_PowerDownStateTransitionParams {
    unsigned int maximum_residency_in_seconds;
};
int z__PowerManagement_TransitionToSystemPowerState(z__PowerManagement_System_PowerState state, void *params);

/* Starts a restart and returns. Every app gets SIGTERM, perhaps before this returns. */
static inline int PowerManagement_ForceSystemReboot(void)
{
    return z__PowerManagement_TransitionToSystemPowerState(z__PowerManagement_System_PowerState_Reboot, NULL);
}

/* Starts a power-down of at most the given seconds; the wake-up pin or the system may end it sooner. */
static inline int PowerManagement_ForceSystemPowerDown(unsigned int maximum_residency_in_seconds)
{
    struct z__PowerManagement_PowerDownStateTransitionParams p = {maximum_residency_in_seconds};
    return z__PowerManagement_TransitionToSystemPowerState(z__PowerManagement_System_PowerState_PowerDown, &p);
}

typedef uint32_t PowerManagement_System_PowerProfile;
enum {
    PowerManagement_System_PowerSaver = 0,
    PowerManagement_System_Balanced = 1,
    PowerManagement_System_HighPerformance = 2,
};

/* What the frequency driver reads: 20 bytes. */
struct z__cpufreq_request {
    uint32_t cpu;
    char governor[16];
};
#define Z__CPUFREQ_SET_GOVERNOR _IOW('p', 10, struct z__cpufreq_request)

static inline int PowerManagement_CpufreqOpen(void)
{
    int fd = open("/dev/cpufreq", O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0 && errno == ENOENT) {
        errno = EACCES;
    }
    return fd;
}

/* Chooses between long battery life and speed. EINVAL for another profile. */
static inline int PowerManagement_SetSystemPowerProfile(PowerManagement_System_PowerProfile profile)
{
    static const char *const governors[] = {"conservative", "ondemand", "performance"};
    struct z__cpufreq_request r = {0};
    int fd, result;
    if (profile > PowerManagement_System_HighPerformance) {
        errno = EINVAL;
        return -1;
    }
    strncpy(r.governor, governors[profile], sizeof(r.governor) - 1);
    fd = PowerManagement_CpufreqOpen();
    if (fd < 0) {
        return -1;
    }
    result = ioctl(fd, Z__CPUFREQ_SET_GOVERNOR, &r);
    close(fd);
    return result;
}

#ifdef __cplusplus
}
#endif
