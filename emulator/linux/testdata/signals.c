#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int seen, depth;
static volatile double kept;

static void plain(int sig) { seen += sig; }

static void detailed(int sig, siginfo_t *info, void *context)
{
    (void)context;
    seen += 100;
    kept = kept * 1.5; // the interrupted code's registers have to survive this
    printf("signal %d from %d is self: %d\n", sig, info->si_code == SI_TKILL, info->si_pid == getpid());
}

static void nested(int sig)
{
    depth++;
    if (depth < 4) {
        raise(sig == SIGUSR1 ? SIGUSR2 : SIGUSR1);
    }
    printf("depth %d signal %d\n", depth, sig);
}

static int ends[2];

static void feed(int sig)
{
    seen += sig;
    write(ends[1], "fed", 3);
}

static void restart(void)
{
    char buf[8] = {0};
    struct sigaction a = {.sa_handler = feed, .sa_flags = SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec soon = {.it_value = {.tv_nsec = 20000000}};
    timer_t timer;
    pipe(ends);
    sigaction(SIGUSR1, &a, NULL);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &soon, NULL);
    ssize_t n = read(ends[0], buf, sizeof buf); // made again after the handler, which has filled the pipe
    printf("restarted %zd %s\n", n, buf);
    a.sa_flags = 0;
    a.sa_handler = plain;
    sigaction(SIGUSR1, &a, NULL);
    timer_settime(timer, 0, &soon, NULL);
    errno = 0;
    n = read(ends[0], buf, sizeof buf);
    printf("interrupted %zd %d\n", n, errno == EINTR);
    timer_delete(timer);
}

int main(void)
{
    struct sigaction a, old;
    restart();
    seen = 0;
    memset(&a, 0, sizeof a);
    a.sa_handler = plain;
    printf("%d\n", sigaction(SIGTERM, &a, &old));
    printf("%d\n", old.sa_handler == SIG_DFL);
    raise(SIGTERM);
    printf("seen %d\n", seen);

    a.sa_sigaction = detailed;
    a.sa_flags = SA_SIGINFO;
    sigaction(SIGUSR1, &a, NULL);
    kept = 2;
    raise(SIGUSR1);
    printf("seen %d kept %g\n", seen, kept);

    a.sa_handler = nested;
    a.sa_flags = SA_NODEFER;
    sigaction(SIGUSR1, &a, NULL);
    sigaction(SIGUSR2, &a, NULL);
    raise(SIGUSR1);

    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, &before);
    raise(SIGTERM);
    printf("blocked: %d\n", seen);
    sigprocmask(SIG_SETMASK, &before, NULL);
    printf("let in: %d\n", seen);

    timer_t timer;
    struct itimerspec soon = {.it_value = {.tv_nsec = 20000000}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM};
    printf("%d\n", timer_create(CLOCK_MONOTONIC, &event, &timer));
    printf("%d\n", timer_settime(timer, 0, &soon, NULL));
    struct timespec nap = {.tv_sec = 5}, left;
    errno = 0;
    int r = nanosleep(&nap, &left);
    printf("%d %d %d\n", r, errno == EINTR, left.tv_sec == 4);

    signal(SIGTERM, SIG_IGN);
    raise(SIGTERM);
    printf("ignored\n");
    printf("%d %d\n", sigaction(SIGKILL, &a, NULL), errno == EINVAL);
    signal(SIGTERM, SIG_DFL);
    fflush(stdout);
    raise(SIGTERM);
    printf("not reached\n");
    return 0;
}
