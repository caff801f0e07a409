#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int sign(int v) { return (v > 0) - (v < 0); }

int main(void)
{
    char buf[64], *end, *save;
    const char *text = "the quick brown fox";
    strcpy(buf, "one");
    strcat(buf, ",two");
    strncat(buf, ",three and more", 6);
    printf("%s %zu %zu\n", buf, strlen(buf), strnlen(buf, 5));
    memset(buf + 20, 'x', 5);
    strncpy(buf + 20, "ab", 4);
    printf("%d %d %c\n", buf[22], buf[23], buf[24]);
    memmove(buf + 1, buf, 5);
    printf("%s\n", buf);
    printf("%d %d %d %d\n", sign(strcmp("a", "b")), sign(strcmp("b", "a")), strcmp("same", "same"), sign(strcmp("a", "ab")));
    printf("%d %d %d %d\n", strncmp("abcd", "abce", 3), sign(strncasecmp("ABC", "abd", 3)), strcasecmp("HeLLo", "hEllO"), sign(memcmp("a\0b", "a\0c", 3)));
    printf("%s|%s|%s|%s\n", strchr(text, 'q'), strrchr(text, 'o'), strstr(text, "brown"), strpbrk(text, "xyz"));
    printf("%d %d\n", strchr(text, '!') == NULL, *strchr(text, 0));
    printf("%zu %zu %d\n", strspn(text, "the "), strcspn(text, "q"), memchr(text, 'k', 19) == text + 8);
    strcpy(buf, "  a, b,,c ");
    for (char *t = strtok(buf, " ,"); t; t = strtok(NULL, " ,")) printf("<%s>", t);
    strcpy(buf, "k=v;x=y");
    for (char *t = strtok_r(buf, ";", &save); t; t = strtok_r(NULL, ";", &save)) printf("<%s>", t);
    printf("\n");
    const char *numbers[] = {"42", "  -17xyz", "0x1F", "077", "+5", "", "abc", "99999999999", "-99999999999", "0x", "08", "2147483648"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        errno = 0;
        long v = strtol(numbers[i], &end, 0);
        printf("%ld %td %d|", v, end - numbers[i], errno);
        errno = 0;
        unsigned long u = strtoul(numbers[i], &end, 10);
        printf("%lu %td %d|", u, end - numbers[i], errno);
        errno = 0;
        long long w = strtoll(numbers[i], &end, 16);
        printf("%lld %td %d|%d\n", w, end - numbers[i], errno, atoi(numbers[i]));
    }
    const char *floats[] = {"3.14", " -2.5e3xyz", "1e400", "nan", "infinity", ".5", "5.", ".", "0x1.8p1", "1e", "1e+", "-0"};
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        errno = 0;
        double d = strtod(floats[i], &end);
        printf("%g %td %d\n", d, end - floats[i], errno);
    }
    for (int c = 0; c < 128; c++) {
        int f = !!isalpha(c) | !!isdigit(c) << 1 | !!isspace(c) << 2 | !!isupper(c) << 3 | !!isprint(c) << 4 | !!ispunct(c) << 5 | !!isxdigit(c) << 6;
        printf("%02x%02x%02x", f, toupper(c), tolower(c));
    }
    printf("\n");
    char *d = strdup("copied");
    printf("%s\n", d);
    free(d);
    int *a = calloc(10, sizeof *a);
    for (int i = 0; i < 10; i++) a[i] += i;
    a = realloc(a, 1000 * sizeof *a);
    printf("%d %d\n", a[0], a[9]);
    free(a);
    srand(7);
    printf("%d %d %d\n", rand(), rand(), rand());
    for (int i = 0; i < 140; i++) printf("%s\n", strerror(i));
    return 0;
}
