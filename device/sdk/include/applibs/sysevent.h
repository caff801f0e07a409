/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* System events: updates that wait, start or are put off. Needs the SystemEventNotifications capability; deferring and
   resuming need SoftwareUpdateDeferral too. */

#pragma once

#include <stdint.h>

#include <applibs/eventloop.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t SysEvent_Events;
enum {
    SysEvent_Events_None = 0,
    SysEvent_Events_UpdateReadyForInstall = 1,
    SysEvent_Events_UpdateStarted = 2,
    SysEvent_Events_NoUpdateAvailable = 4,
    SysEvent_Events_Mask = 7,
};

typedef uint32_t SysEvent_Status;
enum {
    SysEvent_Status_Invalid = 0,
    SysEvent_Status_Pending = 1,  /* can be deferred now */
    SysEvent_Status_Final = 2,    /* happens in moments */
    SysEvent_Status_Deferred = 3,
    SysEvent_Status_Complete = 4, /* of updates of apps only: an update of the system restarts the device */
};

typedef uint32_t SysEvent_UpdateType;
enum {
    SysEvent_UpdateType_Invalid = 0,
    SysEvent_UpdateType_App = 1,
    SysEvent_UpdateType_System = 2,
};

typedef struct SysEvent_Info SysEvent_Info;

typedef struct SysEvent_Info_UpdateData {
    unsigned int max_deferral_time_in_minutes; /* defined while the status is Pending */
    SysEvent_UpdateType update_type;
} SysEvent_Info_UpdateData;

typedef void SysEvent_EventsCallback(SysEvent_Events event, SysEvent_Status status, const SysEvent_Info *info, void *context);

/* Reads the details of an UpdateReadyForInstall event, inside its callback only. EFAULT, EINVAL. */
int SysEvent_Info_GetUpdateData(const SysEvent_Info *info, SysEvent_Info_UpdateData *update_info);

/* Calls back at every change of the chosen events; one registration at a time. NULL on failure. */
EventRegistration *SysEvent_RegisterForEventNotifications(EventLoop *el, SysEvent_Events eventBitmask,
                                                          SysEvent_EventsCallback *callback, void *context);
int SysEvent_UnregisterForEventNotifications(EventRegistration *reg);

/* Puts a pending event off; a longer time than allowed is cut to what is allowed. */
int SysEvent_DeferEvent(SysEvent_Events event, uint32_t requested_defer_time_in_minutes);

/* Ends a deferral early. */
int SysEvent_ResumeEvent(SysEvent_Events event);

#ifdef __cplusplus
}
#endif
