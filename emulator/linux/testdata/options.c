#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv)
{
    int flag = 0, o, at = -1;
    struct option longs[] = {{"name", required_argument, 0, 'n'}, {"quiet", no_argument, &flag, 5}, {"level", optional_argument, 0, 'l'}, {0, 0, 0, 0}};
    while ((o = getopt_long(argc, argv, ":abn:o::", longs, &at)) != -1) {
        printf("%d '%c' %s %d %d\n", o, o > 32 ? o : '-', optarg && (o == 'n' || o == 'l' || o == 'o') ? optarg : "-", flag, optind);
    }
    for (; optind < argc; optind++) printf("rest %s\n", argv[optind]);

    char buf[200];
    struct tm tm;
    time_t when = 1780000000;
    gmtime_r(&when, &tm);
    size_t n = strftime(buf, sizeof buf, "%Y-%m-%d %H:%M:%S %a %A %b %B %j %e %I %p %y %C %D %R %T %u %w %% %c", &tm);
    printf("%zu %s\n", n, buf);
    printf("%zu\n", strftime(buf, 5, "%Y-%m-%d", &tm));
    when = -1;
    printf("%d\n", localtime(&when)->tm_year);

    struct in_addr a;
    unsigned char six[16];
    printf("%x %x %x\n", htons(0x1234), ntohl(0x11223344), inet_addr("10.1.2.3"));
    printf("%d %s\n", inet_pton(AF_INET, "192.168.35.2", &a), inet_ntoa(a));
    printf("%d\n", inet_pton(AF_INET, "300.1.1.1", &a));
    printf("%d", inet_pton(AF_INET6, "fe80::1:0:0", six));
    printf(" %s\n", inet_ntop(AF_INET6, six, buf, sizeof buf));
    return 0;
}
