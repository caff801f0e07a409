// A small libapplibs.so.0 for running apps under qemu-arm with musl: an oracle for tests, not an emulated device.
// Log_Debug writes to standard output. Pins are variables; HOST_GPIO lists those that may be opened ("8,12,13"), a
// button press is scripted by HOST_PRESS "PIN@READ[,...]": at its READ-th reading, from 0, the pin is low.

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <applibs/eventloop.h>
#include <applibs/gpio.h>
#include <applibs/log.h>

int Log_DebugVarArgs(const char *fmt, va_list args)
{
    return vdprintf(1, fmt, args) < 0 ? -1 : 0;
}

int Log_Debug(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int result = Log_DebugVarArgs(fmt, args);
    va_end(args);
    return result;
}

#define PINS 81
static struct {
    int fd;
    GPIO_Value_Type level;
    unsigned int reads;
} pins[PINS];

static bool Listed(const char *list, int pin, const char *suffix)
{
    char want[32];
    snprintf(want, sizeof(want), ",%d%s,", pin, suffix);
    char all[256];
    snprintf(all, sizeof(all), ",%s,", list ? list : "");
    return strstr(all, want) != NULL;
}

static int OpenPin(GPIO_Id id, GPIO_Value_Type level)
{
    if (id < 0 || id >= PINS) {
        errno = ENODEV;
        return -1;
    }
    if (!Listed(getenv("HOST_GPIO"), id, "")) {
        errno = EACCES;
        return -1;
    }
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        pins[id].fd = fd;
        pins[id].level = level;
        pins[id].reads = 0;
    }
    return fd;
}

static int PinOf(int fd)
{
    for (int i = 0; i < PINS; i++) {
        if (fd > 0 && pins[i].fd == fd) {
            return i;
        }
    }
    errno = EBADF;
    return -1;
}

int GPIO_OpenAsInput(GPIO_Id id)
{
    return OpenPin(id, GPIO_Value_High);
}

int GPIO_OpenAsOutput(GPIO_Id id, GPIO_OutputMode_Type mode, GPIO_Value_Type level)
{
    if (mode > GPIO_OutputMode_OpenSource || level > GPIO_Value_High) {
        errno = EINVAL;
        return -1;
    }
    return OpenPin(id, level);
}

int GPIO_GetValue(int fd, GPIO_Value_Type *out)
{
    int pin = PinOf(fd);
    if (pin < 0) {
        return -1;
    }
    char at[16];
    snprintf(at, sizeof(at), "@%u", pins[pin].reads++);
    *out = Listed(getenv("HOST_PRESS"), pin, at) ? GPIO_Value_Low : pins[pin].level;
    return 0;
}

int GPIO_SetValue(int fd, GPIO_Value_Type level)
{
    int pin = PinOf(fd);
    if (pin < 0) {
        return -1;
    }
    pins[pin].level = level;
    return 0;
}

struct EventRegistration {
    int fd;
    EventLoopIoCallback *callback;
    void *context;
};

struct EventLoop {
    int epoll;
    bool stop;
};

EventLoop *EventLoop_Create(void)
{
    EventLoop *el = calloc(1, sizeof(*el));
    if (el != NULL && (el->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) {
        free(el);
        el = NULL;
    }
    return el;
}

void EventLoop_Close(EventLoop *el)
{
    close(el->epoll);
    free(el);
}

EventRegistration *EventLoop_RegisterIo(EventLoop *el, int fd, EventLoop_IoEvents events, EventLoopIoCallback *callback, void *context)
{
    EventRegistration *reg = malloc(sizeof(*reg));
    if (reg == NULL) {
        return NULL;
    }
    *reg = (EventRegistration){fd, callback, context};
    struct epoll_event e = {.events = events, .data.ptr = reg};
    if (epoll_ctl(el->epoll, EPOLL_CTL_ADD, fd, &e) != 0) {
        free(reg);
        return NULL;
    }
    return reg;
}

int EventLoop_UnregisterIo(EventLoop *el, EventRegistration *reg)
{
    if (reg != NULL) {
        epoll_ctl(el->epoll, EPOLL_CTL_DEL, reg->fd, NULL);
        free(reg);
    }
    return 0;
}

int EventLoop_Stop(EventLoop *el)
{
    el->stop = true;
    return 0;
}

EventLoop_Run_Result EventLoop_Run(EventLoop *el, int duration, bool one)
{
    EventLoop_Run_Result result = EventLoop_Run_FinishedEmpty;
    for (el->stop = false; !el->stop;) {
        struct epoll_event e;
        int n = epoll_wait(el->epoll, &e, 1, duration);
        if (n < 0) {
            return EventLoop_Run_Failed;
        }
        if (n == 0) {
            return result;
        }
        EventRegistration *reg = e.data.ptr;
        reg->callback(el, reg->fd, e.events, reg->context);
        result = EventLoop_Run_Finished;
        if (one || duration == 0) {
            break;
        }
    }
    return result;
}
