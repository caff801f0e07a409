// A periodic timer on an event loop.

#pragma once

#include <applibs/eventloop.h>

typedef struct Timer Timer;

// Called at the end of every period.
typedef void TimerCallback(Timer *timer, void *context);

// Starts a timer; NULL with errno on failure.
Timer *Timer_Create(EventLoop *eventLoop, unsigned int periodMs, TimerCallback *callback, void *context);

// Changes the period; the next one begins now. -1 with errno on failure.
int Timer_SetPeriod(Timer *timer, unsigned int periodMs);

// Ends a timer. NULL is accepted.
void Timer_Destroy(Timer *timer);
