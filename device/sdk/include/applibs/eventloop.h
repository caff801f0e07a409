/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Event loop: calls back when descriptors become ready. Needs no capability. A loop belongs to the thread that runs it;
   only EventLoop_Stop may be called from another. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct EventLoop EventLoop;
typedef struct EventRegistration EventRegistration;

/* What to watch a descriptor for; bits. Errors are always reported. The values are those of EPOLLIN, EPOLLOUT, EPOLLERR. */
typedef uint32_t EventLoop_IoEvents;
enum {
    EventLoop_None = 0,
    EventLoop_Input = 1,
    EventLoop_Output = 4,
    EventLoop_Error = 8,
};

/* What became of a run. */
typedef enum {
    EventLoop_Run_Failed = -1,        /* errno says why */
    EventLoop_Run_FinishedEmpty = 0,  /* time is up, no event was handled */
    EventLoop_Run_Finished = 1,       /* at least one event was handled */
} EventLoop_Run_Result;

/* Called with the descriptor that is ready, what it is ready for, and the context of its registration. */
typedef void EventLoopIoCallback(EventLoop *el, int fd, EventLoop_IoEvents events, void *context);

/* Makes a loop; NULL with errno on failure. */
EventLoop *EventLoop_Create(void);

/* Frees a loop with its registrations; the descriptors stay open. */
void EventLoop_Close(EventLoop *el);

/* Runs the loop: for duration_in_milliseconds, until stopped when it is negative, for one ready event when it is 0;
   with process_one_event it returns after the first one. Fails with EBUSY inside a callback, EINTR when a signal
   arrived, EFAULT for NULL. */
EventLoop_Run_Result EventLoop_Run(EventLoop *el, int duration_in_milliseconds, bool process_one_event);

/* Ends the present run: at once from a callback, soon from another thread. */
int EventLoop_Stop(EventLoop *el);

/* A descriptor that is readable while the loop has work to do. */
int EventLoop_GetWaitDescriptor(EventLoop *el);

/* Watches fd. One registration per descriptor and loop (EEXIST); EBADF, EFAULT, EINVAL. NULL on failure. */
EventRegistration *EventLoop_RegisterIo(EventLoop *el, int fd, EventLoop_IoEvents eventBitmask,
                                        EventLoopIoCallback *callback, void *context);

/* Changes what a registration watches for. */
int EventLoop_ModifyIoEvents(EventLoop *el, EventRegistration *reg, EventLoop_IoEvents eventBitmask);

/* Ends a registration; a NULL registration is accepted and does nothing. */
int EventLoop_UnregisterIo(EventLoop *el, EventRegistration *reg);

#ifdef __cplusplus
}
#endif
