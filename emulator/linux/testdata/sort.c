#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int calls;

static int byNumber(const void *a, const void *b)
{
    calls++;
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

struct entry { char name[6]; short rank; };

static int byName(const void *a, const void *b)
{
    // A sort within a comparison.
    int inner[3] = {3, 1, 2};
    qsort(inner, 3, sizeof *inner, byNumber);
    if (inner[0] != 1 || inner[2] != 3) exit(9);
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

int main(void)
{
    int v[200], n = 200;
    for (int i = 0; i < n; i++) v[i] = (i * 7919) % 1009 - 500;
    qsort(v, n, sizeof *v, byNumber);
    for (int i = 0; i < n; i++) printf("%d%c", v[i], i % 20 == 19 ? '\n' : ' ');
    printf("%d\n", calls > n);
    int key = v[37], none = 100000;
    printf("%td %d\n", (int *)bsearch(&key, v, n, sizeof *v, byNumber) - v, bsearch(&none, v, n, sizeof *v, byNumber) == NULL);
    struct entry e[] = {{"delta", 4}, {"alpha", 1}, {"echo", 5}, {"bravo", 2}, {"", 0}, {"chair", 3}};
    qsort(e, 6, sizeof *e, byName);
    for (int i = 0; i < 6; i++) printf("%s=%d ", e[i].name, e[i].rank);
    printf("\n");
    qsort(v, 1, sizeof *v, byNumber);
    qsort(v, 0, sizeof *v, byNumber);
    return 0;
}
