/* Things worth looking at in a debugger; built several ways and compared with gdb. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>

enum color { RED, GREEN = 5, BLUE };
enum flags { F_READ = 1, F_WRITE = 2, F_EXEC = 4, F_BIG = 0x40000000 };
enum sign { MINUS = -1, ZERO, PLUS };

struct point { int x, y; };
struct bits {
    unsigned a : 3;
    signed b : 5;
    unsigned : 4;
    unsigned c : 17;
    uint64_t wide : 40;
    bool on : 1;
    enum color col : 4;
};
union number { int i; float f; unsigned char raw[4]; };
struct node {
    char name[12];
    struct node *next;
    struct point at;
    union number n;
    struct { int inner; union { short s; char c; }; };
    int (*call)(int, void *);
    double weight;
    const char *text;
    enum flags fl;
    int grid[2][3];
    int tail[];
};
typedef struct node node_t;
typedef int (*callback)(int, void *);
typedef const volatile unsigned long cvul;

static int counter = 7;
int shared_value = -3;
long long big = -0x123456789abcLL;
unsigned long long ubig = 0xfedcba9876543210ULL;
float ratio = 1.5f;
double precise = -2.25e10;
const char *greeting = "hello\tworld\n";
char letters[] = "abc\0def";
signed char small = -5;
unsigned char byte_value = 250;
short half = -1234;
bool yes = true, no;
enum color paint = BLUE;
enum flags mode = F_READ | F_EXEC;
enum sign sg = MINUS;
struct bits packed = { 5, -7, 99999, 0xabcdef1234ULL, true, GREEN };
union number num = { .f = 3.0f };
int matrix[3][4] = { { 1, 2, 3, 4 }, { 5, 6, 7, 8 }, { 9, 10, 11, 12 } };
struct point line_points[2] = { { 1, 2 }, { 3, 4 } };
cvul qualified = 42;
void *nothing;
volatile int sink;

static int twice(int v, void *ctx)
{
    int *p = ctx;
    int r = v * 2;
    if (p)
        *p += r;
    sink = r;
    return r; /* stop: callback */
}

struct node first = { "first", 0, { 10, 20 }, { .i = 0x40490fdb }, { 77, { -9 } }, twice, 0.125, "text", F_WRITE,
                      { { 1, 2, 3 }, { 4, 5, 6 } } };
node_t second = { "second", &first, { -1, -2 }, { .i = 1 }, { 78, { 3 } }, 0, 1e100, 0, 0, { { 0 } } };
callback handler = twice;

__attribute__((noinline)) int fib(int n)
{
    if (n < 2) {
        sink = n;
        return n; /* stop: leaf */
    }
    int a = fib(n - 1);
    int b = fib(n - 2);
    return a + b;
}

static inline __attribute__((always_inline)) int square(int v)
{
    int s = v * v;
    sink = s; /* stop: inlined */
    return s;
}

static inline __attribute__((always_inline)) int square_sum(int a, int b)
{
    int r = square(a) + square(b);
    return r;
}

__attribute__((noinline)) int inlines(int a, int b)
{
    int total = square_sum(a, b);
    {
        int total_again = total + 1;
        int a = total_again * 2; /* hides the argument */
        sink = a; /* stop: block */
        total += a;
    }
    for (int i = 0; i < 2; i++) {
        int step = i * 10;
        total += step;
        sink = total;
    }
    return total;
}

__attribute__((noinline)) int vla(int n)
{
    int data[n];
    char text[n + 1];
    for (int i = 0; i < n; i++)
        data[i] = i * i;
    memset(text, 'x', n);
    text[n] = 0;
    sink = data[n - 1]; /* stop: vla */
    return data[n - 1] + text[0];
}

__attribute__((noinline)) double floats(float f, double d, int i, long long ll)
{
    double sum = f + d;
    float scaled = f * i;
    double keep = sum * scaled;
    sink = (int)keep; /* stop: floats */
    return keep + (double)ll + sum;
}

__attribute__((noinline)) struct node by_value(struct node n, struct point p)
{
    n.at = p;
    n.weight += p.x;
    sink = n.at.x; /* stop: byvalue */
    return n;
}

__attribute__((noinline)) int many(int a, int b, int c, int d, int e, short f, char g, struct point h)
{
    int local = a + b + c + d + e + f + g + h.x + h.y;
    sink = local; /* stop: many */
    return local + a;
}

static int compare(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    sink = x - y; /* stop: qsort */
    return x - y;
}

static void on_signal(int sig)
{
    int seen = sig;
    sink = seen; /* stop: signal */
}

static void on_siginfo(int sig, siginfo_t *info, void *uc)
{
    int code = info->si_signo;
    (void)uc;
    sink = code + sig; /* stop: siginfo */
}

__attribute__((noinline)) int last(int v)
{
    static int calls;
    calls++;
    counter += v;
    sink = counter; /* stop: last */
    return calls;
}

int main(int argc, char **argv)
{
    int total = argc;
    int values[] = { 5, 3, 9, 1 };
    node_t *list = &second;
    total += handler(21, &counter);
    total += fib(5);
    total += inlines(3, 4);
    total += vla(6);
    total += (int)floats(1.25f, 2.5, 3, 1LL << 40);
    struct point p = { 100, 200 };
    struct node copy = by_value(first, p);
    total += copy.at.y;
    total += many(1, 2, 3, 4, 5, -6, 'g', p);
    qsort(values, 4, sizeof values[0], compare);
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    struct sigaction sa = { .sa_sigaction = on_siginfo, .sa_flags = SA_SIGINFO };
    sigaction(SIGUSR2, &sa, 0);
    raise(SIGUSR2);
    total += last(total);
    printf("%d %s %d\n", total, argv[0] ? "ok" : "?", list->at.x + values[0]);
    return 0;
}
