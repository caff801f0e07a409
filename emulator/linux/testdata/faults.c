// Ends in the way its argument says.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int Log_Debug(const char *, ...);

static void __attribute__((noinline)) smash(int n)
{
    char buf[8];
    memset(buf, 'A', (size_t)n);
    Log_Debug("%c\n", buf[0]);
}

int main(int argc, char **argv)
{
    char kind = argc > 1 ? argv[1][0] : 0;
    switch (kind) {
    case 'n': return *(volatile int *)(long)(argc - 2);
    case 'w': *(volatile char *)&main = 1; return 0;
    case 'a': abort();
    case 's': smash(200); return 0;
    case 'c': memcpy((void *)16, "x", 1); return 0;
    case 'u': __asm__ volatile("udf #0"); return 0;
    case 'b': __asm__ volatile("bkpt #0"); return 0;
    case 'j': ((void (*)(void))0x10)(); return 0;
    case 'f': free((void *)argv); return 0;
    case 'e': return 300;
    case 'l': for (;;) {}
    case 'r': { char big[256]; big[0] = 1; return main(argc, argv) + big[0]; }
    }
    return 0;
}
