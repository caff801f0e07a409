#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static int slot, full;
static long counter;

static void *producer(void *arg)
{
    for (int i = 1; i <= 50; i++) {
        pthread_mutex_lock(&lock);
        while (full) pthread_cond_wait(&emptied, &lock);
        slot = i;
        full = 1;
        pthread_cond_signal(&filled);
        pthread_mutex_unlock(&lock);
    }
    return arg;
}

static void *adder(void *arg)
{
    int *own = &errno;
    errno = (int)(long)arg;
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
    }
    return (void *)(long)(own == &errno && errno == (int)(long)arg);
}

int main(void)
{
    pthread_t t, a[3];
    void *result;
    long sum = 0;
    pthread_create(&t, NULL, producer, (void *)77);
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&lock);
        while (!full) pthread_cond_wait(&filled, &lock);
        sum += slot;
        full = 0;
        pthread_cond_signal(&emptied);
        pthread_mutex_unlock(&lock);
    }
    pthread_join(t, &result);
    printf("sum %ld result %ld\n", sum, (long)result);
    for (int i = 0; i < 3; i++) pthread_create(&a[i], NULL, adder, (void *)(long)(i + 1));
    long good = 0;
    for (int i = 0; i < 3; i++) {
        pthread_join(a[i], &result);
        good += (long)result;
    }
    printf("counter %ld own errno %ld\n", counter, good);
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += 30000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&lock);
    int e = pthread_cond_timedwait(&filled, &lock, &at);
    printf("timed out %d\n", e == ETIMEDOUT);
    printf("busy %d\n", pthread_mutex_trylock(&lock) == EBUSY);
    pthread_mutex_unlock(&lock);
    pthread_mutex_t again;
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&again, &attr);
    printf("%d %d\n", pthread_mutex_lock(&again), pthread_mutex_lock(&again));
    return 0;
}
