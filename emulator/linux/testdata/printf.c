// Formats: whatever runs this, the lines have to be those of musl.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    char small[8];
    int n, at = 0;
    printf("[%d|%i|%u|%x|%X|%o|%c|%s|%%]\n", -5, 7, 4000000000u, 48879, 48879, 8, 'z', "text");
    printf("[%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-8.3d|]\n", 42, 42, 42, 42, 42, 7, 7, 7);
    printf("[%#x|%#o|%#X|%p|%p]\n", 255, 8, 255, (void *)0x1234, (void *)0);
    printf("[%lld|%llu|%llx|%hhd|%hd|%ld|%zu|%jd]\n", -123456789012345ll, 18446744073709551615ull, 0x123456789abcdefull, 300, 70000, -1l, sizeof small, (long long)5);
    printf("[%s|%10s|%-10s|%.2s|%.*s|%*s]\n", "abc", "abc", "abc", "abc", 1, "abc", 6, "abc");
    printf("[%f|%.2f|%.0f|%#.0f|%10.3f|%-10.3f|%+.1f|%010.2f]\n", 3.14159265358979, 2.675, 0.5, 1.0, 1.5, 1.5, 2.0, -1.25);
    printf("[%e|%.3E|%g|%G|%g|%g|%g|%#g|%.10g]\n", 12345.678, 0.00012, 0.0001, 1e-10, 1e15, 100000.0, 1e6, 1.0, 1.0 / 3);
    printf("[%a|%A|%.2a|%a]\n", 1.0, 0.1, 3.999, 0.0);
    printf("[%f|%F|%e|%08f|%-8f|]\n", INFINITY, -INFINITY, NAN, INFINITY, NAN);
    printf("[%.20f|%.0e|%.15g|%.17g]\n", 0.1, 15000.0, 0.1, 0.1);
    printf("%d %lld %d %f %d %f\n", 1, 2ll, 3, 4.5, 6, 7.25); // registers, alignment, stack
    n = snprintf(small, sizeof small, "%s", "longer than that");
    printf("%d %s\n", n, small);
    printf("%s%n\n", "count", &at);
    printf("%d\n", at);
    n = snprintf(NULL, 0, "%d", 12345);
    printf("%d\n", n);
    errno = EACCES;
    printf("%m\n");
    puts("put");
    fputs("no newline", stdout);
    putchar('\n');
    fflush(stdout);
    return 0;
}
