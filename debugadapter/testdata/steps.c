// The program of the adapter's tests: calls, recursion, structs, a loop. Line numbers are found by the marks.
#include <stdint.h>

enum color { RED, GREEN = 5, BLUE };

struct point { int x, y; };

struct shape {
    const char *name;
    struct point corner[3];
    enum color color;
    unsigned flag : 1, level : 3;
    union { float f; uint32_t u; } as;
    struct shape *next;
};

volatile int total = 7;
volatile int spin, idle;
static struct shape inner = {"inner", {{1, 2}, {3, 4}, {5, 6}}, GREEN, 1, 5, {1.5f}, 0};

int add(int a, int b)
{
    int sum = a + b; // in add
    return sum;
}

int fact(int n)
{
    if (n < 2)
        return 1; // bottom
    int below = fact(n - 1); // calls itself
    return n * below; // after recursion
}

static int apply(int (*f)(int), int n)
{
    return f(n); // indirect
}

int work(int k)
{
    struct shape s = inner;
    s.name = "outer";
    s.next = &inner;
    s.corner[1].x = k; // shape ready
    int r = add(k, 2) + add(k, 3); // two calls
    r += fact(4); // recursive
    r += apply(fact, 3); // through pointer
    for (int i = 0; i < 3; i++) // loop
        total += i; // body
    return r + s.corner[1].x; // end of work
}

int main(void)
{
    int result = 0;
    for (int n = 0; n < 2; n++) {
        result += work(n); // call work
    }
    while (spin) // spinning
        idle++; // idle
    return result & 0x7f; // last
}

#ifdef FREESTANDING
__asm__(".globl _start\n"
        ".thumb_func\n"
        "_start: bl main\n"
        "  movs r7, #1\n"
        "  svc 0\n");
#endif
