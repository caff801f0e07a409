/* A small freestanding program for the tests of symbols, unwind and eval. It is committed built, so that they run
 * without a compiler:
 *
 *   arm-linux-gnueabihf-gcc -mthumb -mcpu=cortex-a7 -mfloat-abi=hard -O0 -g -gdwarf-5 -nostdlib -static \
 *       -Wl,--build-id=sha1 -ffile-prefix-map=$PWD=/src -o tiny.elf tiny.c
 */
typedef unsigned char uint8_t;
typedef unsigned int uint32_t;
enum color { RED, GREEN, BLUE = 7 };
enum flags { F_A = 1, F_B = 2, F_C = 8 };
struct point { int x, y; };
struct led {
    const char *name;
    struct point at;
    enum color color;
    unsigned level : 5;
    unsigned on : 1;
    signed trim : 4;
    union { uint32_t raw; float ratio; };
    struct led *next;
    void (*set)(struct led *, int);
    char label[8];
};
typedef struct led led_t;

static const int primes[4] = { 2, 3, 5, 7 };
static int ticks = 3;
enum flags mask = F_A | F_C;
long long wide = -5000000000LL;
double temperature = 36.6;
float half = 0.5f;
int grid[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
_Bool ready = 1;
char letter = 'A';
void *nowhere;

static void set_level(struct led *l, int v)
{
    l->level = v;
}

led_t green = { "green", { 1, 2 }, GREEN, 9, 1, -3, { 0x3fc00000 }, 0, set_level, "LED1" };
led_t red = { "red", { -1, -2 }, RED, 0, 0, 7, { 0 }, &green, 0, "LED2" };

static int add(int a, int b)
{
    int sum = a + b;
    {
        int sum_twice = sum * 2;
        ticks += sum_twice;
    }
    return sum;
}

int outer(int n)
{
    int r = add(n, primes[1]);
    green.set(&green, r);
    return r;
}

void _start(void)
{
    outer(4);
    for (;;)
        ;
}
