// The device's own functions: event loop, GPIO, storage, and what they refuse.
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

typedef struct EventLoop EventLoop;
typedef struct EventRegistration EventRegistration;
typedef void Callback(EventLoop *, int, uint32_t, void *);
int Log_Debug(const char *, ...);
int Log_DebugVarArgs(const char *, va_list);
EventLoop *EventLoop_Create(void);
void EventLoop_Close(EventLoop *);
int EventLoop_Run(EventLoop *, int, bool);
int EventLoop_Stop(EventLoop *);
EventRegistration *EventLoop_RegisterIo(EventLoop *, int, uint32_t, Callback *, void *);
int EventLoop_UnregisterIo(EventLoop *, EventRegistration *);
int GPIO_OpenAsInput(int);
int GPIO_OpenAsOutput(int, uint8_t, uint8_t);
int GPIO_GetValue(int, uint8_t *);
int GPIO_SetValue(int, uint8_t);
int Storage_OpenFileInImagePackage(const char *);
char *Storage_GetAbsolutePathInImagePackage(const char *);
int Storage_OpenMutableFile(void);
int Storage_DeleteMutableFile(void);
int Application_IsDeviceAuthReady(bool *);
int Networking_IsNetworkingReady(bool *);
int I2CMaster_Open(int);

static int ticks;
static EventRegistration *reg;

static int logf_(const char *f, ...)
{
    va_list l;
    va_start(l, f);
    int r = Log_DebugVarArgs(f, l);
    va_end(l);
    return r;
}

static void tick(EventLoop *el, int fd, uint32_t events, void *context)
{
    uint64_t n;
    read(fd, &n, sizeof n);
    ticks += (int)n;
    errno = 0;
    int r = EventLoop_Run(el, 0, false);
    Log_Debug("tick %d events %u context %s nested %d %s\n", ticks, events, (const char *)context, r, strerror(errno));
    if (ticks == 3) EventLoop_Stop(el);
}

int main(void)
{
    char buf[64] = {0};
    uint8_t v = 9;
    bool ready = true;
    EventLoop *el = EventLoop_Create();
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec its = {.it_value = {.tv_nsec = 50000000}, .it_interval = {.tv_nsec = 50000000}};
    timerfd_settime(fd, 0, &its, NULL);
    reg = EventLoop_RegisterIo(el, fd, 1, tick, "ctx");
    Log_Debug("%d %s\n", EventLoop_RegisterIo(el, fd, 1, tick, NULL) == NULL, strerror(errno));
    Log_Debug("%d %s\n", EventLoop_RegisterIo(el, 77, 1, tick, NULL) == NULL, strerror(errno));
    Log_Debug("%d %s\n", EventLoop_RegisterIo(NULL, fd, 1, tick, NULL) == NULL, strerror(errno));
    Log_Debug("run 0: %d\n", EventLoop_Run(el, 0, false));
    Log_Debug("run 10: %d\n", EventLoop_Run(el, 10, false));
    Log_Debug("run one: %d ticks %d\n", EventLoop_Run(el, -1, true), ticks);
    Log_Debug("run: %d ticks %d\n", EventLoop_Run(el, -1, false), ticks);
    Log_Debug("unregister %d\n", EventLoop_UnregisterIo(el, reg));
    Log_Debug("run 100: %d\n", EventLoop_Run(el, 100, false));
    Log_Debug("null %d\n", EventLoop_UnregisterIo(el, NULL));
    EventLoop_Close(el);
    Log_Debug("closed %d %s\n", EventLoop_Run(el, 0, false), strerror(errno));

    int led = GPIO_OpenAsOutput(8, 0, 1);
    Log_Debug("led %d\n", led >= 0);
    Log_Debug("%d %s\n", GPIO_OpenAsOutput(8, 0, 1), strerror(errno));
    Log_Debug("%d %s\n", GPIO_OpenAsOutput(9, 0, 1), strerror(errno));
    Log_Debug("%d %s\n", GPIO_OpenAsInput(24), strerror(errno));
    Log_Debug("%d %s\n", GPIO_OpenAsOutput(10, 3, 1), strerror(errno));
    Log_Debug("%d %s\n", GPIO_SetValue(led, 2), strerror(errno));
    Log_Debug("%d\n", GPIO_SetValue(led, 0));
    Log_Debug("%d %d\n", GPIO_GetValue(led, &v), v);
    Log_Debug("%d %s\n", GPIO_GetValue(led, NULL), strerror(errno));
    Log_Debug("%d %s\n", GPIO_SetValue(fd, 1), strerror(errno));
    close(led);
    led = GPIO_OpenAsInput(8);
    Log_Debug("input again %d\n", led >= 0);

    int f = Storage_OpenFileInImagePackage("data/text.txt");
    int n = read(f, buf, sizeof buf - 1);
    Log_Debug("%d %s", n, buf);
    Log_Debug("%d %s\n", Storage_OpenFileInImagePackage("/data/text.txt"), strerror(errno));
    Log_Debug("%d %s\n", Storage_OpenFileInImagePackage("a/../b"), strerror(errno));
    Log_Debug("%d %s\n", Storage_OpenFileInImagePackage("none"), strerror(errno));
    char *path = Storage_GetAbsolutePathInImagePackage("data/text.txt");
    Log_Debug("%s\n", path);
    free(path);
    Log_Debug("%d %s\n", Storage_DeleteMutableFile(), strerror(errno));
    int m = Storage_OpenMutableFile();
    Log_Debug("write %d\n", (int)write(m, "persist", 7));
    lseek(m, 0, SEEK_SET);
    memset(buf, 0, sizeof buf);
    Log_Debug("read %d %s\n", (int)read(m, buf, 20), buf);
    lseek(m, 8190, SEEK_SET);
    Log_Debug("%d %s\n", (int)write(m, "too much", 8), strerror(errno));
    close(m);
    Log_Debug("delete %d\n", Storage_DeleteMutableFile());
    Log_Debug("%d %d\n", Application_IsDeviceAuthReady(&ready), ready);
    Log_Debug("%d %s\n", Networking_IsNetworkingReady(NULL), strerror(errno));
    Log_Debug("%d %s\n", I2CMaster_Open(0), strerror(errno));
    Log_Debug("%d %s\n", I2CMaster_Open(1), strerror(errno));
    logf_("varargs %d %.3f %s %lld\n", 1, 2.5, "three", 4ll);
    Log_Debug("%d %s\n", Log_Debug(NULL), strerror(errno));
    return 0;
}
