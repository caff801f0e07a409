#include "timer.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct Timer {
    EventLoop *eventLoop;
    EventRegistration *registration;
    int fd;
    TimerCallback *callback;
    void *context;
};

static void OnExpired(EventLoop *el, int fd, EventLoop_IoEvents events, void *context)
{
    Timer *timer = context;
    uint64_t expirations;
    (void)el;
    (void)events;
    if (read(fd, &expirations, sizeof(expirations)) == sizeof(expirations)) {
        timer->callback(timer, timer->context);
    }
}

Timer *Timer_Create(EventLoop *eventLoop, unsigned int periodMs, TimerCallback *callback, void *context)
{
    Timer *timer = malloc(sizeof(*timer));
    if (timer == NULL) {
        return NULL;
    }
    timer->eventLoop = eventLoop;
    timer->registration = NULL;
    timer->callback = callback;
    timer->context = context;
    timer->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    if (timer->fd < 0 || Timer_SetPeriod(timer, periodMs) != 0) {
        Timer_Destroy(timer);
        return NULL;
    }
    timer->registration = EventLoop_RegisterIo(eventLoop, timer->fd, EventLoop_Input, OnExpired, timer);
    if (timer->registration == NULL) {
        Timer_Destroy(timer);
        return NULL;
    }
    return timer;
}

int Timer_SetPeriod(Timer *timer, unsigned int periodMs)
{
    struct itimerspec spec;
    spec.it_value.tv_sec = periodMs / 1000;
    spec.it_value.tv_nsec = (long)(periodMs % 1000) * 1000000;
    spec.it_interval = spec.it_value;
    return timerfd_settime(timer->fd, 0, &spec, NULL);
}

void Timer_Destroy(Timer *timer)
{
    if (timer == NULL) {
        return;
    }
    EventLoop_UnregisterIo(timer->eventLoop, timer->registration);
    if (timer->fd >= 0) {
        close(timer->fd);
    }
    free(timer);
}
