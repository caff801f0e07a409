/* The program of the bench: a call in a loop, a struct and an array among the locals; each line is cheap to finish. */
#include <stdio.h>

struct sample { int value, weight; const char *name; };

volatile int gain = 7;

static int mix(int n)
{
    int acc = 1;
    for (int i = 0; i < n; i++) {
        acc += i * gain;
        acc ^= i;
    }
    return acc;
}

int main(void)
{
    int history[8] = {0};
    struct sample last = {0, 1, "first"};
    int sum = 0;
    for (int k = 0; k < 1000; k++) {
        last.value = mix(k & 15);
        history[k & 7] = last.value;
        sum += last.value;
        gain = sum & 7;
    }
    printf("sum=%d\n", sum);
    return 0;
}
