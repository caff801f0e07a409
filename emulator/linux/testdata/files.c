#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <stdint.h>

static int before, after;
__attribute__((constructor)) static void early(void) { before = 1; }
__attribute__((destructor)) static void late(void) { printf("destructor\n"); }
static void atEnd(void) { printf("atexit %d\n", after); }

static uint64_t value(int fd)
{
    uint64_t v = 0;
    if (read(fd, &v, sizeof v) != sizeof v) return (uint64_t)-1;
    return v;
}

int main(int argc, char **argv)
{
    char buf[64] = {0};
    int p[2];
    printf("constructor %d argc %d %s\n", before, argc, argc > 1 ? argv[1] : "-");
    atexit(atEnd);
    printf("pipe %d\n", pipe(p));
    printf("%zd\n", write(p[1], "hello", 5));
    printf("%zd %s\n", read(p[0], buf, sizeof buf), buf);
    int copy = dup(p[1]);
    close(p[1]);
    printf("%zd\n", write(copy, "again", 5));
    close(copy);
    printf("%zd", read(p[0], buf, 3));
    printf(" %zd", read(p[0], buf, 3));
    printf(" %zd\n", read(p[0], buf, 3));
    errno = 0;
    printf("%zd %d\n", read(99, buf, 1), errno == EBADF);
    printf("%d %d\n", open("/no/such/file", O_RDONLY), errno == ENOENT);
    int zero = open("/dev/zero", O_RDONLY);
    buf[0] = 'x';
    printf("%zd %d\n", read(zero, buf, 4), buf[0]);

    int ev = eventfd(3, EFD_NONBLOCK), ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = 7}, got[4];
    printf("%d\n", epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e));
    printf("%d %d\n", epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e), errno == EEXIST);
    printf("%d", epoll_wait(ep, got, 4, 0));
    printf(" %u %u\n", got[0].data.u32, got[0].events);
    printf("%llu\n", (unsigned long long)value(ev));
    printf("%d %d\n", epoll_wait(ep, got, 4, 5), value(ev) == (uint64_t)-1 && errno == EAGAIN);

    int tm = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec its = {.it_value = {.tv_nsec = 10000000}, .it_interval = {.tv_nsec = 10000000}};
    printf("%d\n", timerfd_settime(tm, 0, &its, NULL));
    struct timespec a, b, nap = {.tv_nsec = 35000000};
    clock_gettime(CLOCK_MONOTONIC, &a);
    nanosleep(&nap, NULL);
    clock_gettime(CLOCK_MONOTONIC, &b);
    long ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
    printf("slept enough %d, expirations %d\n", ms >= 35, value(tm) >= 3);
    struct pollfd pf = {.fd = tm, .events = POLLIN};
    printf("%d", poll(&pf, 1, 1000));
    printf(" %d\n", pf.revents);
    e.data.u32 = 9;
    epoll_ctl(ep, EPOLL_CTL_ADD, tm, &e);
    printf("%d", epoll_wait(ep, got, 4, -1));
    printf(" %u\n", got[0].data.u32);
    printf("%d %d\n", fcntl(ev, F_GETFL) & O_NONBLOCK ? 1 : 0, lseek(p[0], 0, SEEK_SET) == -1 && errno == ESPIPE);
    after = 2;
    exit(3);
}
